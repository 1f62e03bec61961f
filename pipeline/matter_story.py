"""Everything that is known of one matter, for a person who wants to see it."""

from dataclasses import dataclass, replace
from datetime import datetime

from core.errors import YuqingError
from matters.matter import Matter
from matters.timeline import Timeline, timeline
from pipeline.matter_reading import MatterReader
from pipeline.runtime import Runtime
from store.followups import FollowUpRecord
from store.matters import EventRecord, MatterRecord


@dataclass(frozen=True)
class Story:
    """A matter as known at a time: its figures (of the last run), posts, course, what happened to it, its follow-ups.

    `asked_for` is the id of a former matter that was merged into it, when that was asked for; `merged_at` when it was.
    """

    record: MatterRecord
    matter: Matter
    course: Timeline
    events: tuple[EventRecord, ...]
    followups: tuple[FollowUpRecord, ...]
    asked_for: str | None = None
    merged_at: datetime | None = None


def story_of(runtime: Runtime, matter_id: str, at: datetime) -> Story:
    """The story of the matter, or of the one it was merged into. Raises `YuqingError` when there is none."""
    record = runtime.matters.find(matter_id)
    reader = MatterReader(runtime)
    for _, matter in reader.read([record] if record else []):
        course = timeline(matter, at)
        if record and course:
            events = tuple(event for event in runtime.matters.events(record.id) if event.at <= at)
            story = Story(record, matter.as_of(at), course, events, tuple(reader.followups.get(record.id, ())))
            if record.id == matter_id:
                return story
            return replace(story, asked_for=matter_id, merged_at=_merged_at(runtime, matter_id))
    raise YuqingError(f"没有编号为 {matter_id} 的热点。", "编号见 yuqing matters 的最后一列。")


def _merged_at(runtime: Runtime, matter_id: str) -> datetime | None:
    """When the matter was last absorbed; None when its matters were found anew meanwhile, which tells no event."""
    events = runtime.matters.events(matter_id)
    return next((one.at for one in reversed(events) if one.kind == "merged" and one.matters[1] == matter_id), None)
