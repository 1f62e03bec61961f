"""The figures at the top of a page: how many posts, how many of them negative, what is due, what was answered in time."""

from collections.abc import Mapping
from typing import Any

from elasticsearch.dsl import A, Q, Search

from dashboards.panel import Panel, Table
from dashboards.preview_choice import Window

COUNTED = {
    "judged": Q("exists", field="sentiment_label"),
    "negative": Q("term", sentiment_label="negative"),
    "due_today": Q("term", deadline__stage="due_today"),
    "overdue": Q("terms", deadline__stage=["overdue", "escalated"]),
    "answered": Q("exists", field="deadline.answered_at"),
    "in_time": Q("exists", field="deadline.answered_at") & Q("term", deadline__on_time=True),
}


def _counts() -> Search:
    search = Search().extra(track_total_hits=True)[:0]
    for name, query in COUNTED.items():
        search.aggs.bucket(name, A("filter", query))
    return search


FIGURES = Panel(
    id="figures",
    title="数字",
    about="留言数、负面占比、到期、超期和按时答复率。",
    index="posts",
    search=_counts(),
    rows="aggregations",
    picture=Table(()),
    empty="",
)


def read_figures(
    now: Mapping[str, Any] | None, earlier: Mapping[str, Any] | None, window: Window
) -> list[dict[str, Any]]:
    """The figures in the order they are shown; a share without anything to take it of, or a failed search, is None.

    `change` is the difference to as many days just before, None where those had no posts. What is due and overdue is
    so today, whenever it was posted: there is nothing to compare it with.
    """
    if now is None:
        return []
    span = (window.last - window.first).days + 1 if window.first and window.last else None
    compared = f"前 {span} 天" if span and earlier and _total(earlier) else None
    counted, before = _figures(now), _figures(earlier) if compared and earlier else {}
    return [
        {"id": name, "title": title, "kind": kind, "value": counted[name], "tone": tone, "compared": compared}
        | {"change": _change(counted[name], before.get(name)) if comparable else None}
        for name, title, kind, tone, comparable in (
            ("posts", "留言", "number", None, True),
            ("negative", "负面占比", "share", None, True),
            ("due_today", "今日到期", "number", None, False),
            ("overdue", "超期未答复", "number", "alert", False),
            ("on_time", "按时答复率", "share", None, True),
        )
    ]


def _figures(found: Mapping[str, Any]) -> dict[str, float | None]:
    counts = {name: found["aggregations"][name]["doc_count"] for name in COUNTED} if "aggregations" in found else {}
    return {
        "posts": _total(found),
        "negative": _share(counts.get("negative", 0), counts.get("judged", 0)),
        "due_today": counts.get("due_today", 0),
        "overdue": counts.get("overdue", 0),
        "on_time": _share(counts.get("in_time", 0), counts.get("answered", 0)),
    }


def _total(found: Mapping[str, Any]) -> int:
    return int(found["hits"]["total"]["value"])


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _change(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before
