"""How far each source has been read, and how its last run went. Saved only after the data is on disk."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch

from store.connection import speaking_plainly
from store.documents import Names


@dataclass(frozen=True)
class SourceHealth:
    """The last run of a source. `error` is None when it went well."""

    source: str
    first_run_at: str | None
    last_run_at: str | None
    last_success_at: str | None
    last_item_at: str | None
    item_count: int | None
    error: str | None


class CollectorState:
    """State documents of one installation: a cursor and a health record per source, one record per finished file."""

    def __init__(self, es: Elasticsearch, names: Names) -> None:
        self._es = es
        self._index = names.collector_state

    def cursor(self, source: str) -> dict[str, Any]:
        """The cursor the source saved last; empty for a new source."""
        found = self._get(f"{source}#cursor")
        return dict(found.get("cursor", {})) if found else {}

    def save_cursor(self, source: str, cursor: dict[str, Any], at: datetime) -> None:
        """Keep the cursor; durable when this returns."""
        self._put(f"{source}#cursor", {"source": source, "what": "cursor", "cursor": cursor, "last_run_at": at})

    def is_finished(self, source: str, key: str) -> bool:
        """Whether the piece of work `key` (a file's hash) was finished before."""
        return self.finished_at(source, key) is not None

    def finished_at(self, source: str, key: str) -> datetime | None:
        """The time of the run that finished the piece of work `key`; None when it was not finished."""
        found = self._get(_finished_id(source, key))
        return datetime.fromisoformat(found["last_run_at"]) if found else None

    def save_finished(self, source: str, key: str, at: datetime) -> None:
        """Remember that the piece of work is done."""
        self._put(_finished_id(source, key), {"source": source, "what": "finished", "finished": key, "last_run_at": at})

    def save_run(self, source: str, at: datetime, items: int, error: str | None) -> None:
        """Remember how a run went. What an unsuccessful run does not tell anew stays as it was."""
        record = self._get(f"{source}#health") or {"source": source, "what": "health"}
        record |= {"last_run_at": at, "item_count": items, "error": error}
        record.setdefault("first_run_at", at)
        if error is None:
            record["last_success_at"] = at
        if items:
            record["last_item_at"] = at
        self._put(f"{source}#health", record)

    def save_error(self, source: str, error: str) -> None:
        """Remember that what a source gave could not be used; its next good run takes the remark away."""
        record = self._get(f"{source}#health") or {"source": source, "what": "health"}
        self._put(f"{source}#health", record | {"error": error})

    def health(self, source: str) -> SourceHealth | None:
        """The last run's record, or None when the source has never run."""
        found = self._get(f"{source}#health")
        if found is None:
            return None
        names = ("first_run_at", "last_run_at", "last_success_at", "last_item_at", "item_count", "error")
        return SourceHealth(source, *(found.get(name) for name in names))

    def _get(self, doc_id: str) -> dict[str, Any] | None:
        with speaking_plainly():
            answer = self._es.options(ignore_status=404).get(index=self._index, id=doc_id)
        return dict(answer["_source"]) if answer.get("found") else None

    def _put(self, doc_id: str, body: dict[str, Any]) -> None:
        with speaking_plainly():
            self._es.index(index=self._index, id=doc_id, document=body)


def _finished_id(source: str, key: str) -> str:
    return f"{source}#finished#{hashlib.sha256(key.encode()).hexdigest()}"
