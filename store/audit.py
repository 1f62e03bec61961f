"""The audit trail: who changed what, when and why. Entries are made once and never changed.

An entry's id follows from what it is about, not from when it was written: of two who want to write the same entry one
wins, and a run that is repeated after it was killed finds what it wrote. What people decide about follow-ups and warnings
is not written here a second time: those records keep it themselves (`history`), in the same write as the change, and
`pipeline.history` shows both together.

The only way an entry goes is with the post it is about, when that is forgotten (`post_id`).
"""

import hashlib
from collections.abc import Collection
from typing import Any, Literal

from elasticsearch import ConflictError, Elasticsearch
from elasticsearch.dsl import Search

from core.post import UtcTime
from store.connection import speaking_plainly
from store.documents import Names
from store.record_index import Identified, source_of

Kind = Literal["post", "deadline", "person"]
Action = Literal["correction", "extension", "forget"]
LONGEST = 1000
"""Entries of one post that are read at most."""


class AuditEntry(Identified):
    """One change. `before` and `after` are what changed by name; `said` names what of `after` the person said themselves.

    `post_id` is missing where no post may be named: of what was forgotten.
    """

    kind: Kind
    action: Action
    post_id: str | None = None
    said: list[str] = []
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    who: str
    reason: str | None = None
    at: UtcTime


def entry_id(action: Action, *about: str) -> str:
    """The id of the one entry of that kind about this; of a fixed length, however long the ids of posts are."""
    return f"{action}:{hashlib.sha256(chr(31).join(about).encode()).hexdigest()[:40]}"


class AuditTrail:
    """Reads the `audit` index and adds to it."""

    def __init__(self, es: Elasticsearch, names: Names) -> None:
        self._es = es
        self._index = names.audit

    def add(self, entry: AuditEntry) -> bool:
        """Write the entry, durable when this returns; False when there is one of that id, which stays as it is."""
        with speaking_plainly():
            try:
                self._es.create(index=self._index, id=entry.id, document=source_of(entry))
            except ConflictError:
                return False
        return True

    def of(self, ids: Collection[str]) -> dict[str, AuditEntry]:
        """The entries with these ids; those there are not are left out. Sees every acknowledged write."""
        if not ids:
            return {}
        with speaking_plainly():
            answer = self._es.mget(index=self._index, ids=sorted(ids))
        found = (doc for doc in answer["docs"] if doc.get("found"))
        return {doc["_id"]: _entry(doc["_id"], doc["_source"]) for doc in found}

    def find(self, id_: str) -> AuditEntry | None:
        """The entry with that id. Sees every acknowledged write."""
        return self.of([id_]).get(id_)

    def of_post(self, post_id: str) -> list[AuditEntry]:
        """What people changed of a post, the earliest first."""
        search = Search(using=self._es, index=self._index).filter("term", post_id=post_id)[:LONGEST]
        with speaking_plainly():
            found = [_entry(hit.meta.id, hit.to_dict()) for hit in search.execute()]
        return sorted(found, key=lambda entry: (entry.at, entry.id))

    def refresh(self) -> None:
        """Make every acknowledged write visible to searches."""
        with speaking_plainly():
            self._es.indices.refresh(index=self._index)


def _entry(id_: str, source: dict[str, Any]) -> AuditEntry:
    return AuditEntry.model_validate({**source, "id": id_})
