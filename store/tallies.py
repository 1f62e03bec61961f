"""Counts behind the deadline report: one composite aggregation for each state, so that no post leaves Elasticsearch."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.dsl import A, Q, Search
from elasticsearch.dsl.query import Query

from alerts.report import State, Tally
from core.post import OPEN_STATUSES
from store.connection import speaking_plainly
from store.documents import Names
from store.posts import open_at, refresh_posts

PAGE = 1000


def deadline_tallies(es: Elasticsearch, names: Names, at: datetime) -> list[Tally]:
    """How many posts with a deadline, posted up to `at`, were in which state then, by department and month of posting.

    Answered posts come with their working days and whether in time, so that any quantile can be computed exactly.
    """
    now = at.isoformat()
    posted = Q("range", posted_at={"lte": now}) & Q("exists", field="deadline.due_at")
    answered = Q("range", deadline__answered_at={"lte": now})
    waiting = open_at(at) & ~answered
    closed = ~Q("terms", status=sorted(OPEN_STATUSES)) & ~Q("exists", field="deadline.answered_at")
    queries: dict[State, Query] = {
        "answered": answered,
        "open": waiting & Q("range", deadline__due_at={"gte": now}),
        "overdue": waiting & Q("range", deadline__due_at={"lt": now}),
        "closed_undated": closed & Q("exists", field="status"),
        "unknown": closed & ~Q("exists", field="status"),
    }
    refresh_posts(es, names)
    return [
        Tally(key["department"] or "", key["month"], key["days"], key["on_time"], state, count)
        for state, query in queries.items()
        for key, count in _buckets(es, names, posted & query)
    ]


def extended_tallies(es: Elasticsearch, names: Names, at: datetime) -> dict[tuple[str, str], int]:
    """Of how many posts the deadline had been extended by `at`, by department and month of posting."""
    counts: dict[tuple[str, str], int] = {}
    for key, count in _buckets(es, names, Q("range", deadline__extended_at={"lte": at.isoformat()})):
        group = key["department"] or "", key["month"]
        counts[group] = counts.get(group, 0) + count
    return counts


def _buckets(es: Elasticsearch, names: Names, query: Query) -> Iterator[tuple[dict[str, Any], int]]:
    month = A(
        "date_histogram", field="posted_at", calendar_interval="month", time_zone="Asia/Shanghai", format="yyyy-MM"
    )
    keys = [
        {"department": A("terms", field="department", missing_bucket=True)},
        {"month": month},
        {"days": A("terms", field="deadline.answered_in_working_days", missing_bucket=True)},
        {"on_time": A("terms", field="deadline.on_time", missing_bucket=True)},
    ]
    after: dict[str, Any] | None = {}
    while after is not None:
        search = Search(using=es, index=names.posts).query(query)[:0]
        paging: dict[str, Any] = {"after": after} if after else {}
        composite = A("composite", sources=keys, size=PAGE, **paging)
        search.aggs.bucket("groups", composite)
        with speaking_plainly():
            groups = search.execute().aggregations.groups
        for bucket in groups.buckets:
            yield bucket.key.to_dict(), bucket.doc_count
        after = groups.after_key.to_dict() if "after_key" in groups else None
