"""The topic model learns from raw posts and from ready tokens, says how sure it is, and takes any text."""

import csv
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigError, YuqingError
from nlp.clean import clean, clean_line
from nlp.features import MOST_TOKENS, PostReader, Vocabulary, title_length
from nlp.model_files import load_model, save_model
from nlp.segment import Segmenter
from nlp.snow_topics import SnowTopicModel
from nlp.topic_model import Topical, TopicModel
from nlp.topic_training import train

WORDS = {
    "交通": ["公交车", "路口", "红绿灯", "堵车", "司机", "站台", "班次", "出租车", "停靠", "拥堵"],
    "教育": ["学校", "老师", "学生", "家长", "补课", "招生", "幼儿园", "学费", "校服", "作业"],
    "医疗": ["医院", "医生", "挂号", "住院", "报销", "护士", "药品", "门诊", "病历", "手术"],
}
SECOND = {"公共交通": "线路", "道路管理": "信号灯"}
COMMON = [
    "希望",
    "领导",
    "尽快",
    "解决",
    "问题",
    "小区",
    "附近",
    "每天",
    "市民",
    "反映",
    "今年",
    "一直",
    "情况",
    "部门",
    "答复",
]
WRITTEN = datetime(2026, 1, 5, tzinfo=UTC)

Post = tuple[str, str, list[str], str]
"""Title, body, words of both, label."""


def posts(count: int, seed: int = 1) -> list[Post]:
    """Posts of made-up wording: a third of the words tell the label."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        label = list(WORDS)[number % len(WORDS)]
        title = [chance.choice(WORDS[label]), chance.choice(COMMON)]
        body = [chance.choice(WORDS[label] if chance.random() < 0.3 else COMMON) for _ in range(25)]
        made.append(("".join(title), "，".join(body), title + body, label))
    return made


def trained(examples: Sequence[Post], seconds: Sequence[str | None] | None = None) -> TopicModel:
    titles, bodies, tokens, labels = zip(*examples, strict=True)
    texts = [f"{title}\n{body}" for title, body in zip(titles, bodies, strict=True)]
    return train(texts, tokens, labels, seconds)


def asked(model: TopicModel | SnowTopicModel, examples: Sequence[Post]) -> list[Topical]:
    titles, bodies, tokens, _ = zip(*examples, strict=True)
    return model.classify(titles, bodies, tokens)


@pytest.fixture(scope="module")
def model() -> TopicModel:
    return trained(posts(300))


def test_new_posts_get_their_category_and_a_probability(model: TopicModel) -> None:
    fresh = posts(60, seed=2)

    answers = asked(model, fresh)

    assert [answer.topic for answer in answers] == [label for *_, label in fresh]
    assert all(answer.score is not None and 1 / 3 < answer.score <= 1 for answer in answers)
    assert all(answer.second is None for answer in answers)


def test_the_model_knows_how_good_it_is_on_posts_held_out(model: TopicModel) -> None:
    assert model.scores.keys() == {"macro_f1", "accuracy", "ece"}
    assert model.scores["macro_f1"] > 0.95
    assert model.examples == 300


def test_labels_that_mean_nothing_are_not_scored_high() -> None:
    chance = random.Random(3)
    noise = [(title, body, words, chance.choice(["甲", "乙"])) for title, body, words, _ in posts(300)]

    scores = trained(noise).scores

    assert scores["macro_f1"] < 0.65
    assert scores["ece"] < 0.15


@pytest.mark.parametrize(("wrong", "least", "most"), [(0.0, 0.95, 1.0), (0.3, 0.6, 0.8)])
def test_the_score_says_how_often_the_answer_is_right(wrong: float, least: float, most: float) -> None:
    chance = random.Random(10)
    examples = [
        (
            title,
            body,
            words,
            chance.choice([other for other in WORDS if other != label]) if chance.random() < wrong else label,
        )
        for title, body, words, label in posts(600)
    ]

    answers = asked(trained(examples), posts(200, seed=11))

    assert least <= np.mean([answer.score or 0 for answer in answers]) <= most


def test_copies_of_a_post_are_never_on_both_sides_of_the_held_out_figures() -> None:
    chance = random.Random(4)
    originals = [(title, body, words, chance.choice(["甲", "乙"])) for title, body, words, _ in posts(80)]

    # Each post three times: with copies on both sides its random label would be known by heart.
    assert trained(originals * 3).scores["macro_f1"] < 0.7


def test_ready_tokens_teach_as_raw_posts_do(model: TopicModel) -> None:
    examples = posts(300)
    # Two title words, then the blank entry that stands for the line end of the original.
    tokens = [[*words[:2], "\u3000", "", *words[2:], "_x000D_"] for _, _, words, _ in examples]

    ready = train([""] * len(examples), tokens, [label for *_, label in examples])

    fresh = posts(40, seed=5)
    expected = asked(model, fresh)
    for answer, same in zip(asked(ready, fresh), expected, strict=True):
        assert answer.topic == same.topic
        assert answer.score == pytest.approx(same.score, abs=0.02)


def test_line_ends_that_stick_to_ready_tokens_say_nothing() -> None:
    # given: the same rows, once with the line ends of a workbook glued to their tokens
    examples = posts(120)
    plain = [words for _, _, words, _ in examples]
    glued = [[*words[:5], f"{words[5]}\n", "_x000D_\n", *words[6:], "_x000D_\r\n"] for words in plain]
    labels = [label for *_, label in examples]
    # when
    expected, model = (train([""] * len(examples), tokens, labels) for tokens in (plain, glued))
    # then
    fresh = posts(40, seed=5)
    assert asked(model, fresh) == asked(expected, fresh)


def test_a_few_posts_of_each_category_are_enough_for_clear_cases() -> None:
    # given
    few = posts(24)
    # when
    answers = asked(trained(few), fresh := posts(60, seed=6))
    # then
    right = sum(answer.topic == label for answer, (*_, label) in zip(answers, fresh, strict=True))
    assert right >= 48


def with_seconds(count: int, seed: int) -> tuple[list[Post], list[str | None]]:
    """Posts whose second label under 交通 is told by a word, is drawn by lot under 教育, and is missing under 医疗."""
    chance = random.Random(seed)
    examples: list[Post] = []
    seconds: list[str | None] = []
    for title, body, words, label in posts(count, seed):
        second = None if label == "医疗" else chance.choice(list(SECOND))
        if second and label == "交通":
            words = [*words, SECOND[second]]
        examples.append((title, body, words, label))
        seconds.append(second)
    return examples, seconds


def test_a_second_level_is_named_only_where_labels_teach_it_reliably() -> None:
    model = trained(*with_seconds(600, seed=1))

    fresh, truth = with_seconds(300, seed=7)
    answers = asked(model, fresh)

    named = [(answer, true) for answer, true in zip(answers, truth, strict=True) if answer.second]
    assert {answer.topic for answer, _ in named} == {"交通"}
    assert len(named) >= 50
    assert sum(answer.second == true for answer, true in named) >= 0.9 * len(named)


def test_without_a_sure_first_level_there_is_no_second(monkeypatch: pytest.MonkeyPatch) -> None:
    examples, seconds = with_seconds(600, seed=1)
    model = trained(examples, seconds)

    highest = max(answer.score or 0 for answer in asked(model, examples))
    monkeypatch.setattr("nlp.topic_model.SURE", highest + 0.001)

    assert not any(answer.second for answer in asked(model, examples))


def test_a_saved_model_answers_as_before(tmp_path: Path) -> None:
    before, path = trained(*with_seconds(600, seed=1)), tmp_path / "topic.model"
    before.save(path, WRITTEN, ["留言.csv"], {"held_out": 0.9})

    after = TopicModel.load(path)

    fresh, _ = with_seconds(100, seed=8)
    assert any(answer.second for answer in asked(before, fresh))
    for old, new in zip(asked(before, fresh), asked(after, fresh), strict=True):
        assert (new.topic, new.second) == (old.topic, old.second)
        assert new.score == pytest.approx(old.score, abs=0.005)
    card, _ = load_model(path, "topic")
    assert card.data_sources == ["留言.csv"]
    assert card.classes == sorted(WORDS)
    assert card.scores == {**before.scores, "held_out": 0.9}


def test_the_same_posts_give_the_same_model(tmp_path: Path) -> None:
    for name in ("one", "two"):
        trained(posts(90)).save(tmp_path / name, WRITTEN, [], {})

    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("name", ["buckets", "rarity", "sizes", "margins", "intercept"])
def test_a_model_whose_arrays_do_not_fit_together_is_refused(model: TopicModel, tmp_path: Path, name: str) -> None:
    path = tmp_path / "topic.model"
    model.save(path, WRITTEN, [], {})
    card, arrays = load_model(path, "topic")

    save_model(path, card, {**arrays, name: arrays[name][:-1]})
    with pytest.raises(ConfigError, match="数组大小不符"):
        TopicModel.load(path)

    save_model(path, card, {key: array for key, array in arrays.items() if key != name})
    with pytest.raises(ConfigError, match="内容不完整"):
        TopicModel.load(path)


STRANGE = {
    "nothing": ("", ""),
    "blanks": (" ", "\n\t\u3000"),
    "emoji": ("😡😡", "🙏🙏🙏"),
    "punctuation": ("！！！", "……？"),
}
ODD = {
    "long": ("公交车", "公交车司机拒载。" * 12_500),
    "traditional": ("公交車站臺", "醫院掛號難，請領導儘快解決問題"),
    "English": ("Bus", "The bus never stops here. Please help!"),
    "mark-up": ("<b>公交</b>", "<script>alert(1)</script>&nbsp;&lt;公交车"),
    "control characters": ("公\x00交\x07车", "\x1b[31m司机\u202e\ufeff"),
    "beyond the basic plane": ("𠮷𡃁", "𠮷野家门口公交车"),
}


@pytest.mark.parametrize(("title", "body"), STRANGE.values(), ids=STRANGE.keys())
def test_a_post_without_words_has_no_category(model: TopicModel, title: str, body: str) -> None:
    words = Segmenter().words(f"{title}\n{body}")

    assert model.classify([title], [body], [words]) == [Topical(None, None, None)]


@pytest.mark.parametrize(("title", "body"), ODD.values(), ids=ODD.keys())
def test_any_other_text_gets_a_category(model: TopicModel, title: str, body: str) -> None:
    words = Segmenter().words(f"{title}\n{body}")

    [answer] = model.classify([title], [body], [words])

    assert answer.topic in WORDS
    assert answer.score is not None
    assert 0 <= answer.score <= 1


def test_half_a_surrogate_pair_among_the_tokens_is_taken_too(model: TopicModel) -> None:
    [answer] = model.classify(["公交\ud83d"], ["\udc00司机"], [["公交", "\ud83d", "\udc00", "司机"]])

    assert answer.topic in WORDS


def test_a_post_is_read_the_same_in_any_batch(model: TopicModel) -> None:
    many = posts(600, seed=9)

    together = asked(model, many)

    for number in (0, 255, 256, 599):
        [alone] = asked(model, [many[number]])
        assert alone.topic == together[number].topic
        assert alone.score == pytest.approx(together[number].score, abs=1e-5)
    assert model.classify([], [], []) == []


def test_one_category_alone_cannot_be_learned() -> None:
    with pytest.raises(YuqingError, match="至少需要两个类别"):
        train(["公交车\n堵车", "公交\n堵"], [["公交车", "堵车"], ["公交", "堵"]], ["交通", "交通"])


@pytest.mark.parametrize("labels", [["甲", "乙"], ["甲", "乙", "甲", "乙"]])
def test_too_few_posts_are_refused_with_advice(labels: list[str]) -> None:
    words = [["公交车", "堵车"] for _ in labels]

    with pytest.raises(YuqingError, match="太少"):
        train(["公交车\n堵车"] * len(labels), words, labels)


def test_stop_words_of_the_ready_rows_are_left_out_of_raw_posts(tmp_path: Path) -> None:
    examples = posts(200)
    raw = [(f"{title}\n的{body}", ["的", "核酸", *words]) for title, body, words, _ in examples[:50]]
    texts = [*(text for text, _ in raw), *([""] * 150)]
    tokens = [*(words for _, words in raw), *(words for _, _, words, _ in examples[50:])]

    train(texts, tokens, [label for *_, label in examples]).save(tmp_path / "m", WRITTEN, [], {})

    # 的 is a stop word; 核酸 is only new, and may matter.
    assert load_model(tmp_path / "m", "topic")[0].parameters["stop_words"] == ["的"]


@pytest.mark.parametrize(
    ("title", "tokens", "length"),
    [
        ("公交车不停。", ["公交车", "不停", "公交车", "司机"], 2),
        ("公交車不停", ["公交车", "不停", "司机"], 2),
        ("3路车、5路车", ["3", "路车", "5", "路车", "3"], 4),
        ("！！！", ["司机"], 1),
        ("", ["词"] * 20, 9),
        ("很长的标题", ["很", "长"], 2),
    ],
)
def test_the_title_is_found_among_the_tokens(title: str, tokens: list[str], length: int) -> None:
    assert title_length(title, tokens) == length


def test_features_of_a_post_have_length_one_in_every_block() -> None:
    reader = PostReader(["的"])
    tokens = [["公交车", "的", "司机", "司机"], ["公交车", "司机"], ["无关"]]
    grams = reader.read(tokens, [1, 1, 1])
    vocabulary = Vocabulary.learned(grams, 3, fewest=2)

    matrix = vocabulary.matrix_maker()(grams, 3)

    # Words 公交车, 司机; characters 公交车司机, pairs 公交 交车 车司 司机; the title's word, characters and pairs.
    assert vocabulary.sizes.tolist() == [2, 9, 6]
    np.testing.assert_allclose(matrix.multiply(matrix).sum(axis=1).A1, [1, 1, 0], rtol=1e-5)
    # 司机 twice counts 1 + ln 2 times as much as 公交车, which is as rare.
    words = np.sort(matrix[0, :2].toarray()[0])
    assert words[1] / words[0] == pytest.approx(1 + np.log(2), rel=1e-5)


def test_no_pair_of_characters_reaches_from_one_post_into_the_next() -> None:
    [_, characters, _] = PostReader().read([["公", "交"], ["车"]], [1, 1])

    # Three characters, and the pair 公交.
    assert sorted(characters.posts.tolist()) == [0, 0, 0, 1]


def test_words_far_behind_are_not_read() -> None:
    reader = PostReader()

    [words, _, _] = reader.read([["词"] * (MOST_TOKENS + 500)], [1])

    assert len(words.buckets) == MOST_TOKENS


def test_snownlp_answers_in_the_same_form_for_comparison() -> None:
    examples = posts(300)
    snow = SnowTopicModel([words for _, _, words, _ in examples], [label for *_, label in examples])

    fresh = posts(60, seed=2)
    answers = asked(snow, fresh)

    right = sum(answer.topic == label for answer, (*_, label) in zip(answers, fresh, strict=True))
    assert right >= 54
    assert snow.classify(["！"], [""], [[]]) == [Topical(None, None)]


@pytest.mark.realdata
def test_on_real_messages_held_out_macro_f1_is_at_least_93_percent(realdata: Path) -> None:
    # given: both training files, messages that are nearly the same kept on one side
    segmenter = Segmenter()
    rows: list[tuple[str, list[str], str]] = []
    with (realdata / "topic_train_tokens.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows += [("", row["tokens"].split(" "), row["一级标签"]) for row in csv.DictReader(stream)]
    with (realdata / "messages_labelled.csv").open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            title, body = clean_line(row["留言主题"]), clean(row["留言详情"])
            rows.append((f"{title}\n{body}", segmenter.words(title) + segmenter.words(body), row["一级分类"]))

    # when: a model is trained on them; its figures come from five folds, each predicted by the others
    model = train([text for text, _, _ in rows], [words for _, words, _ in rows], [label for *_, label in rows])

    # then
    assert model.scores["macro_f1"] >= 0.93
    assert model.scores["ece"] <= 0.03
