"""The record of what was mailed: one document for each reminder (post, stage, day) and for each follow-up, early warning and
report.

It is made before its mail is sent and settled after. A chat channel that is told the same has a document of its own.

States: `sending` (a mail with it was begun and its end is not known), `sent`, `failed` (certainly not sent).
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from elasticsearch import Elasticsearch
from elasticsearch.dsl import Q, Search
from elasticsearch.helpers import bulk

from alerts.ledger_mail import LedgerStage
from store.connection import speaking_plainly
from store.documents import Names

AlertState = Literal["sending", "sent", "failed"]
About = Literal["followup", "report", "task", "warning"]
MGET_SIZE = 1000
MOST_OF_A_POST = 1000


@dataclass(frozen=True)
class AlertRecord:
    """One reminder, or the one mail about a follow-up, warning or report. `at` is the time of the run it belongs to.

    Of a reminder: `post_id`, `stage` and the `day` (Beijing) the stage was reached; of one of the work ledger `about` and
    `subject` in place of the post. Of the others: `about` and the id of their `subject`.
    """

    id: str
    department: str
    at: datetime
    state: AlertState
    message_id: str
    recipients: tuple[str, ...]
    post_id: str | None = None
    stage: LedgerStage | None = None
    day: str | None = None
    about: About | None = None
    subject: str | None = None
    attempts: int = 1
    sent_at: datetime | None = None
    error: str | None = None

    @property
    def channel(self) -> str | None:
        """The chat channel that was told, which its id ends with (`…|@CHANNEL`); None of a mail."""
        return self.id.rpartition("|@")[2] if "|@" in self.id else None


class AlertLog:
    """Reads and writes the `alerts` index."""

    def __init__(self, es: Elasticsearch, names: Names) -> None:
        self._es = es
        self._index = names.alerts

    def states(self, ids: Sequence[str]) -> dict[str, AlertRecord]:
        """What is recorded of these alerts; ids never recorded are left out. Sees every acknowledged write."""
        records: dict[str, AlertRecord] = {}
        for start in range(0, len(ids), MGET_SIZE):
            with speaking_plainly():
                answer = self._es.mget(index=self._index, ids=list(ids[start : start + MGET_SIZE]))
            for doc in answer["docs"]:
                if doc.get("found"):
                    records[doc["_id"]] = record_from({**doc["_source"], "id": doc["_id"]})
        return records

    def about(self, post_id: str, subjects: Sequence[str]) -> list[AlertRecord]:
        """What is recorded of mails about a post, and about these follow-ups and warnings."""
        asked = Q("term", post_id=post_id) | Q("terms", subject=list(subjects))
        search = Search(using=self._es, index=self._index).query("bool", filter=[asked])[:MOST_OF_A_POST]
        with speaking_plainly():
            return [record_from({**hit.to_dict(), "id": hit.meta.id}) for hit in search.execute()]

    def save(self, records: Iterable[AlertRecord]) -> None:
        """Write the records; durable when this returns."""
        actions = [
            {"_op_type": "index", "_index": self._index, "_id": record.id, "_source": _source(record)}
            for record in records
        ]
        with speaking_plainly():
            bulk(self._es, actions)


def _source(record: AlertRecord) -> dict[str, Any]:
    return {key: value for key, value in asdict(record).items() if key != "id" and value is not None}


def record_from(source: dict[str, Any]) -> AlertRecord:
    """The record that plain JSON of its fields stands for."""
    times = {key: datetime.fromisoformat(source[key]) for key in ("at", "sent_at") if source.get(key)}
    return AlertRecord(**{**source, **times, "recipients": tuple(source["recipients"])})
