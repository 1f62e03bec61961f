"""The record of mails about follow-ups and early warnings, in the `alerts` index beside that of reminders.

As with reminders, a record is written as `sending` before its mail is begun and settled after.
"""

from collections.abc import Sequence
from typing import Any, Literal

from elasticsearch import Elasticsearch

from core.post import Record, UtcTime
from store.alert_log import MGET_SIZE, AlertState
from store.connection import speaking_plainly
from store.documents import Names

About = Literal["followup", "warning"]


class NoticeRecord(Record):
    """One mail. `subject` is the id of what it is about; `at` the time of the run that sent it."""

    about: About
    subject: str
    department: str
    at: UtcTime
    state: AlertState
    message_id: str
    recipients: list[str]
    attempts: int = 1
    sent_at: UtcTime | None = None
    error: str | None = None

    @property
    def id(self) -> str:
        """The id in the index: one notice for each subject."""
        return notice_id(self.about, self.subject)


def notice_id(about: About, subject: str) -> str:
    """The id of the notice about a follow-up or warning."""
    return f"{about}|{subject}"


class NoticeLog:
    """Reads and writes the notices of the `alerts` index."""

    def __init__(self, es: Elasticsearch, names: Names) -> None:
        self._es = es
        self._index = names.alerts

    def of(self, about: About, subjects: Sequence[str]) -> dict[str, NoticeRecord]:
        """What is recorded of the notices about these subjects, by subject. Sees every acknowledged write."""
        found: dict[str, NoticeRecord] = {}
        for start in range(0, len(subjects), MGET_SIZE):
            ids = [notice_id(about, subject) for subject in subjects[start : start + MGET_SIZE]]
            with speaking_plainly():
                answer = self._es.mget(index=self._index, ids=ids)
            for doc in answer["docs"]:
                if doc.get("found"):
                    record = NoticeRecord.model_validate(doc["_source"])
                    found[record.subject] = record
        return found

    def save(self, record: NoticeRecord) -> None:
        """Write the record; durable when this returns."""
        source: dict[str, Any] = record.model_dump(exclude_none=True)
        with speaking_plainly():
            self._es.index(index=self._index, id=record.id, document=source)
