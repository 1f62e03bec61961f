"""What to disclose on one's own: the disclosure requests and recurring questions of a quarter, put together."""

from collections.abc import Iterator
from datetime import UTC, datetime

from elasticsearch.dsl import Q

from core.post import Post
from pipeline.likeness import likeness
from pipeline.matter_reading import in_parts
from pipeline.runtime import Runtime
from questions.disclosure import REQUEST, Suggestion, Wish, suggestions
from questions.likeness import Asked, Candidate
from store.posts import scan_posts

SAME_FROM = 0.6
"""Likeness from which two requests that belong to no matter ask for the same."""
MOST_REQUESTS = 2000
"""Requests beyond every matter that are compared with each other: the latest ones."""
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def disclosure(runtime: Runtime, start: datetime, end: datetime) -> list[Suggestion]:
    """The suggestions for the time from `start` to `end`; nothing later counts."""
    mined = {entry.matter_id: entry for entry in runtime.questions.all() if entry.matter_id and not entry.merged_into}
    wishes = list(_of_matters(runtime, {str(key): entry.question for key, entry in mined.items()}, end))
    wishes += _alone(runtime, end)
    return suggestions(wishes, start, end)


def _of_matters(runtime: Runtime, questions: dict[str, str], end: datetime) -> Iterator[Wish]:
    """Matters that have an entry, or hold a formal request."""
    for part in in_parts(runtime.matters.heard_of(_BEGINNING, end)):
        posts = runtime.matters.posts_of([record.id for record in part])
        for record in part:
            own = posts.get(record.id, [])
            if own and (record.id in questions or any(post.channel == REQUEST for post in own)):
                yield Wish(record.id, questions.get(record.id, record.title), own, frozenset(record.copy_ids))


def _alone(runtime: Runtime, end: datetime) -> list[Wish]:
    """Requests that belong to no matter, alike ones together, in the order they came."""
    query = (
        Q("term", channel=REQUEST) & ~Q("exists", field="cluster_id") & Q("range", posted_at={"lt": end.isoformat()})
    )
    posts = sorted(scan_posts(runtime.es, runtime.names, query), key=lambda post: (post.posted_at, post.id))
    groups: dict[str, list[Post]] = {}
    firsts: dict[str, Candidate] = {}
    for post in posts[-MOST_REQUESTS:]:
        asked = Asked(post.title, post.body, frozenset(post.places))
        ranked = likeness().rank(asked, list(firsts.values())) if firsts else []
        best = max(ranked, key=lambda one: one.likeness, default=None)
        if best and best.likeness >= SAME_FROM:
            groups[best.key].append(post)
        else:
            groups[post.id] = [post]
            firsts[post.id] = Candidate(post.id, post.title, post.body, "", frozenset(post.places))
    return [Wish(key, group[0].title, group) for key, group in groups.items()]
