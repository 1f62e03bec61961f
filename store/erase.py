"""Erasing documents for good, and changing many of an index one by one without losing what others write meanwhile."""

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.helpers import bulk, scan

from core.errors import Unavailable
from store.connection import speaking_plainly
from store.documents import DOCUMENTS, Names

AT_ONCE = 500
PURGE_SECONDS = 75
MERGE_SECONDS = 3600
Found = tuple[str, dict[str, Any]]


def all_documents(es: Elasticsearch, index: str) -> Iterator[Found]:
    """Id and content of every document, every acknowledged write among them."""
    for hit in _hits(es, index, {"query": {"match_all": {}}}):
        yield hit["_id"], hit["_source"]


def _hits(es: Elasticsearch, index: str, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    with speaking_plainly():
        es.indices.refresh(index=index)
        yield from scan(es, index=index, query=body, size=AT_ONCE)


def ids_of(es: Elasticsearch, index: str, query: dict[str, Any]) -> list[str]:
    """The ids of the documents that match."""
    with speaking_plainly():
        es.indices.refresh(index=index)
        return [hit["_id"] for hit in scan(es, index=index, query={"query": query}, size=AT_ONCE, _source=False)]


def delete(es: Elasticsearch, index: str, ids: Iterable[str]) -> int:
    """Delete these documents; the number of those that were there."""
    actions = [{"_op_type": "delete", "_index": index, "_id": id_} for id_ in ids]
    with speaking_plainly():
        deleted, _ = bulk(es, actions, ignore_status=[404], refresh=True)
    return int(deleted)


def change_all(es: Elasticsearch, index: str, change: Callable[[str, dict[str, Any]], Found | None]) -> list[str]:
    """Give every document that `change` makes another of its new id and content, delete those it has None for.

    The ids that the changed ones had. Raises `Unavailable` when somebody else has just changed one of them.
    """
    actions: list[dict[str, Any]] = []
    changed = []
    for hit in _hits(es, index, {"query": {"match_all": {}}, "seq_no_primary_term": True}):
        id_, source = hit["_id"], hit["_source"]
        new = change(id_, source)
        if new == (id_, source):
            continue
        changed.append(id_)
        seen = {"if_seq_no": hit["_seq_no"], "if_primary_term": hit["_primary_term"]}
        if new is None or new[0] != id_:
            actions.append({"_op_type": "delete", "_index": index, "_id": id_, **seen})
        if new is not None:
            here = seen if new[0] == id_ else {}
            actions.append({"_op_type": "index", "_index": index, "_id": new[0], "_source": new[1], **here})
    with speaking_plainly():
        bulk(es, actions, refresh=True)
    return changed


def said_by_others(es: Elasticsearch, names: Names, sentences: Collection[str]) -> set[str]:
    """Those of the sentences that posts in the index say."""
    found = set()
    wanted = sorted(sentences)
    for start in range(0, len(wanted), AT_ONCE):
        some = wanted[start : start + AT_ONCE]
        searches: list[dict[str, Any]] = []
        for sentence in some:
            phrase = {"multi_match": {"query": sentence, "type": "phrase", "fields": ["title", "body", "replies.body"]}}
            searches += [{}, {"size": 0, "query": phrase, "terminate_after": 1}]
        with speaking_plainly():
            answers = es.msearch(index=names.posts, searches=searches)["responses"]
        for sentence, answer in zip(some, answers, strict=True):
            if "error" in answer:
                raise Unavailable("Elasticsearch 没有答完一次检索。", "请再运行一次。")
            if answer["hits"]["total"]["value"]:
                found.add(sentence)
    return found


def unused_indices(es: Elasticsearch, names: Names) -> list[str]:
    """Indices of the project that no alias leads to: what upgrades have left behind."""
    patterns = [f"{names.prefix}{name}-0*" for name in DOCUMENTS]
    with speaking_plainly():
        present = es.indices.get(index=patterns, expand_wildcards="all", features="aliases")
    return sorted(index for index, told in present.items() if not told["aliases"])


def drop(es: Elasticsearch, index: str) -> None:
    """Delete an index."""
    with speaking_plainly():
        es.indices.delete(index=index)


def purge(es: Elasticsearch, indices: Collection[str]) -> dict[str, int]:
    """Take what was deleted off the disk as well; how many deleted documents each index still has there, none left out.

    Elasticsearch only marks documents as deleted, and keeps them for half a day for copies of the shard that lag behind.
    It looks every 30 seconds whether there are any; this waits for it.
    """
    wanted = {"index.merge.policy.expunge_deletes_allowed": 0, "index.soft_deletes.retention_lease.period": "1s"}
    names = list(indices)
    begun = time.monotonic()
    with speaking_plainly():
        es.indices.put_settings(index=names, settings=wanted)
        try:
            while any((left := _purged(es, names)).values()) and time.monotonic() - begun < PURGE_SECONDS:
                time.sleep(1)
        finally:
            es.indices.put_settings(index=names, settings=dict.fromkeys(wanted))
    return left


def _purged(es: Elasticsearch, names: list[str]) -> dict[str, int]:
    patient = es.options(request_timeout=MERGE_SECONDS)
    patient.indices.flush(index=names, force=True, wait_if_ongoing=True)
    patient.indices.forcemerge(index=names, only_expunge_deletes=True)
    es.indices.refresh(index=names)
    stats = es.indices.stats(index=names, metric="docs")["indices"]
    return {index: int(told["primaries"]["docs"]["deleted"]) for index, told in stats.items()}
