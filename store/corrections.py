"""What people corrected in posts. Kept apart from the posts, so that it wins over the model whenever a post is read anew."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.dsl import Search
from elasticsearch.helpers import bulk

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

    def save(self, corrections: Iterable[Correction]) -> list[Correction]:
        """Keep the corrections, durable when this returns; what was said earlier of other fields stays. The result."""
        given = list(corrections)
        earlier = self.of([correction.post_id for correction in given])
        merged: dict[str, Correction] = {}
        for correction in given:
            before = merged.get(correction.post_id) or earlier.get(correction.post_id)
            merged[correction.post_id] = correction.over(before)
        with speaking_plainly():
            bulk(self._es, [_action(self._index, correction) for correction in merged.values()])
        return list(merged.values())

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


def _action(index: str, correction: Correction) -> dict[str, Any]:
    source = {name: value for name, value in asdict(correction).items() if name != "post_id" and value is not None}
    return {"_op_type": "index", "_index": index, "_id": correction.post_id, "_source": source}


def _correction(post_id: str, source: dict[str, Any]) -> Correction:
    return Correction(**{**source, "post_id": post_id, "at": datetime.fromisoformat(source["at"])})
