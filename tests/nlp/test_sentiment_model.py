"""How a message to an authority is meant is told as a reader would tell it, as surely as it is said, and for any text."""

import csv
import hashlib
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from core.errors import ConfigError, YuqingError
from core.post import Kind, SentimentLabel
from nlp.clean import clean, clean_line
from nlp.evaluation import calibration_error
from nlp.model_files import load_model, save_model
from nlp.segment import Segmenter
from nlp.sentiment import Sentimental, SentimentEngine, StockSnow
from nlp.sentiment_model import CLASSES, SentimentModel, shipped_model
from nlp.sentiment_snow import RetrainedSnow
from nlp.sentiment_training import (
    Example,
    own_examples,
    train_sentiment,
    train_shipped,
    weak_label,
    weigh,
)

NOW = datetime(2026, 1, 5, 0, 30, tzinfo=UTC)
REAL_LABELS = Path(__file__).with_name("sentiment_real_labels.csv")


def mood(body: str, title: str = "") -> Sentimental:
    return shipped_model().classify([title], [body])[0]


# ---------- what a reader would say ----------


@pytest.mark.parametrize(
    ("body", "label"),
    [
        ("医院缴费窗口就开一个，老人站着等了两个钟头，投诉多次没有人管。", "negative"),
        ("楼下饭店油烟直排，家里不敢开窗，城管环保互相推诿，我们实在受不了！", "negative"),
        ("尊敬的领导您好，打扰了。孩子的疫苗补种一拖再拖，至今没有人联系我们，恳请过问，万分感谢。", "negative"),
        ("真是佩服你们的效率，一个井盖修了一年还没有修好，群众只好天天练习跳远。", "negative"),
        ("求求领导，我丈夫的工伤赔偿拖欠两年，家里揭不开锅，走投无路了。", "negative"),
        ("首先感谢修路，但是路灯一直不亮，下水道堵塞，雨天根本无法通行，反映多次没有解决。", "negative"),
        ("请问给三岁孩子补办预防接种证需要带什么材料，周末能办理吗？", "neutral"),
        ("您好，想咨询一下退休人员异地就医备案的流程，谢谢！", "neutral"),
        ("建议在体育公园增设几处饮水点和储物柜，方便市民锻炼。", "neutral"),
        ("根据《传染病防治法》第十二条，一切单位和个人应当如实提供有关情况。", "neutral"),
        ("市图书馆定于本月十五日起调整开放时间，现将有关事项公告如下。", "neutral"),
        ("感谢急诊科的医生护士，我母亲转危为安，全家向你们致敬！", "positive"),
        ("给社区网格员点赞，反映的问题当天就解决了，态度好、效率高，我们非常满意。", "positive"),
        ("上次投诉的噪音扰民问题已经圆满解决，感谢城管队员的辛苦付出！", "positive"),
    ],
)
def test_a_plain_message_is_read_as_a_reader_reads_it(body: str, label: SentimentLabel) -> None:
    assert mood(body).label == label


def test_the_title_is_read_too() -> None:
    # given
    body = "东环路与学府路交叉口的工地，情况如题。"
    # when
    complaint, question = mood(body, "投诉工地夜间违规施工噪音扰民"), mood(body, "咨询工地的规划用途是什么？")
    # then
    assert complaint.label == "negative"
    assert question.label == "neutral"


def test_the_score_runs_from_complaint_over_question_to_thanks() -> None:
    scores = [
        mood(body).score
        for body in (
            "强烈投诉物业不作为，乱收费！",
            "请问社保卡在哪里补办？",
            "衷心感谢医生，医术高明，态度好，为你们点赞！",
        )
    ]

    assert scores[0] is not None
    assert scores[1] is not None
    assert scores[2] is not None
    assert scores[0] < 0.2 < 0.4 < scores[1] < 0.6 < 0.8 < scores[2]


def test_traditional_characters_are_read_like_simplified_ones() -> None:
    assert mood("醫院態度惡劣，投訴無門，強烈要求賠償！") == mood("医院态度恶劣，投诉无门，强烈要求赔偿！")


# ---------- any text at all ----------


@pytest.mark.parametrize("text", ["", " \n\t", "😡😡👎", "！！！？？？", "123 456", "\0\0", "____"])
def test_text_without_any_word_is_not_scored(text: str) -> None:
    assert mood(text, text) == Sentimental()


@pytest.mark.parametrize(
    "text",
    [
        "投诉" * 50_000,
        "The hospital kept us waiting for six hours.",
        "<div class='x'>医院<br/>收费</div>",
        "医院\x00\x07\u200b收费\ud800混乱",
        "𠮷野家𰻝𰻝面",
        "好",
        "الخدمة سيئة",
    ],
)
def test_any_other_text_gets_a_label_and_a_probability(text: str) -> None:
    answer = mood(text)

    assert answer.label in CLASSES
    assert answer.confidence is not None
    assert answer.score is not None
    assert 1 / 3 <= answer.confidence <= 1
    assert 0 <= answer.score <= 1


def test_posts_do_not_colour_each_other_in_a_batch() -> None:
    # given
    examples = own_examples()
    random.Random(1).shuffle(examples)
    titles, bodies = [one.title for one in examples[:300]], [one.body for one in examples[:300]]
    titles[7], bodies[7], titles[8], bodies[8] = "", "", "投诉\0举报", ""
    # when
    together = shipped_model().probabilities(titles, bodies)
    alone = np.concatenate(
        [shipped_model().probabilities([title], [body]) for title, body in zip(titles, bodies, strict=True)]
    )
    # then
    assert np.allclose(together, alone, atol=1e-5)


def test_no_posts_give_no_answers() -> None:
    assert shipped_model().classify([], []) == []


# ---------- training ----------


@pytest.fixture(scope="module")
def trained() -> SentimentModel:
    """The shipped model, trained anew."""
    return train_shipped()


def test_the_shipped_model_is_what_the_labelled_set_teaches(trained: SentimentModel) -> None:
    # given
    titles, bodies = zip(*((one.title, one.body) for one in own_examples()), strict=True)
    # when
    shipped, anew = shipped_model().probabilities(titles, bodies), trained.probabilities(titles, bodies)
    # then
    assert np.abs(shipped - anew).max() < 0.01
    assert shipped_model().examples == len(own_examples())


def test_on_folds_kept_out_the_labels_are_right_and_the_probabilities_hold(trained: SentimentModel) -> None:
    # The texts of the set are clearer than a board's, so here the model is a little less sure than it could be.
    assert trained.scores["cross_validated_macro_f1"] > 0.88
    assert trained.scores["cross_validated_calibration_error"] < 0.11


def test_a_saved_model_says_the_same_when_loaded(trained: SentimentModel, tmp_path: Path) -> None:
    # given
    trained.save(tmp_path / "a.model", NOW, ["own set"], {"held_out_macro_f1": 0.9})
    # when
    loaded = SentimentModel.load(tmp_path / "a.model")
    # then
    texts = ["投诉物业乱收费", "请问怎么办理", "感谢医生"]
    assert np.array_equal(loaded.probabilities([""] * 3, texts), trained.probabilities([""] * 3, texts))
    assert loaded.scores == {**trained.scores, "held_out_macro_f1": 0.9}


@pytest.mark.parametrize(
    "changes",
    [
        {"features": np.zeros((2, 3), dtype=np.float32)},
        {"ngrams": np.zeros((1, 2), dtype=np.float32)},
        {"intercept": np.full(3, np.nan, dtype=np.float32)},
        {"buckets": np.array([1 << 30], dtype=np.int32), "ngrams": np.zeros((1, 3), dtype=np.float32)},
        {"buckets": np.array(["a"]), "ngrams": np.zeros((1, 3), dtype=np.float32)},
    ],
)
def test_a_file_whose_parts_do_not_fit_together_is_refused(changes: dict[str, np.ndarray], tmp_path: Path) -> None:
    # given
    shipped_model().save(tmp_path / "a.model", NOW, [], {})
    card, arrays = load_model(tmp_path / "a.model", "sentiment")
    # when
    save_model(tmp_path / "b.model", card, arrays | changes)
    # then
    with pytest.raises(ConfigError, match=r"b\.model 不能用"):
        SentimentModel.load(tmp_path / "b.model")


@pytest.mark.parametrize("lexicon", [None, ["投诉"], {"complaint": "投诉"}, {"complaint": [1]}, {"complaint": [""]}])
def test_a_file_without_a_proper_lexicon_is_refused(lexicon: object, tmp_path: Path) -> None:
    # given
    shipped_model().save(tmp_path / "a.model", NOW, [], {})
    card, arrays = load_model(tmp_path / "a.model", "sentiment")
    # when
    save_model(tmp_path / "b.model", card.model_copy(update={"parameters": {"lexicon": lexicon}}), arrays)
    # then
    with pytest.raises(ConfigError, match=r"b\.model 不能用"):
        SentimentModel.load(tmp_path / "b.model")


def test_an_offices_own_posts_change_what_a_word_means() -> None:
    # given
    calm = [Example("", f"关于号源一事，情况{number}如下，第{number}诊室。", "neutral") for number in range(40)]
    angry = [Example("", f"又是号源！第{number}次了，第{number}诊室。", "negative") for number in range(40)]
    # when
    model = train_sentiment([*own_examples(), *calm, *angry])
    # then
    answers = model.classify(["", ""], ["关于号源一事，情况99如下。", "又是号源！第99次了。"])
    assert [answer.label for answer in answers] == ["neutral", "negative"]


def test_too_few_examples_of_a_label_are_refused() -> None:
    examples = [one for one in own_examples() if one.label != "positive"]

    with pytest.raises(YuqingError, match="每种情感"):
        train_sentiment(examples)


@pytest.mark.parametrize(
    ("title", "kind", "satisfaction", "label"),
    [
        ("门诊的事", "感谢", None, "positive"),
        ("门诊的事", "感谢", 1, None),
        ("门诊的事", "投诉", None, "negative"),
        ("门诊的事", "投诉", 5, "negative"),
        ("门诊的事", "求助", None, "negative"),
        ("感谢卫健委及时处理", "投诉", None, None),
        ("门诊的事", "咨询", None, "neutral"),
        ("门诊的事", "咨询", 2, None),
        ("门诊的事", "建言", 5, "neutral"),
        ("投诉门诊乱收费", "建言", None, None),
        ("感谢卫健委及时处理", None, None, "positive"),
        ("举报黑诊所", None, None, "negative"),
        ("请问门诊几点开门", None, None, "neutral"),
        ("门诊的事", None, 1, None),
    ],
)
def test_a_boards_own_marks_give_a_label_unless_they_contradict_each_other(
    title: str, kind: Kind | None, satisfaction: float | None, label: SentimentLabel | None
) -> None:
    assert weak_label(title, kind, satisfaction) == label


def test_weak_labels_never_outweigh_those_given_by_hand() -> None:
    # given
    by_hand, weak = [Example("", "a", "neutral")] * 10, [Example("", "b", "negative")] * 40
    # when
    few, many = weigh(by_hand, weak[:5]), weigh(by_hand, weak)
    # then
    assert sum(one.weight for one in few) == 15
    assert sum(one.weight for one in many) == 20


# ---------- the labelled set ----------


def test_the_labelled_set_is_large_balanced_and_of_distinct_texts() -> None:
    # given
    examples = own_examples()
    lengths = [len(one.title) + len(one.body) for one in examples]
    # when
    shares = {label: count / len(examples) for label, count in Counter(one.label for one in examples).items()}
    # then
    assert len(examples) >= 800
    assert len({one.title + one.body for one in examples}) == len(examples)
    assert sum(length >= 150 for length in lengths) >= 100
    assert shares["negative"] == pytest.approx(0.40, abs=0.03)
    assert shares["neutral"] == pytest.approx(0.38, abs=0.03)
    assert shares["positive"] == pytest.approx(0.22, abs=0.03)


def runs(text: str, length: int = 14) -> set[str]:
    letters = "".join(character for character in text if character.isalnum())
    return {letters[begin : begin + length] for begin in range(len(letters) - length + 1)}


@pytest.mark.realdata
def test_the_labelled_set_holds_nothing_of_a_real_message(realdata: Path) -> None:
    # given
    real: set[str] = set()
    for name in ("messages_replied.csv", "messages_voted.csv", "messages_labelled.csv"):
        for title, body in messages(realdata / name).values():
            real |= runs(title + body)
    # when
    shared = [run for one in own_examples() for run in sorted(runs(one.title + one.body) & real)]
    # then: laws read the same wherever they are quoted
    assert [run for run in shared if not any(word in run for word in ("单位", "业主", "条例", "规定"))] == []


# ---------- real messages ----------


def messages(path: Path) -> dict[str, tuple[str, str]]:
    """Title and body of each message of a file, by its number."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {
            row["留言编号"]: (clean_line(row["留言主题"]), clean(row["留言详情"])) for row in csv.DictReader(stream)
        }


def word_texts(path: Path) -> dict[str, tuple[str, str]]:
    """The texts of the file of words, by the number of their row from 0; their stop words and punctuation are gone."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return {str(row): ("", clean(one["tokens"]).replace(" ", "")) for row, one in enumerate(csv.DictReader(stream))}


def labelled(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Title, body and label of the messages of the test half; the other half was used to choose the model."""
    with REAL_LABELS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    files = {
        name: (word_texts if name.startswith("topic") else messages)(folder / name)
        for name in {row["file"] for row in rows}
    }
    for row in rows:
        if hashlib.sha256(f"{row['file']}/{row['留言编号']}".encode()).digest()[0] % 2 == 1:
            yield (*files[row["file"]][row["留言编号"]], row["label"])


@pytest.mark.realdata
def test_on_real_messages_it_reaches_080_and_leaves_snownlp_behind(realdata: Path) -> None:
    # given
    titles, bodies, truth = map(list, zip(*labelled(realdata), strict=True))
    words = Segmenter().words
    tokens = [words(f"{title}\n{body}") for title, body in zip(titles, bodies, strict=True)]

    def macro_f1(engine: SentimentEngine) -> float:
        answers = [answer.label or "" for answer in engine.classify(titles, bodies, tokens)]
        return float(f1_score(truth, answers, labels=CLASSES, average="macro"))

    # when
    ours = macro_f1(shipped_model())
    stock = macro_f1(StockSnow())
    retrained = macro_f1(RetrainedSnow(own_examples(), words))
    # then
    assert ours >= 0.80
    assert ours > retrained > stock


@pytest.mark.realdata
def test_on_real_messages_08_means_80_percent(realdata: Path) -> None:
    # given
    titles, bodies, truth = map(list, zip(*labelled(realdata), strict=True))
    # when
    answers = shipped_model().classify(titles, bodies)
    # then
    right = [answer.label == label for answer, label in zip(answers, truth, strict=True)]
    assert calibration_error([answer.confidence or 0 for answer in answers], right) < 0.08
