"""Deadlines of posts already in the index: stages move with time, and the report counts them."""

from datetime import datetime

from elasticsearch.dsl import Q

from alerts.report import ReportRow, report
from pipeline.extensions import assessed, deadlines
from pipeline.post_changes import change_posts
from pipeline.runtime import Runtime
from store.posts import open_at, refresh_posts, scan_posts
from store.tallies import deadline_tallies, extended_tallies


def refresh_stages(runtime: Runtime, at: datetime) -> int:
    """Assess again, as of `at`, every post that waits for an answer or carries a stage; the number that changed."""

    refresh_posts(runtime.es, runtime.names)
    found = scan_posts(runtime.es, runtime.names, open_at(at) | Q("exists", field="deadline.stage"))
    moved = (post.id for post, deadline in deadlines(runtime, found, at) if deadline != post.deadline)
    return change_posts(runtime, moved, lambda post: assessed(runtime, post, at))


def deadline_report(runtime: Runtime, at: datetime) -> list[ReportRow]:
    """Received, answered, on time, median and 90th percentile, open, overdue and extended as of `at`: by department and
    month.
    """
    return report(deadline_tallies(runtime.es, runtime.names, at), extended_tallies(runtime.es, runtime.names, at))
