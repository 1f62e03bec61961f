"""What is said of a rise, a fall, no change, nothing at all, and a first week."""

from collections.abc import Iterator
from typing import Any

import pytest

from alerts.calendar import WorkCalendar
from reports import volume
from reports.compare import Comparison
from reports.figures import Figures
from reports.period import Period, read_month, read_week
from reports.telling import Teller

WEEK = read_week("2025-W10")
LONG_AGO = "2019-01-01T00:00:00.000Z"


def span(posts: int, negative: int, topics: dict[str, int] | None = None) -> dict[str, Any]:
    """One span of an answer of Elasticsearch."""
    return {
        "doc_count": posts,
        "sentiment": {"buckets": [{"key": "negative", "doc_count": negative}] if negative else []},
        "topics": {"buckets": [{"key": key, "doc_count": count} for key, count in (topics or {}).items()]},
    }


def told(
    this: dict[str, Any], before: dict[str, Any], four: dict[str, Any], first: str = LONG_AGO, period: Period = WEEK
) -> list[str]:
    """The sentences about volume that these answers make."""
    figures = Figures(WorkCalendar())
    figures.answers = {
        "first": {"aggregations": {"first": {"value_as_string": first}}},
        "posts": {"aggregations": {"spans": {"buckets": {"this": this, "before": before, "four": four}}}},
    }
    compare = Comparison.of(figures, period)
    volume.add_figures(compare)
    return [sentence.text for sentence in volume.changes(Teller(figures, period), compare)]


def cases() -> Iterator[Any]:
    """Answers and what is said of them."""
    yield pytest.param(
        told(span(12, 6), span(9, 3), span(40, 10)),
        [
            "本周收到留言 12 条，比上周增加 3 条，高于前四周平均的 10 条。",
            "其中负面 6 条，占 50%，比上周上升 16.7 个百分点。",
        ],
        id="rise",
    )
    yield pytest.param(
        told(span(5, 1), span(9, 3), span(41, 10)),
        [
            "本周收到留言 5 条，比上周减少 4 条，低于前四周平均的 10.3 条。",
            "其中负面 1 条，占 20%，比上周下降 13.3 个百分点。",
        ],
        id="fall",
    )
    yield pytest.param(
        told(span(9, 3), span(9, 3), span(36, 10)),
        ["本周收到留言 9 条，与上周持平，等于前四周平均的 9 条。", "其中负面 3 条，占 33.3%，与上周持平。"],
        id="no change",
    )
    yield pytest.param(
        told(span(0, 0), span(9, 3), span(36, 10)), ["本周没有收到留言，上周有 9 条。"], id="nothing after something"
    )
    yield pytest.param(told(span(0, 0), span(0, 0), span(36, 10)), ["本周没有收到留言。"], id="nothing after nothing")
    yield pytest.param(
        told(span(4, 0), span(0, 0), span(0, 0)),
        ["本周收到留言 4 条，比上周增加 4 条，高于前四周平均的 0 条。", "本周没有负面留言。"],
        id="something after nothing",
    )
    yield pytest.param(
        told(span(4, 2), span(0, 0), span(0, 0), first="2025-03-05T02:00:00.000Z"),
        ["本周收到留言 4 条。", "这是有留言以来的第一周，没有可比的数据。", "其中负面 2 条，占 50%。"],
        id="first week",
    )
    yield pytest.param(
        told(span(4, 2), span(3, 0), span(3, 0), first="2025-02-26T02:00:00.000Z"),
        ["本周收到留言 4 条，比上周增加 1 条。", "其中负面 2 条，占 50%，比上周上升 50 个百分点。"],
        id="second week",
    )
    yield pytest.param(
        told(span(9, 0, {"其他": 7, "疫苗接种": 5}), span(2, 0, {"疫苗接种": 2}), span(9, 0)),
        [
            "本周收到留言 9 条，比上周增加 7 条，高于前四周平均的 2.3 条。",
            "本周没有负面留言。",
            "增加最多的是“疫苗接种”：5 条，比上周增加 3 条。",
        ],
        id="a topic that rose, not the rest",
    )
    yield pytest.param(
        told(span(9, 0, {"疫苗接种": 5}), span(2, 0, {"疫苗接种": 2}), span(9, 0), period=read_month("2025-02")),
        ["本月收到留言 9 条，比上月增加 7 条，高于前四个月平均的 2.3 条。", "本月没有负面留言。"],
        id="three more are no rise of a month",
    )


@pytest.mark.parametrize(("sentences", "expected"), list(cases()))
def test_changes_are_told_in_plain_words(sentences: list[str], expected: list[str]) -> None:
    # then
    assert sentences == expected
