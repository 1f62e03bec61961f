"""Early warnings: each raised once, with the posts that caused it and the deadline that started with it."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from elasticsearch import Elasticsearch
from elasticsearch.dsl import Q, Search
from elasticsearch.dsl.query import Query

from core.post import UtcTime
from store.connection import speaking_plainly
from store.documents import Names
from store.record_index import Decided, Identified, RecordIndex, source_of

WarningKind = Literal["surge", "urgent"]
MOST_OF_A_POST = 1000


class WarningRecord(Identified):
    """One warning, raised at `at`; its mail goes out from `mail_at` on.

    `rule` of `config/deadlines.yml` runs from `at` to `due_at`; `conference_due_at` only with `opinion_major`, which
    `major_by` decided at `major_at`. `matter_id` is missing for urgent posts that belong to no matter. `state` is that of
    the last decision; before the first one 待处置.
    """

    kind: WarningKind
    matter_id: str | None = None
    title: str
    place: str | None = None
    source: list[str] = []
    topic: str | None = None
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
    state: str = "待处置"
    history: list[Decided] = []


class Warnings(RecordIndex[WarningRecord]):
    """Reads and writes the `warnings` index."""

    def __init__(self, es: Elasticsearch, names: Names) -> None:
        super().__init__(es, names.warnings, WarningRecord)

    def save(self, record: WarningRecord) -> None:
        """Write a new warning; durable and found by searches when this returns. One that is there already stays as it is."""
        with speaking_plainly():
            self._es.options(ignore_status=409).create(
                index=self._index, id=record.id, document=source_of(record), refresh=True
            )

    def listed(self, closed: Collection[str], limit: int) -> list[WarningRecord]:
        """Up to so many warnings: those in none of the `closed` states, the one due first first, then the latest others."""
        is_closed = Q("terms", state=sorted(closed))
        return [*self._some(~is_closed, "due_at", limit), *self._some(is_closed, "-at", limit)][:limit]

    def _some(self, query: Query, order: str, limit: int) -> list[WarningRecord]:
        search = Search(using=self._es, index=self._index).query(query).sort(order)[:limit]
        with speaking_plainly():
            return [self._record(hit.meta.id, hit.to_dict()) for hit in search.execute()]

    def since(self, moment: datetime) -> list[WarningRecord]:
        """Every warning raised from then on, the earliest first."""
        search = Search(using=self._es, index=self._index).filter("range", at={"gte": moment.isoformat()})
        with speaking_plainly():
            found = [self._record(hit.meta.id, hit.to_dict()) for hit in search.scan()]
        return sorted(found, key=lambda record: (record.at, record.id))

    def naming(self, post_id: str) -> list[WarningRecord]:
        """The warnings that the post was a cause of."""
        search = Search(using=self._es, index=self._index).filter("term", post_ids=post_id)[:MOST_OF_A_POST]
        with speaking_plainly():
            return [self._record(hit.meta.id, hit.to_dict()) for hit in search.execute()]

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
            return next((self._record(hit.meta.id, hit.to_dict()) for hit in search.execute()), None)

    def urgent_posts_told(self, post_ids: Collection[str]) -> set[str]:
        """Those of the posts that an urgent warning has named already."""
        if not post_ids:
            return set()
        search = Search(using=self._es, index=self._index).filter("term", kind="urgent")
        with speaking_plainly():
            hits = search.filter("terms", post_ids=sorted(post_ids)).source(["post_ids"]).scan()
            return {post_id for hit in hits for post_id in hit.to_dict()["post_ids"]}
