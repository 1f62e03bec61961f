"""Writing and reading posts. A post's version is when its state was seen, so an older state never overwrites a newer one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.dsl import Q, Search
from elasticsearch.dsl.query import Query
from elasticsearch.helpers import scan, streaming_bulk

from core.errors import Unavailable
from core.post import OPEN_STATUSES, Post
from store.connection import speaking_plainly
from store.documents import Names

CHUNK_POSTS = 500
BUSY_RETRIES = 6
BUSY_FIRST_WAIT_SECONDS = 1


@dataclass
class Written:
    """What became of posts sent to the index. `refused` holds (post id, reason) of posts the index will never take."""

    indexed: int = 0
    stale: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


def version_of(post: Post) -> int:
    """Milliseconds since the epoch of when this state of the post was seen."""
    return int(post.collected_at.timestamp() * 1000)


def write_posts(es: Elasticsearch, names: Names, posts: Iterable[Post]) -> Written:
    """Index the posts in bulk. The same state again is written again; an older one is counted as stale and left out.

    A post the mapping refuses is set aside in the result and the rest go on; a busy node (429) is waited for. Raises
    `Unavailable` when Elasticsearch cannot be reached or stays busy, with everything acknowledged so far kept.
    """
    written = Written()
    with speaking_plainly():
        outcomes = streaming_bulk(
            es,
            (_action(names, post) for post in posts),
            chunk_size=CHUNK_POSTS,
            raise_on_error=False,
            max_retries=BUSY_RETRIES,
            initial_backoff=BUSY_FIRST_WAIT_SECONDS,
        )
        for taken, outcome in outcomes:
            _count(written, taken, outcome["index"])
    return written


def _count(written: Written, taken: bool, item: dict[str, Any]) -> None:
    if taken:
        written.indexed += 1
    elif item["status"] == 409:
        written.stale += 1
    elif item["status"] == 400:
        written.refused.append((item["_id"], _reason(item["error"])))
    else:
        raise Unavailable(
            f"Elasticsearch 没有收下一条留言（{item['status']}）：{_reason(item['error'])}", "请稍后再运行一次。"
        )


def _reason(error: Any) -> str:
    """The type and reason of an item's error. The cause chain is left out: it quotes the field's value."""
    if not isinstance(error, dict):
        return str(error)
    reason = str(error.get("reason", "")).split("Preview of field's value", 1)[0]
    return f"{error.get('type')}: {reason}"


def _action(names: Names, post: Post) -> dict[str, Any]:
    return {
        "_op_type": "index",
        "_index": names.posts,
        "_id": post.id,
        "version": version_of(post),
        "version_type": "external_gte",
        "_source": to_source(post),
    }


def to_source(post: Post) -> dict[str, Any]:
    """The post as indexed: tokens as one blank-separated text, missing values left out."""
    source = post.model_dump(exclude_none=True)
    source["tokens"] = " ".join(post.tokens)
    return source


def from_source(source: dict[str, Any]) -> Post:
    """The post an index hit stands for."""
    return Post.model_validate({**source, "tokens": str(source.get("tokens", "")).split()})


def scan_posts(es: Elasticsearch, names: Names, query: Query) -> Iterator[Post]:
    """Every post that matches, a page at a time, in no particular order."""
    with speaking_plainly():
        for hit in scan(es, index=names.posts, query={"query": query.to_dict()}, size=CHUNK_POSTS):
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
    if not post_ids:
        return {}
    with speaking_plainly():
        answer = es.mget(index=names.posts, ids=list(post_ids), source_includes=["cluster_id"])
    found = {doc["_id"]: doc["_source"].get("cluster_id") for doc in answer["docs"] if doc.get("found")}
    return {post_id: matter for post_id, matter in found.items() if matter}


def refresh_posts(es: Elasticsearch, names: Names) -> None:
    """Make every acknowledged write visible to searches."""
    with speaking_plainly():
        es.indices.refresh(index=names.posts)


def count_posts(es: Elasticsearch, names: Names, query: Query | None = None) -> int:
    """How many posts match; all of them without a query. Sees what was written up to now."""
    refresh_posts(es, names)
    with speaking_plainly():
        return int(es.count(index=names.posts, query=query.to_dict() if query else None)["count"])
