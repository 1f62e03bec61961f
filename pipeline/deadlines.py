"""Deadlines of posts already in the index: stages move with time, and the report counts them."""

from collections.abc import Iterator
from datetime import datetime

from elasticsearch.dsl import Q

from alerts.report import ReportRow, report
from core.post import Post
from pipeline.runtime import Runtime
from store.posts import open_at, refresh_posts, scan_posts, write_posts
from store.tallies import deadline_tallies


def refresh_stages(runtime: Runtime, at: datetime) -> int:
    """Assess again, as of `at`, every post that waits for an answer or carries a stage; the number that changed."""
    refresh_posts(runtime.es, runtime.names)
    return write_posts(runtime.es, runtime.names, _changed(runtime, at)).indexed


def _changed(runtime: Runtime, at: datetime) -> Iterator[Post]:
    for post in scan_posts(runtime.es, runtime.names, open_at(at) | Q("exists", field="deadline.stage")):
        deadline = runtime.book.assess(post, at)
        if deadline != post.deadline:
            yield post.model_copy(update={"deadline": deadline})


def deadline_report(runtime: Runtime, at: datetime) -> list[ReportRow]:
    """Received, answered, on time, median and 90th percentile, open and overdue as of `at`: by department and month."""
    return report(deadline_tallies(runtime.es, runtime.names, at))
