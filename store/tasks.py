"""The work ledger's tasks, the states people gave them, and how many posts and matters each is about."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.dsl import A, Q, Search

from core.post import Record, UtcTime
from store.connection import refresh, speaking_plainly
from store.documents import Names
from store.record_index import Decided, Identified, RecordIndex, source_of

MOST_TASKS = 10_000
PRECISE_MATTERS = 40_000
"""Up to so many matters are counted exactly; it is the most that Elasticsearch allows."""


class TaskEntry(Decided):
    """One state a person gave a task, with the evidence for it: addresses of pages, paths of files."""

    evidence: list[str] = []


class TaskRecord(Identified):
    """A task of the ledger (`ledger.task.Task`), from the file last imported at `imported_at`.

    `state` is that of the last entry of `history`; `updated_at` is when either or what the file says changed last.
    `missing`: no longer in the file; it is kept with all that was said.
    """

    year: int
    number: int
    section: str
    subsection: str | None = None
    text: str
    lead: list[str]
    supporting: list[str] = []
    implementing: list[str] = []
    led: bool
    responsible: str
    limit: str
    due_at: UtcTime | None = None
    hints: list[str] = []
    state: str
    history: list[TaskEntry] = []
    file: str
    imported_at: UtcTime
    updated_at: UtcTime
    missing: bool = False


class Concern(Record):
    """How many posts a task is about, and how many matters those belong to."""

    posts: int
    matters: int


class Tasks(RecordIndex[TaskRecord]):
    """Reads and writes the `tasks` index."""

    def __init__(self, es: Elasticsearch, names: Names) -> None:
        super().__init__(es, names.tasks, TaskRecord)
        self._posts = names.posts

    def add(self, record: TaskRecord) -> None:
        """Write a new task; one that is there already is left as it is."""
        with speaking_plainly():
            self._es.options(ignore_status=409).create(index=self._index, id=record.id, document=source_of(record))

    def of_year(self, year: int) -> list[TaskRecord]:
        """The tasks of that year's ledger by number. Sees every acknowledged write."""
        return self._found(Q("term", year=year))

    def all(self) -> list[TaskRecord]:
        """The tasks of every ledger, by year and number. Sees every acknowledged write."""
        return self._found(Q("match_all"))

    def years(self) -> list[int]:
        """The years there are ledgers of, the earliest first."""
        return sorted({record.year for record in self.all()})

    def _found(self, query: Any) -> list[TaskRecord]:
        search = Search(using=self._es, index=self._index).query(query).sort("year", "number")[:MOST_TASKS]
        refresh(self._es, self._index)
        with speaking_plainly():
            return [self._record(hit.meta.id, hit.to_dict()) for hit in search.execute()]

    def concerns(
        self, topics: Mapping[int, Collection[str] | None], since: datetime, until: datetime
    ) -> dict[int, Concern]:
        """By number of the task: posts of its topics (None: of any) posted from `since` until before `until`, their matters.

        Asked by one aggregation.
        """
        if not topics:
            return {}
        queries = {
            str(number): Q("match_all") if own is None else Q("terms", topic=sorted(own))
            for number, own in topics.items()
        }
        span = {"gte": since.isoformat(), "lt": until.isoformat()}
        search = Search(using=self._es, index=self._posts).filter("range", posted_at=span)[:0]
        tasks = search.aggs.bucket("tasks", A("filters", filters=queries))
        tasks.metric("matters", A("cardinality", field="cluster_id", precision_threshold=PRECISE_MATTERS))
        with speaking_plainly():
            buckets = search.execute().to_dict()["aggregations"]["tasks"]["buckets"]
        return {
            int(number): Concern(posts=bucket["doc_count"], matters=bucket["matters"]["value"])
            for number, bucket in buckets.items()
        }

    def matters_of(
        self, topics: Collection[str] | None, since: datetime, until: datetime, limit: int
    ) -> list[tuple[str, int]]:
        """Ids of the matters that posts of these topics belong to, those of most posts first, with how many."""
        span = {"gte": since.isoformat(), "lt": until.isoformat()}
        search = Search(using=self._es, index=self._posts).filter("range", posted_at=span)[:0]
        if topics is not None:
            search = search.filter("terms", topic=sorted(topics))
        search.aggs.bucket("matters", A("terms", field="cluster_id", size=limit))
        with speaking_plainly():
            buckets = search.execute().to_dict()["aggregations"]["matters"]["buckets"]
        return [(bucket["key"], bucket["doc_count"]) for bucket in buckets]
