"""Follow-ups: candidates for a second explanation, their briefs, and what people decided about them."""

from collections.abc import Iterable
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.dsl import Search

from core.post import Record, UtcTime
from store.connection import refresh, speaking_plainly
from store.documents import Names
from store.matters import at_once
from store.record_index import Decided, Identified, RecordIndex, source_of

MOST_OF_A_MATTER = 1000


class ExplanationRecord(Record):
    """The second explanation that was published (`matters.matter.Explanation`)."""

    at: UtcTime
    title: str
    text: str = ""
    url: str | None = None


class DecisionRecord(Decided):
    """One decision, with the explanation it reports."""

    explanation: ExplanationRecord | None = None


class FollowUpRecord(Identified):
    """A candidate (`matters.followups.Candidate`) as last seen at `updated_at`, with its brief and every decision about it.

    `state` is that of the last decision; before the first one 待研判. `explanation` is the last one, unless 待研判 took it back.
    """

    matter_id: str
    title: str
    place: str | None = None
    source: list[str] = []
    topic: str | None = None
    department: str | None = None
    state: str
    created_at: UtcTime
    updated_at: UtcTime
    answered_at: UtcTime
    answered_by: str
    people_before: int
    people_after: int
    posts_after: int
    asked_again: int
    last_post_at: UtcTime
    reason: str
    history: list[DecisionRecord] = []
    explanation: ExplanationRecord | None = None
    brief: dict[str, Any] = {}
    markdown: str = ""


class FollowUps(RecordIndex[FollowUpRecord]):
    """Reads and writes the `followups` index."""

    def __init__(self, es: Elasticsearch, names: Names) -> None:
        super().__init__(es, names.followups, FollowUpRecord)

    def all(self, states: Iterable[str] = ()) -> list[FollowUpRecord]:
        """All follow-ups, or those in one of the states; the oldest first. Sees every acknowledged write."""
        search = Search(using=self._es, index=self._index)
        wanted = list(states)
        if wanted:
            search = search.filter("terms", state=wanted)
        refresh(self._es, self._index)
        with speaking_plainly():
            found = [self._record(hit.meta.id, hit.to_dict()) for hit in search.scan()]
        return sorted(found, key=lambda record: (record.created_at, record.id))

    def of_matter(self, matter_id: str) -> list[FollowUpRecord]:
        """The follow-ups of a matter."""
        search = Search(using=self._es, index=self._index).filter("term", matter_id=matter_id)[:MOST_OF_A_MATTER]
        with speaking_plainly():
            return [self._record(hit.meta.id, hit.to_dict()) for hit in search.execute()]

    def states(self, matter_ids: Iterable[str]) -> list[tuple[str, str]]:
        """Matter id and state of every follow-up of these matters, the oldest first."""
        found = []
        refresh(self._es, self._index)
        with speaking_plainly():
            for some in at_once(matter_ids):
                search = Search(using=self._es, index=self._index).filter("terms", matter_id=some)
                hits = search.source(["matter_id", "state", "created_at"]).scan()
                found += [(str(hit.created_at), str(hit.matter_id), str(hit.state)) for hit in hits]
        return [(matter_id, state) for _, matter_id, state in sorted(found)]

    def add(self, record: FollowUpRecord) -> None:
        """Write a new follow-up; one that is there already is left as it is."""
        with speaking_plainly():
            self._es.options(ignore_status=409).create(index=self._index, id=record.id, document=source_of(record))
