"""Early warnings: each raised once, with the posts that caused it and the deadline that started with it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, Literal

from elasticsearch import Elasticsearch
from elasticsearch.dsl import Search

from core.post import Record, UtcTime
from store.connection import speaking_plainly
from store.documents import Names

WarningKind = Literal["surge", "urgent"]


class WarningRecord(Record):
    """One warning, raised at `at`; its mail goes out from `mail_at` on. `people` is missing where nobody is counted.

    `rule` of `config/deadlines.yml` runs from `at` to `due_at`; `conference_due_at` only with `opinion_major`, which
    `major_by` decided at `major_at`. `matter_id` is missing for urgent posts that belong to no matter.
    """

    id: str
    kind: WarningKind
    matter_id: str | None = None
    title: str
    place: str | None = None
    department: str | None = None
    at: UtcTime
    mail_at: UtcTime
    people: int
    posts: int
    expected: float | None = None
    probability: float | None = None
    post_ids: list[str]
    reason: str
    rule: str
    due_at: UtcTime
    conference_due_at: UtcTime | None = None
    major_by: str | None = None
    major_at: UtcTime | None = None


class Warnings:
    """Reads and writes the `warnings` index."""

    def __init__(self, es: Elasticsearch, names: Names) -> None:
        self._es = es
        self._index = names.warnings

    def save(self, record: WarningRecord) -> None:
        """Write a warning; durable and found by searches when this returns."""
        source = record.model_dump(exclude={"id"}, exclude_none=True)
        with speaking_plainly():
            self._es.index(index=self._index, id=record.id, document=source, refresh=True)

    def find(self, id_: str) -> WarningRecord | None:
        """The warning of that id."""
        with speaking_plainly():
            answer = self._es.options(ignore_status=404).get(index=self._index, id=id_)
        return _record(id_, answer["_source"]) if answer.get("found") else None

    def latest(self, limit: int) -> list[WarningRecord]:
        """The latest warnings, the last one first."""
        search = Search(using=self._es, index=self._index).sort("-at")[:limit]
        with speaking_plainly():
            return [_record(hit.meta.id, hit.to_dict()) for hit in search.execute()]

    def since(self, moment: datetime) -> list[WarningRecord]:
        """Every warning raised from then on, the earliest first."""
        search = Search(using=self._es, index=self._index).filter("range", at={"gte": moment.isoformat()})
        with speaking_plainly():
            found = [_record(hit.meta.id, hit.to_dict()) for hit in search.scan()]
        return sorted(found, key=lambda record: (record.at, record.id))

    def last_surge(self, matter_ids: Collection[str], at: datetime) -> WarningRecord | None:
        """The last surge up to `at` of a matter known by these ids."""
        search = (
            Search(using=self._es, index=self._index)
            .filter("term", kind="surge")
            .filter("terms", matter_id=sorted(matter_ids))
            .filter("range", at={"lte": at.isoformat()})
            .sort("-at")[:1]
        )
        with speaking_plainly():
            return next((_record(hit.meta.id, hit.to_dict()) for hit in search.execute()), None)

    def urgent_posts_told(self, post_ids: Collection[str]) -> set[str]:
        """Those of the posts that an urgent warning has named already."""
        if not post_ids:
            return set()
        search = Search(using=self._es, index=self._index).filter("term", kind="urgent")
        with speaking_plainly():
            hits = search.filter("terms", post_ids=sorted(post_ids)).source(["post_ids"]).scan()
            return {post_id for hit in hits for post_id in hit.to_dict()["post_ids"]}


def _record(id_: str, source: dict[str, Any]) -> WarningRecord:
    return WarningRecord.model_validate({**source, "id": id_})
