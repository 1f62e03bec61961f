"""The first round of queries: everything that can be asked knowing only the period. Pure.

All are as of the period's end: a post or reply that came later changes none of them. Where periods are compared, one query
asks for three spans: `this`, `before` (the one before) and `four` (the four before together).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from elasticsearch.dsl import Q
from elasticsearch.dsl.query import Query as Condition

from reports.figures import Query
from reports.period import LAST_INSTANT, Period
from store.posts import open_at

COMPARED = 4
MOST_OVERDUE = 20
MOST_TOPICS = 100
MOST_DEPARTMENTS = 100
MOST_DAYS = 10_000
MOST_PEOPLE = 10_000
BUSIEST = 100
"""Matters with the most posts, among which those with the most people are looked for."""
MOST_RECORDS = 1000
MOST_PRAISE = 5
THANKS = ("感谢", "谢谢", "表扬", "点赞", "致谢", "称赞", "锦旗", "好评")
INTERVALS = {"week": "day", "month": "day", "quarter": "week"}


def questions(period: Period, fallback: str) -> list[Query]:
    """The queries; `fallback` is the section of posts that have none."""
    within = posted(period.start, period.end)
    overdue = overdue_at(period.end).to_dict()
    by_department = {"terms": {"field": "department", "size": MOST_DEPARTMENTS, "missing": fallback}}
    found = [
        Query("first", "posts", _counted(before("posted_at", period.end), {"first": {"min": {"field": "posted_at"}}})),
        Query("posts", "posts", _counted(_compared("posted_at", period), _spans("posted_at", period, _read_off()))),
        Query("course", "posts", _counted(within, {"course": _course(period)})),
        Query("answers", "posts", _counted(_compared(ANSWERED, period), _spans(ANSWERED, period, answered()))),
        Query("waiting", "posts", _counted({"match_all": {}}, {"at": {"filters": {"filters": _waiting(period)}}})),
        Query(
            "received",
            "posts",
            _counted(within, {"departments": by_department, "tracked": {"filter": exists("status")}}),
        ),
        Query(
            "answered",
            "posts",
            _counted(
                between(ANSWERED, period.start, period.end), {"departments": {**by_department, "aggs": answered()}}
            ),
        ),
        Query(
            "open",
            "posts",
            _counted(
                waiting_at(period.end).to_dict(),
                {"departments": {**by_department, "aggs": {"overdue": {"filter": overdue, "aggs": _earliest()}}}},
            ),
        ),
        Query("overdue", "posts", _overdue(overdue)),
        Query("matters", "posts", _counted(_and(within, exists("cluster_id")), {"matters": _matters()})),
        Query("new", "followups", _counted(_compared("created_at", period), _spans("created_at", period))),
        Query("undecided", "followups", _records(_undecided(period.end))),
        Query("explained", "followups", _records(before("history.explanation.at", period.end))),
        Query("alarms", "warnings", _counted(_compared("at", period), _spans("at", period))),
        Query("warnings", "warnings", {**_records(between("at", period.start, period.end)), "sort": ["at"]}),
        Query("praise", "posts", _praise(within)),
    ]
    return found if period.kind == "week" else [*found, _statistics(within, by_department, period)]


ANSWERED = "deadline.answered_at"


# --- conditions


def between(field: str, start: datetime, end: datetime) -> dict[str, Any]:
    """At `start` or later, before `end`."""
    return {"range": {field: {"gte": start.isoformat(), "lt": end.isoformat()}}}


def before(field: str, end: datetime) -> dict[str, Any]:
    """Before `end`."""
    return {"range": {field: {"lt": end.isoformat()}}}


def posted(start: datetime, end: datetime) -> dict[str, Any]:
    """Posts of that time."""
    return between("posted_at", start, end)


def waiting_at(end: datetime) -> Condition:
    """Posts with a deadline that had no answer just before `end` (as `store.tallies` counts them)."""
    last = end - LAST_INSTANT
    return (
        open_at(last)
        & Q("exists", field="deadline.due_at")
        & ~Q("range", deadline__answered_at={"lt": end.isoformat()})
    )


def overdue_at(end: datetime) -> Condition:
    """Those of them whose time was over."""
    return waiting_at(end) & Q("range", deadline__due_at={"lt": (end - LAST_INSTANT).isoformat()})


def _and(*conditions: dict[str, Any]) -> dict[str, Any]:
    return {"bool": {"filter": list(conditions)}}


def exists(field: str) -> dict[str, Any]:
    return {"exists": {"field": field}}


def _compared(field: str, period: Period) -> dict[str, Any]:
    return between(field, period.before(COMPARED).start, period.end)


def _undecided(end: datetime) -> dict[str, Any]:
    return {"bool": {"filter": [before("created_at", end)], "must_not": [before("history.at", end)]}}


# --- what is counted


def _counted(query: dict[str, Any], aggregations: dict[str, Any]) -> dict[str, Any]:
    return {"size": 0, "track_total_hits": True, "query": query, "aggs": aggregations}


def _spans(field: str, period: Period, within: dict[str, Any] | None = None) -> dict[str, Any]:
    spans = {
        "this": (period.start, period.end),
        "before": (period.before().start, period.start),
        "four": (period.before(COMPARED).start, period.start),
    }
    ranges = [{"key": key, "from": start.isoformat(), "to": end.isoformat()} for key, (start, end) in spans.items()]
    aggregation: dict[str, Any] = {"date_range": {"field": field, "keyed": True, "ranges": ranges}}
    return {"spans": aggregation | ({"aggs": within} if within else {})}


def _read_off() -> dict[str, Any]:
    return {
        "sentiment": {"terms": {"field": "sentiment_label"}},
        "topics": {"terms": {"field": "topic", "size": MOST_TOPICS}},
    }


def answered() -> dict[str, Any]:
    """Of answered posts: those in time, and the working days that each took, so that any quantile is exact."""
    return {
        "on_time": {"filter": {"term": {"deadline.on_time": True}}},
        "days": {"terms": {"field": "deadline.answered_in_working_days", "size": MOST_DAYS}},
    }


def _course(period: Period) -> dict[str, Any]:
    bounds = {"min": period.start.isoformat(), "max": period.last_instant.isoformat()}
    histogram = {
        "field": "posted_at",
        "calendar_interval": INTERVALS[period.kind],
        "time_zone": "Asia/Shanghai",
        "format": "yyyy-MM-dd",
        "min_doc_count": 0,
        "extended_bounds": {name: moment[:10] for name, moment in bounds.items()},
    }
    return {"date_histogram": histogram, "aggs": {"sentiment": {"terms": {"field": "sentiment_label"}}}}


def _waiting(period: Period) -> dict[str, Any]:
    """Open and overdue at the end of this period (0) and of each of the four before."""
    ends = [period.before(count).end for count in range(COMPARED + 1)]
    return {f"open.{number}": waiting_at(end).to_dict() for number, end in enumerate(ends)} | {
        f"overdue.{number}": overdue_at(end).to_dict() for number, end in enumerate(ends)
    }


def _earliest() -> dict[str, Any]:
    return {"due": {"min": {"field": "deadline.due_at"}}}


def _overdue(condition: dict[str, Any]) -> dict[str, Any]:
    return {
        "size": MOST_OVERDUE,
        "track_total_hits": True,
        "query": condition,
        "sort": ["deadline.due_at", "id"],
        "_source": ["title", "body", "url", "department", "posted_at", "deadline.due_at"],
    }


def people() -> dict[str, Any]:
    """Who wrote posts: each author once, and how many posts have none."""
    return {
        "people": {"terms": {"field": "author_hash", "size": MOST_PEOPLE}},
        "nameless": {"missing": {"field": "author_hash"}},
    }


def _matters() -> dict[str, Any]:
    busiest = {"field": "cluster_id", "size": BUSIEST, "order": [{"_count": "desc"}, {"_key": "asc"}]}
    return {"terms": busiest, "aggs": people()}


def _records(condition: dict[str, Any]) -> dict[str, Any]:
    return {
        "size": MOST_RECORDS,
        "track_total_hits": True,
        "query": condition,
        "sort": ["created_at"],
        "_source": {"excludes": ["brief", "markdown"]},
    }


def _praise(within: dict[str, Any]) -> dict[str, Any]:
    """Thanks first, then what is positive and thanks in its title, the most positive first.

    Being positive is not enough: complaints politely written are taken for it, and nearly all end with a 谢谢.
    """
    titled = {"bool": {"should": [{"match_phrase": {"title": word}} for word in THANKS], "minimum_should_match": 1}}
    kinds: Sequence[dict[str, Any]] = (
        {"constant_score": {"filter": {"term": {"kind": "感谢"}}, "boost": 2}},
        {"constant_score": {"filter": _and({"term": {"sentiment_label": "positive"}}, titled), "boost": 1}},
    )
    return {
        "size": MOST_PRAISE,
        "track_total_hits": True,
        "query": {"bool": {"filter": [within], "should": list(kinds), "minimum_should_match": 1}},
        "sort": [{"_score": "desc"}, {"sentiment": {"order": "desc", "missing": "_last"}}, "posted_at", "id"],
        "_source": ["title", "body", "department", "posted_at", "url"],
    }


def _statistics(within: dict[str, Any], by_department: dict[str, Any], period: Period) -> Query:
    """What the ledger asks for: of the posts received, how many were answered, and in time, by the period's end."""
    months = {
        "field": "posted_at",
        "calendar_interval": "month",
        "time_zone": "Asia/Shanghai",
        "format": "yyyy-MM",
        "min_doc_count": 1,
    }
    counted = {
        "answered": {"filter": before(ANSWERED, period.end), "aggs": answered()},
        "open": {"filter": waiting_at(period.end).to_dict()},
        "overdue": {"filter": overdue_at(period.end).to_dict()},
    }
    by_month = {"months": {"date_histogram": months, "aggs": counted}}
    query = _and(within, exists("deadline.due_at"))
    departments = {**by_department, "aggs": {**counted, **by_month}}
    return Query("statistics", "posts", _counted(query, {"departments": departments, **counted}))
