"""Reading posts, by what they are about or by id."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.dsl import Q, Search
from elasticsearch.dsl.query import Query

from core.post import OPEN_STATUSES, Post
from store.connection import refresh, speaking_plainly
from store.documents import Names
from store.post_places import field_by_id, read_by_id, scan_hits

CHUNK_POSTS = 500


def from_source(source: dict[str, Any]) -> Post:
    """The post an index hit stands for."""
    return Post.model_validate({**source, "tokens": str(source.get("tokens", "")).split()})


def scan_posts(es: Elasticsearch, names: Names, query: Query) -> Iterator[Post]:
    """Every post that matches, a page at a time, in no particular order."""
    for hit in scan_hits(es, names, query.to_dict(), CHUNK_POSTS):
        yield from_source(hit["_source"])


def open_at(at: datetime) -> Query:
    """Posts that were waiting for an answer at `at`: already posted, and open now or answered only later."""
    later = Q("range", deadline__answered_at={"gt": at.isoformat()})
    return Q(
        "bool",
        filter=[Q("range", posted_at={"lte": at.isoformat()})],
        should=[Q("terms", status=sorted(OPEN_STATUSES)), later],
        minimum_should_match=1,
    )


def oldest_checked(es: Elasticsearch, names: Names, source: str, limit: int) -> list[Post]:
    """Open posts of one source, those asked about longest ago first."""
    search = (
        Search(using=es, index=names.posts)
        .filter("term", source=source)
        .filter("terms", status=sorted(OPEN_STATUSES))
        .sort({"checked_at": {"order": "asc", "missing": "_first"}}, "id")[:limit]
    )
    with speaking_plainly():
        return [from_source(hit.to_dict()) for hit in search.execute()]


def search_posts(
    es: Elasticsearch, names: Names, tokens: list[str], text: str, filters: dict[str, str], limit: int
) -> tuple[int, list[tuple[float, Post]]]:
    """Number of posts that match and the best of them with their scores.

    All tokens of the question must be there, or the text as a phrase; `filters` are exact values by field.
    """
    words = Q("match", tokens={"query": " ".join(tokens), "operator": "and"})
    phrase = Q("multi_match", query=text, type="phrase", fields=["title^3", "body"])
    search = Search(using=es, index=names.posts).query("bool", should=[words, phrase], minimum_should_match=1)
    for name, value in filters.items():
        search = search.filter("term", **{name: value})
    with speaking_plainly():
        answer = search[:limit].extra(track_total_hits=True).execute()
    total: int = answer.to_dict()["hits"]["total"]["value"]
    return total, [(hit.meta.score, from_source(hit.to_dict())) for hit in answer]


def cluster_ids(es: Elasticsearch, names: Names, post_ids: Sequence[str]) -> dict[str, str]:
    """The matter each of these posts is known to belong to; posts unknown or alone are left out."""
    return field_by_id(es, names, post_ids, "cluster_id")


def posts_by_id(es: Elasticsearch, names: Names, ids: Sequence[str]) -> Iterator[Post]:
    """The posts with these ids, in their order, without those that are not there. Sees every acknowledged write."""
    for start in range(0, len(ids), CHUNK_POSTS):
        some = ids[start : start + CHUNK_POSTS]
        found = read_by_id(es, names, some)
        yield from (from_source(found[id_]) for id_ in some if id_ in found)


def refresh_posts(es: Elasticsearch, names: Names) -> None:
    """Make every acknowledged write visible to searches."""
    refresh(es, names.posts)


def count_posts(es: Elasticsearch, names: Names, query: Query | None = None) -> int:
    """How many posts match; all of them without a query. Sees what was written up to now."""
    refresh_posts(es, names)
    with speaking_plainly():
        return int(es.count(index=names.posts, query=query.to_dict() if query else None)["count"])
