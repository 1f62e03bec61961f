"""Follow-ups: candidates for a second explanation, their briefs, and what people decided about them."""

from collections.abc import Callable, Iterable
from typing import Any

from elasticsearch import ConflictError, Elasticsearch
from elasticsearch.dsl import Search

from core.errors import Unavailable
from core.post import Record, UtcTime
from store.connection import speaking_plainly
from store.documents import Names

ATTEMPTS = 5


class ExplanationRecord(Record):
    """The second explanation that was published (`matters.matter.Explanation`)."""

    at: UtcTime
    title: str
    text: str = ""
    url: str | None = None


class DecisionRecord(Record):
    """One decision (`matters.followups.Decision`), with the explanation it reports."""

    state: str
    note: str = ""
    who: str
    at: UtcTime
    explanation: ExplanationRecord | None = None


class FollowUpRecord(Record):
    """A candidate (`matters.followups.Candidate`) as last seen at `updated_at`, with its brief and every decision about it.

    `state` is that of the last decision; before the first one 待研判. `explanation` is the last one, unless 待研判 took it back.
    """

    id: str
    matter_id: str
    title: str
    place: str | None = None
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


class FollowUps:
    """Reads and writes the `followups` index."""

    def __init__(self, es: Elasticsearch, names: Names) -> None:
        self._es = es
        self._index = names.followups

    def all(self, states: Iterable[str] = ()) -> list[FollowUpRecord]:
        """All follow-ups, or those in one of the states; the oldest first. Sees every acknowledged write."""
        search = Search(using=self._es, index=self._index)
        wanted = list(states)
        if wanted:
            search = search.filter("terms", state=wanted)
        with speaking_plainly():
            self._es.indices.refresh(index=self._index)
            found = [_record(hit.meta.id, hit.to_dict()) for hit in search.scan()]
        return sorted(found, key=lambda record: (record.created_at, record.id))

    def states(self) -> list[tuple[str, str]]:
        """Matter id and state of every follow-up, the oldest first."""
        search = Search(using=self._es, index=self._index).source(["matter_id", "state", "created_at"])
        with speaking_plainly():
            self._es.indices.refresh(index=self._index)
            found = [(str(hit.created_at), str(hit.matter_id), str(hit.state)) for hit in search.scan()]
        return [(matter_id, state) for _, matter_id, state in sorted(found)]

    def find(self, id_: str) -> FollowUpRecord | None:
        """The follow-up of that id."""
        with speaking_plainly():
            answer = self._es.options(ignore_status=404).get(index=self._index, id=id_)
        return _record(id_, answer["_source"]) if answer.get("found") else None

    def add(self, record: FollowUpRecord) -> None:
        """Write a new follow-up; one that is there already is left as it is."""
        with speaking_plainly():
            self._es.options(ignore_status=409).create(index=self._index, id=record.id, document=_source(record))

    def change(self, id_: str, change: Callable[[FollowUpRecord], FollowUpRecord]) -> FollowUpRecord | None:
        """Apply `change` to the follow-up as it stands and keep the result; None when there is no such follow-up.

        When somebody else changed it meanwhile, `change` is asked again with what stands now: no decision is lost.
        """
        for _ in range(ATTEMPTS):
            with speaking_plainly():
                answer = self._es.options(ignore_status=404).get(index=self._index, id=id_)
                if not answer.get("found"):
                    return None
                changed = change(_record(id_, answer["_source"]))
                place = {"if_seq_no": answer["_seq_no"], "if_primary_term": answer["_primary_term"]}
                try:
                    self._es.index(index=self._index, id=id_, document=_source(changed), **place)
                except ConflictError:
                    continue
                return changed
        raise Unavailable(f"另有人正在修改 {id_}。", "请稍后再试。")


def _source(record: FollowUpRecord) -> dict[str, Any]:
    return record.model_dump(exclude={"id"}, exclude_none=True)


def _record(id_: str, source: dict[str, Any]) -> FollowUpRecord:
    return FollowUpRecord.model_validate({**source, "id": id_})
