"""Writing posts. A post's version is when its state was seen, so an older state never overwrites a newer one.

Elasticsearch compares versions within one index only, and a post whose date a site mends moves to another month. So after
posts were brought in, it is asked where else they lie, and of two the one of the newer state stays. It is asked for every
post and not only for new ones: a run that died in between leaves both, and the run that does it again ends that.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from core.errors import Unavailable
from core.post import Post
from store.connection import disk_full, is_disk_full, speaking_plainly
from store.documents import Names, create_parts, parts_there
from store.periods import IndexName, part_of
from store.post_places import Copy, copies

CHUNK_POSTS = 500
SETTLED_POSTS = 2000
"""Posts after which it is asked where else they lie."""
BUSY_RETRIES = 6
BUSY_FIRST_WAIT_SECONDS = 1


@dataclass
class Written:
    """What became of posts sent to the index. `refused` holds (post id, reason) of posts the index will never take."""

    indexed: int = 0
    stale: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Taken:
    """A post that the index took: in which part, as which version."""

    part: str
    version: int


def version_of(post: Post) -> int:
    """Milliseconds since the epoch of when this state of the post was seen."""
    return int(post.collected_at.timestamp() * 1000)


def write_posts(es: Elasticsearch, names: Names, posts: Iterable[Post]) -> Written:
    """Index the posts in bulk. The same state again is written again; an older one is counted as stale and left out.

    A post the mapping refuses is set aside in the result and the rest go on; a busy node (429) is waited for. Raises
    `Unavailable` when Elasticsearch cannot be reached or stays busy, with everything acknowledged so far kept.
    """
    written = Written()
    parts: set[str] = set()
    unsettled: dict[str, _Taken] = {}
    for chunk in _chunks(posts):
        unsettled |= _write(es, names, chunk, parts, written)
        if len(unsettled) >= SETTLED_POSTS:
            _settle(es, names, unsettled, written)
            unsettled = {}
    if unsettled:
        _settle(es, names, unsettled, written)
    return written


def rewrite_posts(es: Elasticsearch, names: Names, posts: Iterable[Post]) -> Written:
    """The same for posts that were just read from the index and keep their date: they are where they belong."""
    written = Written()
    parts: set[str] = set()
    for chunk in _chunks(posts):
        _write(es, names, chunk, parts, written)
    return written


def to_source(post: Post) -> dict[str, Any]:
    """The post as indexed: tokens as one blank-separated text, missing values left out."""
    source = post.model_dump(exclude_none=True)
    source["tokens"] = " ".join(post.tokens)
    return source


def _chunks(posts: Iterable[Post]) -> Iterator[dict[str, Post]]:
    """The posts by id, in their order, so many at a time that no id is among them twice."""
    chunk: dict[str, Post] = {}
    for post in posts:
        if len(chunk) == CHUNK_POSTS or post.id in chunk:
            yield chunk
            chunk = {}
        chunk[post.id] = post
    if chunk:
        yield chunk


def _write(
    es: Elasticsearch, names: Names, chunk: dict[str, Post], parts: set[str], written: Written
) -> dict[str, _Taken]:
    """Index the chunk; what was taken, by id. `parts`: those known to be there, which are added to."""
    places = {id_: _Taken(part_of(post.posted_at, names.period), version_of(post)) for id_, post in chunk.items()}
    wanted = {place.part for place in places.values()}
    if not wanted <= parts:
        with speaking_plainly():
            parts |= parts_there(es, names)
            create_parts(es, names, wanted - parts)
        parts |= wanted
    taken = {}
    with speaking_plainly():
        outcomes = streaming_bulk(
            es,
            (_action(names, post, places[id_]) for id_, post in chunk.items()),
            chunk_size=CHUNK_POSTS,
            raise_on_error=False,
            max_retries=BUSY_RETRIES,
            initial_backoff=BUSY_FIRST_WAIT_SECONDS,
            # Where a restore has just taken a month away, the server would make an index of that name, which nobody reads.
            require_alias=True,
        )
        for is_taken, outcome in outcomes:
            item = outcome["index"]
            if is_taken:
                taken[item["_id"]] = places[item["_id"]]
                written.indexed += 1
            else:
                _count_refused(written, item)
    return taken


def _count_refused(written: Written, item: dict[str, Any]) -> None:
    if item["status"] == 409:
        written.stale += 1
    elif item["status"] == 400:
        written.refused.append((item["_id"], _reason(item["error"])))
    else:
        if is_disk_full(item["error"]):
            raise disk_full()
        raise Unavailable(
            f"Elasticsearch 没有收下一条留言（{item['status']}）：{_reason(item['error'])}", "请稍后再运行一次。"
        )


def _reason(error: Any) -> str:
    """The type and reason of an item's error. The cause chain is left out: it quotes the field's value."""
    if not isinstance(error, dict):
        return str(error)
    reason = str(error.get("reason", "")).split("Preview of field's value", 1)[0]
    return f"{error.get('type')}: {reason}"


def _action(names: Names, post: Post, place: _Taken) -> dict[str, Any]:
    return {
        "_op_type": "index",
        "_index": names.posts_in(place.part),
        "_id": post.id,
        "version": place.version,
        "version_type": "external_gte",
        "_source": to_source(post),
    }


# --- posts that have moved


def _settle(es: Elasticsearch, names: Names, posts: dict[str, _Taken], written: Written) -> None:
    """See to it that each of these posts is there once. What is older, or was there before and is as old, goes."""
    with speaking_plainly():
        es.indices.refresh(index=names.posts)
    actions = []
    for id_, places in copies(es, names, list(posts)).items():
        if len(places) == 1:
            continue
        own = posts[id_]
        others = [copy for copy in places if IndexName.parse(copy.index).part != own.part]
        newest = max([own.version, *(copy.version for copy in others)])
        if own.version < newest:
            written.indexed -= 1
            written.stale += 1
        kept_part = own.part if own.version == newest else None
        actions += [
            _removal(id_, copy, newest)
            for copy in places
            if (copy.version < newest or kept_part) and IndexName.parse(copy.index).part != kept_part
        ]
    if actions:
        _remove(es, actions)


def _removal(id_: str, copy: Copy, newest: int) -> dict[str, Any]:
    # Under that version: a yet newer state that has come to this index in the meantime is not deleted.
    return {
        "_op_type": "delete",
        "_index": copy.index,
        "_id": id_,
        "version": newest,
        "version_type": "external_gte",
    }


def _remove(es: Elasticsearch, actions: list[dict[str, Any]]) -> None:
    with speaking_plainly():
        for taken, outcome in streaming_bulk(es, actions, raise_on_error=False, max_retries=BUSY_RETRIES):
            # 404: gone already. 409: newer by now; whoever wrote it asks the same.
            if not taken and outcome["delete"]["status"] not in {404, 409}:
                raise Unavailable("Elasticsearch 只完成了一部分。", "数据没有丢失，请稍后再运行一次。")
