"""Records of one kind, each a document under its id, that people and runs change side by side."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from elasticsearch import ConflictError, Elasticsearch

from core.errors import Unavailable
from core.post import Record, UtcTime
from store.connection import speaking_plainly

ATTEMPTS = 5


class Identified(Record):
    """A record with an id of its own."""

    id: str


class Decided(Record):
    """One decision (`matters.decisions.Decision`)."""

    state: str
    note: str = ""
    who: str
    at: UtcTime


R = TypeVar("R", bound=Identified)


class RecordIndex(Generic[R]):
    """Reads and changes the records of one kind behind an alias."""

    def __init__(self, es: Elasticsearch, index: str, kind: type[R]) -> None:
        self._es = es
        self._index = index
        self._kind = kind

    def find(self, id_: str) -> R | None:
        """The record of that id."""
        with speaking_plainly():
            answer = self._es.options(ignore_status=404).get(index=self._index, id=id_)
        return self._record(id_, answer["_source"]) if answer.get("found") else None

    def change(self, id_: str, change: Callable[[R], R]) -> R | None:
        """Apply `change` to the record as it stands and keep the result, found by searches when this returns.

        None when there is no such record. When somebody else changed it meanwhile, `change` is asked again with what
        stands now: no decision is lost.
        """
        for _ in range(ATTEMPTS):
            with speaking_plainly():
                answer = self._es.options(ignore_status=404).get(index=self._index, id=id_)
                if not answer.get("found"):
                    return None
                changed = change(self._record(id_, answer["_source"]))
                place = {"if_seq_no": answer["_seq_no"], "if_primary_term": answer["_primary_term"]}
                try:
                    self._es.index(index=self._index, id=id_, document=source_of(changed), refresh=True, **place)
                except ConflictError:
                    continue
                return changed
        raise Unavailable(f"另有人正在修改 {id_}。", "请稍后再试。")

    def _record(self, id_: str, source: dict[str, Any]) -> R:
        return self._kind.model_validate({**source, "id": id_})


def source_of(record: Identified) -> dict[str, Any]:
    """The record as indexed, missing values left out."""
    return record.model_dump(exclude={"id"}, exclude_none=True)
