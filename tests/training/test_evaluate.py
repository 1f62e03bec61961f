"""`yuqing evaluate`: every engine on the same posts, side by side, as a table in Chinese, as JSON and as a picture."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import ExitCode
from nlp.evaluation import NOT_SCORED
from tests.cli.command import Outcome, Yuqing
from tests.core.wording import english_in
from tests.training.conftest import runtime_of
from tests.training.letters import (
    CITY,
    HEALTH,
    MOOD_HEADER,
    SCHOOL,
    Letter,
    letters,
    moods,
    write_csv,
    write_letters,
    write_xlsx,
)

PNG = b"\x89PNG\r\n\x1a\n"
FRESH = letters(each=20, seed=3)


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """Letters no model has seen."""
    return write_letters(tmp_path / "检验.csv", FRESH)


def engines(outcome: Outcome) -> dict[str, Any]:
    assert outcome.code == ExitCode.OK, outcome.err
    return {engine["engine"]: engine for engine in outcome.json["engines"]}


def test_topic_engines_stand_side_by_side_the_best_first(trained_once: Yuqing, fresh: Path, tmp_path: Path) -> None:
    # when
    outcome = trained_once("evaluate", "topic", "--data", fresh, "--out", tmp_path, "--json")
    # then
    told = engines(outcome)
    assert set(told) == {"关键词规则", "线性模型", "SnowNLP（本地训练）"}
    figures = [engine["macro_f1"] for engine in outcome.json["engines"]]
    assert figures == sorted(figures, reverse=True)
    for engine in told.values():
        assert engine["posts"] == len(FRESH)
        assert engine["labels"] == sorted([HEALTH, CITY, SCHOOL])
        assert engine["posts_per_second"] > 0
        assert sum(map(sum, engine["confusion"])) == len(FRESH)
        assert [c["support"] for c in engine["classes"]] == [20, 20, 20]
    assert told["线性模型"]["macro_f1"] > 0.9
    assert (outcome.json["task"], outcome.json["data"], outcome.json["unused_rows"]) == ("topic", [str(fresh)], 0)


def test_sentiment_engines_stand_side_by_side_with_snownlps(
    yuqing: Yuqing, trained_once: Yuqing, tmp_path: Path
) -> None:
    # given
    path = write_letters(tmp_path / "a.csv", moods(each=10, seed=3), MOOD_HEADER)
    # when before and after a training
    untrained, trained = (
        engines(one("evaluate", "sentiment", "--data", path, "--out", tmp_path, "--json"))
        for one in (yuqing, trained_once)
    )
    # then
    assert set(untrained) == {"线性模型（自带）", "SnowNLP（自带模型）", "SnowNLP（重新训练）"}
    assert set(trained) == {*untrained, "线性模型（本地训练）"}
    for engine in trained.values():
        assert (engine["posts"], engine["labels"]) == (30, ["negative", "neutral", "positive"])
    assert trained["线性模型（自带）"]["macro_f1"] > 0.8 > trained["SnowNLP（自带模型）"]["macro_f1"]


def test_the_result_is_written_as_json_and_as_a_picture(trained_once: Yuqing, fresh: Path, tmp_path: Path) -> None:
    # when
    outcome = trained_once("evaluate", "topic", "--data", fresh, "--out", tmp_path / "新" / "结果", "--json")
    # then the file says what the command said
    assert json.loads((tmp_path / "新" / "结果" / "topic.json").read_bytes()) == outcome.json
    picture = (tmp_path / "新" / "结果" / "topic.png").read_bytes()
    assert picture.startswith(PNG)
    assert len(picture) > 10_000


def test_without_a_folder_the_result_lies_in_the_data_folder(yuqing: Yuqing, fresh: Path) -> None:
    # when
    outcome = yuqing("evaluate", "topic", "--data", fresh)
    # then
    folder = Path(yuqing.environment["YUQING_DATA"]) / "evaluation"
    assert sorted(path.name for path in folder.iterdir()) == ["topic.json", "topic.png"]
    assert str(folder / "topic.json") in outcome.out.replace("\n", "")


def test_people_are_shown_tables_in_chinese(trained_once: Yuqing, tmp_path: Path) -> None:
    # when
    topic, mood = write_letters(tmp_path / "a.csv", FRESH), write_letters(tmp_path / "b.csv", moods(), MOOD_HEADER)
    shown = trained_once("evaluate", "topic", "--data", topic, "--out", tmp_path).out
    felt = trained_once("evaluate", "sentiment", "--data", mood, "--out", tmp_path).out
    # then
    for told in (
        "各引擎",
        "宏平均 F1",
        "条/秒",
        "精确率",
        "召回率",
        "线性模型：各类别和混淆矩阵",
        f"判为{SCHOOL}",
        "关键词规则",
    ):
        assert told in shown
    for told in ("负面", "中性", "正面", "判为负面", "SnowNLP（自带模型）", "SnowNLP（重新训练）"):
        assert told in felt
    assert "negative" not in felt
    assert english_in(shown.replace(str(tmp_path), "")) == []


def test_figures_are_those_of_the_answers_given_post_by_post(trained_once: Yuqing, fresh: Path, tmp_path: Path) -> None:
    # given what the enricher says of each letter
    enricher = runtime_of(trained_once).enricher
    titles, bodies = [one.title for one in FRESH], [one.body for one in FRESH]
    words = [enricher.segmenter.words(t) + enricher.segmenter.words(b) for t, b in zip(titles, bodies, strict=True)]
    said = [read.category for read in enricher.topics.read(titles, bodies, words)]
    # when
    told = engines(trained_once("evaluate", "topic", "--data", fresh, "--out", tmp_path, "--json"))["线性模型"]
    # then
    pairs = list(zip([one.label for one in FRESH], said, strict=True))
    assert told["accuracy"] == pytest.approx(sum(true == answer for true, answer in pairs) / len(pairs), abs=1e-4)
    assert told["confusion"] == [
        [sum(pair == (true, answer) for pair in pairs) for answer in told["predicted"]] for true in told["labels"]
    ]


def test_what_an_engine_does_not_judge_counts_as_wrong(yuqing: Yuqing, tmp_path: Path) -> None:
    # given one letter with words of `config/topics.yml` and three without
    rows = [("疫苗何时到货", "", HEALTH), ("你好", "", HEALTH), ("请回电", "", CITY), ("路灯不亮", "", "环境保护")]
    # when
    told = engines(
        yuqing("evaluate", "topic", "--data", write_csv(tmp_path / "a.csv", rows), "--out", tmp_path, "--json")
    )["关键词规则"]
    # then an answer that is a label of another letter counts there
    labels = sorted([HEALTH, CITY, "环境保护"])
    assert (told["labels"], told["predicted"]) == (labels, [*labels, NOT_SCORED])
    rows_by_label = dict(zip(labels, told["confusion"], strict=True))
    assert rows_by_label[HEALTH][labels.index(HEALTH)] == rows_by_label[HEALTH][-1] == 1
    assert rows_by_label[CITY][-1] == 1
    assert rows_by_label["环境保护"][labels.index(CITY)] == 1
    assert (told["accuracy"], told["macro_f1"]) == (0.25, pytest.approx((2 / 3 + 0 + 0) / 3, abs=1e-4))


def test_files_of_any_form_are_judged_together_and_bad_rows_are_named(trained_once: Yuqing, tmp_path: Path) -> None:
    # given ready words, a workbook and a table as a Chinese Excel writes it
    segment = runtime_of(trained_once).enricher.segmenter.words
    tokens = [(" ".join([*segment(one.title), "", *segment(one.body)]), one.label) for one in FRESH[:10]]
    rows = [(one.title, one.body, one.label) for one in FRESH[10:]]
    files = [
        write_csv(tmp_path / "a.csv", [*tokens, ("没有 标签", "")], ("tokens", "一级标签")),
        write_xlsx(tmp_path / "b.xlsx", rows[:20]),
        write_csv(tmp_path / "c.csv", rows[20:], encoding="gb18030"),
    ]
    data = [part for path in files for part in ("--data", path)]
    # when
    shown = trained_once("evaluate", "topic", *data, "--out", tmp_path)
    told = trained_once("evaluate", "topic", *data, "--out", tmp_path, "--json")
    # then
    assert "没有用上的 1 行" in shown.out
    assert "a.csv 第 12 行" in shown.out
    assert (told.json["unused_rows"], engines(told)["线性模型"]["posts"]) == (1, len(FRESH))
    assert engines(told)["线性模型"]["macro_f1"] > 0.9


def test_a_file_without_a_usable_row_is_refused_and_nothing_is_written(yuqing: Yuqing, tmp_path: Path) -> None:
    # when
    outcome = yuqing("evaluate", "topic", "--data", write_letters(tmp_path / "a.csv", []), "--out", tmp_path / "out")
    # then
    assert (outcome.code, outcome.out) == (ExitCode.FAILED, "")
    assert "没有可以评测的留言" in outcome.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["evaluate", "topic"], ExitCode.USAGE, "--data"),
        (["evaluate", "topic", "--data", "没有.csv"], ExitCode.FAILED, "找不到文件 没有.csv"),
        (["train", "topic", "没有.csv"], ExitCode.FAILED, "找不到文件 没有.csv"),
        (["train", "place", "a.csv"], ExitCode.USAGE, "place"),
    ],
)
def test_mistakes_are_told(arguments: list[str], code: ExitCode, told: str, yuqing: Yuqing) -> None:
    # when
    outcome = yuqing(*arguments)
    # then
    assert (outcome.code, outcome.out) == (code, "")
    assert told in outcome.err


def test_before_the_first_training_people_are_told_what_is_missing_and_what_to_run(
    yuqing: Yuqing, trained_once: Yuqing, fresh: Path, tmp_path: Path
) -> None:
    # when
    untrained, trained = (
        one("evaluate", "topic", "--data", fresh, "--out", tmp_path, "--json") for one in (yuqing, trained_once)
    )
    # then
    assert list(engines(untrained)) == ["关键词规则"]
    assert "还没有训练过主题模型，只能评测关键词规则" in untrained.err
    assert "yuqing train topic" in untrained.err
    assert "还没有训练过" not in trained.err


@pytest.mark.filterwarnings("error")
def test_one_label_alone_can_be_judged_without_a_warning_in_english(yuqing: Yuqing, tmp_path: Path) -> None:
    # given letters of one category only
    path = write_letters(tmp_path / "a.csv", [Letter("疫苗何时到货", "请答复", HEALTH)] * 3)
    # when
    told = engines(yuqing("evaluate", "topic", "--data", path, "--out", tmp_path, "--json"))
    # then
    assert (told["关键词规则"]["macro_f1"], told["关键词规则"]["confusion"]) == (1.0, [[3]])
