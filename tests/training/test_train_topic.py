"""`yuqing train topic`: a model goes into use only where it is not worse, and nothing that was in use is lost."""

import os
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.clock import to_beijing
from core.errors import ExitCode
from core.post import Post
from nlp.held_out import held_out_by_itself
from nlp.model_files import load_model
from nlp.topic_model import TopicModel
from pipeline.training import FEWEST_OF_A_CLASS, FEWEST_POSTS, train
from tests.cli.command import Outcome, Yuqing
from tests.training.conftest import models_of, runtime_of, used
from tests.training.letters import (
    AT,
    CITY,
    HEALTH,
    LATER,
    MOOD_HEADER,
    SCHOOL,
    TOPIC_HEADER,
    Letter,
    letters,
    relabelled,
    with_sides,
    write_csv,
    write_letters,
    write_xlsx,
)

WRITTEN = datetime(2026, 1, 9, 0, 30, tzinfo=UTC)
MUCH_LATER = "2026-03-09T08:30"
LETTERS = letters()


def worse(written: list[Letter]) -> list[Letter]:
    """The same letters, all that are learned from labelled wrongly and all that are judged by labelled rightly."""
    return [one if out else relabelled(one) for one, out in with_sides(written)]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """The letters that `trained_already` has learned from."""
    return write_letters(tmp_path / "好.csv", LETTERS)


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return write_letters(tmp_path / "坏.csv", worse(LETTERS))


@pytest.fixture(scope="module")
def badly_once(tmp_path_factory: pytest.TempPathFactory) -> Yuqing:
    folder = tmp_path_factory.mktemp("badly")
    yuqing = Yuqing({"YUQING_DATA": str(folder / "data")})
    trained(yuqing, write_letters(folder / "坏.csv", worse(LETTERS)))
    return yuqing


@pytest.fixture
def trained_badly(badly_once: Yuqing, yuqing: Yuqing) -> Yuqing:
    """An installation that has learned from the wrong labels."""
    shutil.copytree(models_of(badly_once), models_of(yuqing), symlinks=True)
    return yuqing


def trained(yuqing: Yuqing, path: Path, *options: str, at: str = AT) -> Outcome:
    outcome = yuqing("train", "topic", path, "--at", at, "--json", *options)
    assert outcome.code == ExitCode.OK, outcome.err
    return outcome


def shelf(yuqing: Yuqing) -> list[str]:
    return sorted(path.name for path in models_of(yuqing).iterdir())


def category(yuqing: Yuqing, body: str) -> str | None:
    post = Post.model_validate(
        {
            "id": "board:1",
            "source": "board",
            "source_id": "1",
            "channel": "message_board",
            "title": "",
            "body": body,
            "posted_at": WRITTEN,
            "collected_at": WRITTEN,
        }
    )
    return runtime_of(yuqing).enricher.enrich(post).category


# ---------- going into use ----------


def test_the_first_model_goes_into_use_and_says_what_it_is(yuqing: Yuqing, good: Path) -> None:
    # when
    told = trained(yuqing, good).json
    # then
    assert (told["task"], told["posts"], told["in_use"], told["old"]) == ("topic", len(LETTERS), True, None)
    assert (told["left_out"], told["unused_rows"]) == ({}, 0)
    assert 0 < told["held_out"] < len(LETTERS) / 3
    assert told["new"]["posts"] == told["held_out"]
    assert told["new"]["macro_f1"] > 0.9
    in_use = (models_of(yuqing) / "topic.model").resolve()
    assert in_use == Path(told["model"])
    card, _ = load_model(in_use, "topic")
    assert (card.kind, card.engine, card.trained_at) == ("topic", "linear", WRITTEN)
    assert (card.data_size, card.data_sources) == (len(LETTERS), ["好.csv"])
    assert sorted(card.classes) == sorted([HEALTH, CITY, SCHOOL])
    assert card.scores["held_out_macro_f1"] == told["new"]["macro_f1"]
    assert card.scores["held_out_accuracy"] == told["new"]["accuracy"]
    assert {"macro_f1", "accuracy", "ece"} < card.scores.keys()
    # and new posts are read by it, also in words the keywords do not know
    assert category(yuqing, "班主任把大家的试卷收走了") == SCHOOL


def test_people_are_told_in_chinese(yuqing: Yuqing, good: Path) -> None:
    # when
    outcome = yuqing("train", "topic", good, "--at", AT)
    # then
    assert outcome.code == ExitCode.OK
    for told in (
        "新模型",
        "宏平均 F1",
        f"用 {len(LETTERS)} 条训练的模型已启用",
        "yuqing replay",
        "topic-20260109T003000Z",
    ):
        assert told in outcome.out
    assert "正在使用的" not in outcome.out
    assert "留作检验" in outcome.err
    assert "还没有训练过主题模型，这是第一个" in outcome.err
    # and at the next training there is one to compare with
    second = yuqing("train", "topic", good, "--at", LATER)
    assert "正在使用的" in second.out
    assert "还没有训练过" not in second.err


def test_snownlp_learns_from_the_same_posts_to_be_compared_with(yuqing: Yuqing, good: Path) -> None:
    # when
    trained(yuqing, good)
    # then
    card, _ = load_model(models_of(yuqing) / "topic-snownlp.model", "topic")
    assert (card.engine, card.data_size, card.trained_at) == ("snownlp", len(LETTERS), WRITTEN)


def held_out_score(model: Path) -> float:
    return load_model(model, "topic")[0].scores["held_out_macro_f1"]


def test_a_worse_model_is_not_used_and_says_so(trained_already: Yuqing, bad: Path) -> None:
    # given
    yuqing = trained_already
    before = used(yuqing), used(yuqing, "topic-snownlp")
    # when
    outcome = yuqing("train", "topic", bad, "--at", LATER)
    # then it is no failure
    assert outcome.code == ExitCode.OK
    assert "没有原来的好，没有启用；要启用加 --force" in outcome.out
    assert "正在使用的" in outcome.out
    assert (used(yuqing), used(yuqing, "topic-snownlp")) == before
    assert category(yuqing, LETTERS[0].body) == LETTERS[0].label
    # and it is kept all the same
    card, _ = load_model(models_of(yuqing) / "topic-20260209T003000Z.model", "topic")
    assert card.data_sources == ["坏.csv"]
    assert card.scores["held_out_macro_f1"] < 0.5


def test_programs_are_told_how_both_did_on_the_same_posts(trained_already: Yuqing, bad: Path) -> None:
    # given
    first = held_out_score(models_of(trained_already) / "topic.model")
    # when a worse one is trained, and another one after that
    for at in (LATER, MUCH_LATER):
        told = trained(trained_already, bad, at=at).json
        # then both are compared with the one in use, whatever was trained since
        assert told["in_use"] is False
        assert told["old"]["macro_f1"] == first > told["new"]["macro_f1"]
        assert told["old"]["posts"] == told["new"]["posts"] == told["held_out"]


def test_a_worse_model_is_used_where_that_is_wanted(trained_already: Yuqing, bad: Path) -> None:
    # when
    told = trained(trained_already, bad, "--force", at=LATER).json
    # then
    assert told["in_use"] is True
    assert told["new"]["macro_f1"] < told["old"]["macro_f1"]
    assert used(trained_already) == Path(told["model"]).read_bytes()


def test_a_better_model_is_used_and_the_old_one_stays_on_the_shelf(trained_badly: Yuqing, good: Path) -> None:
    # given
    old = (models_of(trained_badly) / "topic.model").resolve()
    content = old.read_bytes()
    # when
    told = trained(trained_badly, good, at=LATER).json
    # then
    assert told["in_use"] is True
    assert told["new"]["macro_f1"] > told["old"]["macro_f1"]
    assert used(trained_badly) == Path(told["model"]).read_bytes() != content
    assert old.read_bytes() == content
    assert category(trained_badly, LETTERS[0].body) == LETTERS[0].label


def test_a_model_as_good_as_the_old_one_is_used(trained_already: Yuqing, good: Path) -> None:
    # when it is trained again on the same posts
    told = trained(trained_already, good, at=LATER).json
    # then it knows at least what the old one knew, and is newer
    assert told["new"]["macro_f1"] == told["old"]["macro_f1"]
    assert told["in_use"] is True


def test_a_worse_model_of_the_same_time_does_not_take_the_old_ones_place(trained_already: Yuqing, bad: Path) -> None:
    # given
    before = used(trained_already)
    # when the command is repeated with the same --at
    told = trained(trained_already, bad).json
    # then
    assert told["in_use"] is False
    assert used(trained_already) == before
    # and neither does a good one that goes into use after that
    first = (models_of(trained_already) / "topic.model").resolve()
    trained(trained_already, bad, "--force")
    assert first.read_bytes() == before
    assert [name for name in shelf(trained_already) if name.startswith("topic-2026")] == [
        f"topic-20260109T003000Z{number}.{ending}" for number in ("-2", "-3", "") for ending in ("model", "trial")
    ]


# ---------- what is held out ----------


def test_the_same_posts_are_held_out_whatever_their_order(trained_already: Yuqing, tmp_path: Path) -> None:
    # given
    held_out = Counter(one.label for one, out in with_sides(LETTERS) if out)
    # when
    told = trained(trained_already, write_letters(tmp_path / "反.csv", reversed(LETTERS)), at=LATER).json
    # then
    assert {c["label"]: c["support"] for c in told["new"]["classes"]} == held_out
    assert told["old"]["macro_f1"] == held_out_score(models_of(trained_already) / "topic-20260109T003000Z.model")


def test_posts_of_several_files_are_held_out_together(yuqing: Yuqing, tmp_path: Path) -> None:
    # given letters in two files
    known, fresh = LETTERS[:60], [one for one in letters(seed=2) if one not in LETTERS]
    files = [write_letters(tmp_path / f"{number}.csv", part) for number, part in enumerate((known, fresh))]
    # when
    told = yuqing("train", "topic", *files, "--at", AT, "--json").json
    # then
    assert told["posts"] == len(known) + len(fresh)
    assert told["held_out"] == sum(out for _, out in with_sides([*known, *fresh]))


def test_what_is_held_out_is_judged_by_a_model_that_has_not_seen_it(yuqing: Yuqing, tmp_path: Path) -> None:
    # given letters of which each held-out one is about a matter of its own, under a label that no other letter explains
    chosen = [
        Letter(one.title, one.body, SCHOOL) if out and one.label == HEALTH else one for one, out in with_sides(LETTERS)
    ]
    # when
    told = trained(yuqing, write_letters(tmp_path / "a.csv", chosen)).json
    # then a model that had seen them would know some
    wrong = sum(new.label != old.label for new, old in zip(chosen, LETTERS, strict=True))
    assert wrong > 2
    assert told["new"]["accuracy"] == pytest.approx(1 - wrong / told["held_out"], abs=1e-4)


def test_the_same_posts_at_the_same_time_give_the_same_files(
    trained_once: Yuqing, yuqing: Yuqing, tmp_path: Path
) -> None:
    # when
    trained(yuqing, write_letters(tmp_path / "topics.csv", LETTERS))
    # then
    assert shelf(yuqing) == [name for name in shelf(trained_once) if name.startswith("topic")]
    for name in shelf(yuqing):
        assert (models_of(yuqing) / name).read_bytes() == (models_of(trained_once) / name).read_bytes()


# ---------- forms of data ----------


def test_words_and_texts_are_learned_together_from_files_of_any_form(yuqing: Yuqing, tmp_path: Path) -> None:
    # given ready words, a workbook, and a table as a Chinese Excel writes it
    segment = runtime_of(yuqing).enricher.segmenter.words
    tokens = [(" ".join([*segment(one.title), "", *segment(one.body)]), one.label) for one in LETTERS[:60]]
    rows = [(one.title, one.body, one.label) for one in LETTERS[60:]]
    files = [
        write_csv(tmp_path / "a.csv", tokens, ("tokens", "一级标签")),
        write_xlsx(tmp_path / "b.xlsx", rows[:30]),
        write_csv(tmp_path / "c.csv", rows[30:], ("留言主题", "留言详情", "一级分类"), "gb18030"),
    ]
    # when
    told = yuqing("train", "topic", *files, "--at", AT, "--json").json
    # then
    assert (told["posts"], told["in_use"]) == (len(LETTERS), True)
    assert told["new"]["macro_f1"] > 0.9
    assert load_model(Path(told["model"]), "topic")[0].data_sources == ["a.csv", "b.xlsx", "c.csv"]


def test_a_second_level_is_learned_where_the_file_gives_one(yuqing: Yuqing, tmp_path: Path) -> None:
    # given school letters whose second level shows in their titles
    rows = [(one.title, one.body, one.label, _second(one)) for one in letters(each=90, seed=5)]
    path = write_csv(tmp_path / "a.csv", rows, ("留言主题", "留言详情", "一级标签", "二级标签"))
    # when
    model = TopicModel.load(Path(trained(yuqing, path).json["model"]))
    # then
    fresh = [one for one in letters(each=60, seed=6) if one.label == SCHOOL]
    segment = runtime_of(yuqing).enricher.segmenter.words
    words = [segment(f"{one.title}\n{one.body}") for one in fresh]
    answers = model.classify([one.title for one in fresh], [one.body for one in fresh], words)
    named = [(answer.second, _second(one)) for answer, one in zip(answers, fresh, strict=True) if answer.second]
    assert len(named) > len(fresh) / 2
    assert sum(said == true for said, true in named) >= 0.9 * len(named)


def _second(letter: Letter) -> str:
    """A second level by the title of a school letter; none for the other categories."""
    if letter.label != SCHOOL:
        return ""
    return "收费" if letter.title in ("学校收补课费", "校服价格太高", "食堂饭菜凉") else "招生"


def test_rows_that_cannot_be_used_are_shown_and_the_others_learned_from(yuqing: Yuqing, tmp_path: Path) -> None:
    # given
    rows = [("题", "文", ""), *[(one.title, one.body, one.label) for one in LETTERS], (" ", "", HEALTH)]
    path = write_csv(tmp_path / "标注.csv", rows)
    # when
    outcome = yuqing("train", "topic", path, "--at", AT)
    # then
    assert outcome.code == ExitCode.OK
    for told in ("没有用上的 2 行", "标注.csv 第 2 行", "没有标签", f"标注.csv 第 {len(rows) + 1} 行", "没有文字"):
        assert told in outcome.out


# ---------- too little ----------


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ([], []),
        (letters(each=12), [f"{HEALTH}（12）", f"{CITY}（12）"]),
        (letters(each=FEWEST_POSTS, categories=[CITY]), [f"{CITY}（{FEWEST_POSTS}）"]),
    ],
    ids=["none", "few", "one category"],
)
def test_too_few_posts_are_refused_with_how_many_it_takes(
    written: list[Letter], told: list[str], yuqing: Yuqing, tmp_path: Path
) -> None:
    # given
    path = write_letters(tmp_path / "a.csv", written)
    # when
    outcome = yuqing("train", "topic", path, "--at", AT)
    # then
    assert (outcome.code, outcome.out) == (ExitCode.FAILED, "")
    expected = (*told, "有标签的留言太少", f"至少要 {FEWEST_POSTS} 条、两类，每类 {FEWEST_OF_A_CLASS} 条以上")
    assert [part for part in expected if part not in outcome.err] == []
    assert not models_of(yuqing).exists()


def test_too_few_posts_leave_the_model_in_use_alone(trained_already: Yuqing, tmp_path: Path) -> None:
    # given
    before = shelf(trained_already), used(trained_already)
    # when
    outcome = trained_already("train", "topic", write_letters(tmp_path / "a.csv", letters(each=5)), "--at", LATER)
    # then
    assert outcome.code == ExitCode.FAILED
    assert (shelf(trained_already), used(trained_already)) == before


def test_a_category_with_too_few_posts_is_left_out_and_named(yuqing: Yuqing, tmp_path: Path) -> None:
    # given one category just below what it takes, and one just at it
    rare = [Letter("景区宰客", f"景区的旅游团第 {n} 次强迫购物", "商贸旅游") for n in range(FEWEST_OF_A_CLASS - 1)]
    just = [Letter("废气扰民", f"化工厂第 {n} 次偷排废气，气味刺鼻", "环境保护") for n in range(FEWEST_OF_A_CLASS)]
    path = write_letters(tmp_path / "a.csv", [*LETTERS, *rare, *just])
    # when
    outcome = yuqing("train", "topic", path, "--at", AT)
    # then
    assert outcome.code == ExitCode.OK
    assert f"太少而没有学的类别：商贸旅游（{FEWEST_OF_A_CLASS - 1}）" in outcome.out
    card, _ = load_model(models_of(yuqing) / "topic.model", "topic")
    assert sorted(card.classes) == sorted([HEALTH, CITY, SCHOOL, "环境保护"])
    assert card.data_size == len(LETTERS) + len(just)


def test_letters_that_all_begin_alike_are_learned_from(yuqing: Yuqing, tmp_path: Path) -> None:
    # given
    opening = "尊敬的市长：您好！我是本市一名普通居民，在百忙之中打扰您，是想请您看一看下面的问题。"
    written = [Letter("", opening + one.body, one.label) for one in LETTERS]
    # when
    told = trained(yuqing, write_letters(tmp_path / "a.csv", written)).json
    # then
    assert 0 < told["held_out"] < len(LETTERS) / 3
    assert told["new"]["macro_f1"] > 0.9


@pytest.mark.parametrize("task", ["topic", "sentiment"])
@pytest.mark.parametrize("out", [False, True], ids=["all to learn from", "all held out"])
def test_letters_too_much_alike_are_refused_in_plain_words(
    out: bool, task: str, trained_already: Yuqing, tmp_path: Path
) -> None:
    # given one letter many times
    body = next(one.body for one in LETTERS if held_out_by_itself(one.body) is out)
    labels, header = ((HEALTH, CITY), TOPIC_HEADER) if task == "topic" else (("负面", "中性"), MOOD_HEADER)
    written = [Letter("", body, labels[number % 2]) for number in range(FEWEST_POSTS)]
    before = shelf(trained_already)
    # when
    path = write_letters(tmp_path / "a.csv", written, header)
    outcome = trained_already("train", task, path, "--at", LATER)
    # then
    assert (outcome.code, outcome.out) == (ExitCode.FAILED, "")
    assert "彼此太像" in outcome.err
    assert "怎么办：请加入内容不同的留言。" in outcome.err
    assert shelf(trained_already) == before


# ---------- dying on the way ----------


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("step", ["before the link is made", "before the link takes its place"])
def test_a_kill_after_the_model_is_written_leaves_the_old_one_in_use(
    step: str, trained_badly: Yuqing, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    yuqing = trained_badly
    before = used(yuqing)
    rename = Path.rename

    def dies(link: Path, target: Path) -> Path:
        if link.is_symlink():
            raise Killed
        return rename(link, target)

    def dies_at_once(link: Path, target: str) -> None:
        raise Killed

    # when a better model dies on its way into use
    with monkeypatch.context() as patch:
        patch.setattr(Path, *(("symlink_to", dies_at_once) if "made" in step else ("rename", dies)))
        with pytest.raises(Killed):
            train(runtime_of(yuqing), "topic", [good], to_beijing(datetime(2026, 2, 9)), lambda _: None)
    # then the new model lies on the shelf, whole, and the old one reads the posts
    assert used(yuqing) == before
    load_model(models_of(yuqing) / "topic-20260208T160000Z.model", "topic")
    assert runtime_of(yuqing).enricher is not None
    # and the next training goes through
    assert trained(yuqing, good, at=MUCH_LATER).json["in_use"] is True
    assert used(yuqing) != before
    assert [name for name in shelf(yuqing) if name.startswith(".")] == []


def test_a_kill_while_the_model_is_written_leaves_the_old_one_in_use(
    trained_badly: Yuqing, good: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    yuqing = trained_badly
    before = used(yuqing)

    def dies(descriptor: int) -> None:
        raise Killed

    # when
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", dies)
        with pytest.raises(Killed):
            train(runtime_of(yuqing), "topic", [good], to_beijing(datetime(2026, 2, 9)), lambda _: None)
    # then
    assert used(yuqing) == before
    assert trained(yuqing, good, at=LATER).json["in_use"] is True


def test_a_kill_before_snownlp_has_learned_costs_only_the_comparison(
    yuqing: Yuqing, good: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # given
    def dies(posts: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.training.train_snow_topics", dies)
        with pytest.raises(Killed):
            train(runtime_of(yuqing), "topic", [good], WRITTEN, lambda _: None)
    # when
    outcome = yuqing("evaluate", "topic", "--data", good, "--out", tmp_path, "--json")
    # then
    assert [one["engine"] for one in outcome.json["engines"]].count("线性模型") == 1
    assert [one["engine"] for one in outcome.json["engines"] if "SnowNLP" in one["engine"]] == []
