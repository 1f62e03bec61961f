"""What people corrected in posts. Kept apart from the posts, so that it wins over the model whenever a post is read anew.

A post's document here is the sum of its corrections in the audit trail; its version is how many of them it holds.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from elasticsearch import ConflictError, Elasticsearch
from elasticsearch.dsl import Search
from elasticsearch.helpers import scan

from core.post import SentimentLabel
from store.connection import speaking_plainly
from store.documents import Names


@dataclass(frozen=True)
class Correction:
    """What a person says of one post; None: nothing said. `by` is who, `at` when they last said something."""

    post_id: str
    by: str
    at: datetime
    topic: str | None = None
    sentiment_label: SentimentLabel | None = None
    department: str | None = None
    note: str | None = None

    def over(self, earlier: "Correction | None") -> "Correction":
        """This correction with what only the earlier one said."""
        if earlier is None:
            return self
        kept = {
            name: value for name, value in asdict(earlier).items() if value is not None and getattr(self, name) is None
        }
        return replace(self, **kept)


class Corrections:
    """Reads and writes the `corrections` index: one document a post."""

    def __init__(self, es: Elasticsearch, names: Names) -> None:
        self._es = es
        self._index = names.corrections

    def save(self, correction: Correction, number: int) -> None:
        """Keep what its first `number` corrections say of a post; durable when this returns. Later ones there stay."""
        with speaking_plainly():
            try:
                self._es.index(
                    index=self._index,
                    id=correction.post_id,
                    document=_source(correction),
                    version=number,
                    version_type="external",
                )
            except ConflictError:
                # Another process has brought it so far already.
                return

    def latest(self, post_id: str) -> tuple[Correction | None, int]:
        """What was said of a post and how many corrections that holds. Sees every acknowledged write."""
        with speaking_plainly():
            answer = self._es.options(ignore_status=404).get(index=self._index, id=post_id)
        if not answer.get("found"):
            return None, 0
        return _correction(post_id, answer["_source"]), int(answer["_version"])

    def rewrite(self, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """Give every document that `change` makes another of its new content; it holds as many corrections as before."""
        with speaking_plainly():
            self._es.indices.refresh(index=self._index)
            for hit in scan(self._es, index=self._index, query={"query": {"match_all": {}}, "version": True}):
                if (new := change(hit["_source"])) != hit["_source"]:
                    same = {"version": hit["_version"], "version_type": "external_gte"}
                    self._es.options(ignore_status=409).index(
                        index=self._index, id=hit["_id"], document=new, refresh=True, **same
                    )

    def of(self, post_ids: Sequence[str]) -> dict[str, Correction]:
        """What was said of these posts, by post id. Sees every acknowledged write."""
        if not post_ids:
            return {}
        with speaking_plainly():
            answer = self._es.mget(index=self._index, ids=list(post_ids))
        return {doc["_id"]: _correction(doc["_id"], doc["_source"]) for doc in answer["docs"] if doc.get("found")}

    def all(self) -> Iterator[Correction]:
        """Every correction, in no particular order: what the next training learns from."""
        with speaking_plainly():
            self._es.indices.refresh(index=self._index)
            for hit in Search(using=self._es, index=self._index).scan():
                yield _correction(hit.meta.id, hit.to_dict())


def _source(correction: Correction) -> dict[str, Any]:
    return {name: value for name, value in asdict(correction).items() if name != "post_id" and value is not None}


def _correction(post_id: str, source: dict[str, Any]) -> Correction:
    return Correction(**{**source, "post_id": post_id, "at": datetime.fromisoformat(source["at"])})
