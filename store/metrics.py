"""How the stages' runs went: one document for each, so that a page can say what ran last, how long, and what fails.

Runs are facts of real time, whatever time they stood for. A document is written with what its run is compared to: the
page that lists the last runs then needs one search.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.dsl import A, Search

from core.logs import Outcome, StageRun
from core.post import Record, UtcTime
from store import erase
from store.connection import speaking_plainly
from store.documents import Names

USUAL_DAYS = timedelta(days=30)
FAILURE_DAYS = timedelta(days=7)
MOST_JOBS = 100
SECONDS_FOR_AN_ANSWER = 5
"""The stage's work is done; nobody should wait for its note."""


class RunRecord(Record):
    """A run of a stage. `job` is the stage, with its source where it has one.

    `usual_seconds` is the median of the runs of the same job in the 30 days before, `failures` how many of them failed in
    the last 7 days, this one among them.
    """

    stage: str
    source: str | None = None
    job: str
    started_at: UtcTime
    seconds: float
    usual_seconds: float | None = None
    outcome: Outcome
    error: str | None = None
    counts: dict[str, int] = {}
    item_count: int | None = None
    items_per_second: float | None = None
    failures: int
    run: str
    host: str
    version: str


class Metrics:
    """Reads the `metrics` index and adds to it."""

    def __init__(self, es: Elasticsearch, names: Names) -> None:
        self._es = es
        self._index = names.metrics

    def add(self, run: StageRun, host: str, version: str) -> None:
        """Write down a run, unless there is no such index yet. Asked once and not again where the node does not answer."""
        job = f"{run.stage} {run.source}" if run.source else run.stage
        es = self._es.options(request_timeout=SECONDS_FOR_AN_ANSWER, max_retries=0)
        with speaking_plainly():
            usual, failures = _before(es, self._index, job, run.started_at)
            items = run.counts.get("items", run.counts.get("posts"))
            record = RunRecord(
                stage=run.stage,
                source=run.source,
                job=job,
                started_at=run.started_at,
                seconds=run.seconds,
                usual_seconds=usual,
                outcome=run.outcome,
                error=run.error,
                counts=dict(run.counts),
                item_count=items,
                items_per_second=round(items / run.seconds, 1) if items and run.seconds else None,
                failures=failures + (run.outcome == "failed"),
                run=run.run,
                host=host,
                version=version,
            )
            # Without the alias the server would make an index of that name, which then stands in the alias's way.
            es.index(index=self._index, document=record.model_dump(exclude_none=True), require_alias=True)

    def last(self) -> list[RunRecord]:
        """The last run of each job, the latest first."""
        search = Search(using=self._es, index=self._index).sort("-started_at").extra(collapse={"field": "job"})
        with speaking_plainly():
            hits = search[:MOST_JOBS].execute().to_dict()["hits"]["hits"]
        return [RunRecord.model_validate(hit["_source"]) for hit in hits]

    def forget_before(self, moment: datetime) -> int:
        """Delete the runs that started earlier; how many."""
        old = erase.ids_of(self._es, self._index, {"range": {"started_at": {"lt": moment.isoformat()}}})
        return erase.delete(self._es, self._index, old)


def _before(es: Elasticsearch, index: str, job: str, at: datetime) -> tuple[float | None, int]:
    """The median of the seconds of the job's runs that came to their end, and how many failed lately."""
    search = Search(using=es, index=index).filter("term", job=job)
    search = search.filter("range", started_at={"gte": (at - USUAL_DAYS).isoformat(), "lt": at.isoformat()})[:0]
    ended = search.aggs.bucket("ended", A("filter", terms={"outcome": ["ok", "partial"]}))
    ended.metric("seconds", A("percentiles", field="seconds", percents=[50], keyed=False))
    lately: Mapping[str, Any] = {"range": {"started_at": {"gte": (at - FAILURE_DAYS).isoformat()}}}
    search.aggs.bucket("failed", A("filter", bool={"filter": [{"term": {"outcome": "failed"}}, lately]}))
    found = search.execute().aggregations.to_dict()
    median = found["ended"]["seconds"]["values"][0]["value"]
    return None if median is None else round(median, 1), int(found["failed"]["doc_count"])
