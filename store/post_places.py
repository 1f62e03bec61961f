"""Where a post lies: in the index of its month. Elasticsearch finds a document by its id within one index only, so the month
is asked for by a search over all of them first.

A search knows what was refreshed, which is up to a second ago. Where a post lies hardly ever changes, what is said in it
does: what is read comes from the post itself, every acknowledged write included.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk, scan

from store.connection import refresh, speaking_plainly
from store.documents import Names

IDS_AT_ONCE = 500
INDICES_AT_ONCE = 20
MOST_COPIES = 4


@dataclass(frozen=True)
class Copy:
    """A post in an index. There are two of one for a moment, while it moves to another month."""

    index: str
    version: int


def copies(es: Elasticsearch, names: Names, ids: Sequence[str]) -> dict[str, list[Copy]]:
    """Where the posts with these ids lie, by what was refreshed; posts that are not there are left out."""
    found: dict[str, list[Copy]] = {}
    for some in _parts_of(ids):
        with speaking_plainly():
            answer = es.search(
                index=names.posts,
                query={"ids": {"values": some}},
                size=MOST_COPIES * IDS_AT_ONCE,
                version=True,
                source=False,
                track_total_hits=False,
                # Better no answer than half of one: a post that is overlooked would be there twice.
                allow_partial_search_results=False,
            )
        for hit in answer["hits"]["hits"]:
            found.setdefault(hit["_id"], []).append(Copy(hit["_index"], hit["_version"]))
    return found


def read_by_id(es: Elasticsearch, names: Names, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the posts with these ids hold; those that are not there are left out. Sees every acknowledged write."""
    found = _read(es, copies(es, names, ids), None)
    missing = [id_ for id_ in ids if id_ not in found]
    if missing:
        # Written, or moved to another month, within the last second.
        refresh(es, names.posts)
        found |= _read(es, copies(es, names, missing), None)
    return found


def field_by_id(es: Elasticsearch, names: Names, ids: Sequence[str], field: str) -> dict[str, Any]:
    """The field of those of the posts that have it. One that was not there a second ago may be left out."""
    found = _read(es, copies(es, names, ids), [field])
    return {id_: source[field] for id_, source in found.items() if field in source}


def scan_hits(
    es: Elasticsearch, names: Names, query: dict[str, Any], size: int = IDS_AT_ONCE, **options: Any
) -> Iterator[dict[str, Any]]:
    """Every post that matches, as Elasticsearch gives it, a page of `size` at a time, in no particular order."""
    with speaking_plainly():
        indices = sorted(es.indices.get_alias(name=names.posts))
        # A scroll keeps a context open in every index, and a node takes 500 of them from all that run at a time.
        for start in range(0, len(indices), INDICES_AT_ONCE):
            some = indices[start : start + INDICES_AT_ONCE]
            yield from scan(es, index=some, query={"query": query}, size=size, **options)


def ids_of_posts(es: Elasticsearch, names: Names, query: dict[str, Any]) -> Iterator[str]:
    """The ids of the posts that match, every acknowledged write among them."""
    with speaking_plainly():
        es.indices.refresh(index=names.posts)
    for hit in scan_hits(es, names, query, _source=False):
        yield hit["_id"]


def delete_posts(es: Elasticsearch, names: Names, ids: Collection[str]) -> int:
    """Delete these posts wherever they lie; the number of those that were there."""
    with speaking_plainly():
        es.indices.refresh(index=names.posts)
        found = copies(es, names, sorted(ids))
        actions = [
            {"_op_type": "delete", "_index": copy.index, "_id": id_} for id_, places in found.items() for copy in places
        ]
        bulk(es, actions, ignore_status=[404], refresh=True)
    return len(found)


def _read(es: Elasticsearch, places: dict[str, list[Copy]], fields: list[str] | None) -> dict[str, dict[str, Any]]:
    newest: dict[str, dict[str, Any]] = {}
    for some in _parts_of(list(places)):
        wanted = [{"_index": copy.index, "_id": id_} for id_ in some for copy in places[id_]]
        with speaking_plainly():
            answer = es.mget(docs=wanted, source_includes=fields)
        for doc in answer["docs"]:
            known = newest.get(doc["_id"])
            if doc.get("found") and (known is None or known["_version"] < doc["_version"]):
                newest[doc["_id"]] = doc
    return {id_: doc["_source"] for id_, doc in newest.items()}


def _parts_of(ids: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), IDS_AT_ONCE):
        yield list(ids[start : start + IDS_AT_ONCE])
