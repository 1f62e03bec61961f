"""The figures of an evaluation are what one counts by hand and what scikit-learn says."""

import random

import orjson
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from nlp.evaluation import NOT_SCORED, OTHER, calibration_error, evaluate, picture

PNG = b"\x89PNG\r\n\x1a\n"
TRUTH = ["甲", "甲", "甲", "乙", "乙", "丙"]
ANSWERS = ["甲", "甲", "乙", "乙", None, "丁"]


def test_figures_are_what_one_counts_by_hand() -> None:
    # when
    result = evaluate("引擎", TRUTH, ANSWERS, 2.0)
    # then labels come in the order of their characters
    figures = {c.label: (c.precision, c.recall, c.f1, c.support) for c in result.classes}
    assert result.labels == tuple(sorted("甲乙丙"))
    assert figures["甲"] == pytest.approx((1, 2 / 3, 0.8, 3))
    assert figures["乙"] == pytest.approx((1 / 2, 1 / 2, 1 / 2, 2))
    assert figures["丙"] == (0, 0, 0, 1)
    assert result.macro_f1 == pytest.approx((0.8 + 0.5 + 0) / 3)
    assert result.accuracy == 0.5
    assert (result.posts, result.posts_per_second) == (6, 3.0)


def test_an_answer_outside_the_labels_and_none_at_all_have_columns_of_their_own() -> None:
    # when
    result = evaluate("引擎", TRUTH, ANSWERS, 0)
    # then
    assert result.predicted == (*result.labels, OTHER, NOT_SCORED)
    rows = {
        label: dict(zip(result.predicted, row, strict=True))
        for label, row in zip(result.labels, result.confusion, strict=True)
    }
    filled = {label: {column: count for column, count in row.items() if count} for label, row in rows.items()}
    assert filled == {"甲": {"甲": 2, "乙": 1}, "乙": {"乙": 1, NOT_SCORED: 1}, "丙": {OTHER: 1}}
    assert result.posts_per_second is None


def test_a_post_not_scored_counts_as_wrong() -> None:
    # when one of four answers is missing, and when all are
    some = evaluate("引擎", ["甲", "甲", "乙", "乙"], ["甲", "甲", "乙", None], 0)
    none = evaluate("引擎", ["甲", "乙"], [None, None], 0)
    # then
    assert (some.accuracy, some.macro_f1) == pytest.approx((0.75, (1 + 2 / 3) / 2))
    assert (none.accuracy, none.macro_f1) == (0, 0)
    assert none.confusion == ((0, 0, 1), (0, 0, 1))


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_scikit_learn(seed: int) -> None:
    # given answers of which some are wrong, some unknown labels and some missing
    chance = random.Random(seed)
    truth = [chance.choice("甲乙丙丁") for _ in range(200)]
    answers = [chance.choice([label, label, "甲", "戊", None]) for label in truth]
    # when
    result = evaluate("引擎", truth, answers, 1.5)
    # then
    labels, said = sorted(set(truth)), [answer or "无" for answer in answers]
    expected = precision_recall_fscore_support(truth, said, labels=labels, zero_division=0)
    for name, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert [getattr(figures, name) for figures in result.classes] == pytest.approx(list(values))
    assert result.macro_f1 == pytest.approx(expected[2].mean())
    assert result.accuracy == pytest.approx(accuracy_score(truth, said))
    among = confusion_matrix(truth, said, labels=labels)
    assert [list(row[: len(labels)]) for row in result.confusion] == among.tolist()
    assert [sum(row) for row in result.confusion] == [truth.count(label) for label in labels]


def test_figures_for_programs_are_plain_and_rounded() -> None:
    # when
    told = orjson.loads(orjson.dumps(evaluate("引擎", TRUTH, ANSWERS, 0.7).as_json()))
    # then
    assert (told["engine"], told["posts"], told["macro_f1"]) == ("引擎", 6, 0.4333)
    assert told["posts_per_second"] == 8.5714
    assert {"label": "甲", "precision": 1.0, "recall": 0.6667, "f1": 0.8, "support": 3} in told["classes"]
    assert told["confusion"][told["labels"].index("甲")][told["predicted"].index("乙")] == 1


def test_the_picture_shows_every_engine() -> None:
    # when
    one = picture([evaluate("甲引擎", TRUTH, ANSWERS, 0)], "主题引擎")
    two = picture([evaluate("甲引擎", TRUTH, ANSWERS, 0), evaluate("乙引擎", TRUTH, TRUTH, 0)], "主题引擎")
    # then the second needs room below the first: height stands in bytes 20 to 23 of a PNG
    assert one.startswith(PNG)
    assert two.startswith(PNG)
    assert int.from_bytes(two[20:24], "big") > int.from_bytes(one[20:24], "big") * 1.3
    assert len(one) > 10_000


def test_the_calibration_error_is_the_mean_gap_between_saying_and_being_right() -> None:
    # given two answers said to be right with 95 %, of which one is; one said with 85 %, which is; one with 65 %, which is not
    error = calibration_error([0.95, 0.95, 0.85, 0.65], [True, False, True, False])
    # then
    assert error == pytest.approx((abs(1.9 - 1) + abs(0.85 - 1) + abs(0.65 - 0)) / 4)


@pytest.mark.parametrize(
    ("confidences", "right", "error"),
    [
        ([], [], 0.0),
        ([1.0, 1.0], [True, True], 0.0),
        ([1.0], [False], 1.0),
        ([0.8] * 5, [True] * 4 + [False], 0.0),
        ([0.8] * 5, [True] * 5, 0.2),
    ],
)
def test_08_means_80_percent(confidences: list[float], right: list[bool], error: float) -> None:
    assert calibration_error(confidences, right) == pytest.approx(error)


def test_fewer_bins_let_gaps_cancel() -> None:
    # given one answer too sure and one not sure enough
    confidences, right = [0.55, 0.95], [True, False]
    # then
    assert calibration_error(confidences, right, bins=10) == pytest.approx((0.45 + 0.95) / 2)
    assert calibration_error(confidences, right, bins=1) == pytest.approx(abs(1.5 - 1) / 2)
