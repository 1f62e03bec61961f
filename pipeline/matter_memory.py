"""What the finding of matters remembers from run to run, in one file of the data folder that is replaced in one step."""

import hashlib
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from core.files import whole_file, write_whole
from nlp.matter_state import dump, restore
from nlp.matter_types import MatterEvent
from nlp.matters import Matters
from store.changes import Position
from store.matters import EventRecord

log = logging.getLogger(__name__)
FORMAT = 1
UNREADABLE = (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile)


@dataclass
class ToTell:
    """What a run has to write to the index: events; the matters concerned (None: all); which were merged into which."""

    at: datetime
    events: list[EventRecord]
    matters: list[str] | None
    merged_into: dict[str, str]


@dataclass
class Memory:
    """The matters, up to which write each shard of posts was read, and what the last run has to tell (None: it was told)."""

    matters: Matters
    seen: Position
    to_tell: ToTell | None


class MemoryFile:
    """`state.npz` holds the memory. The empty file `told` stands beside it once everything it has to tell was told."""

    def __init__(self, data: Path) -> None:
        self._state = data / "matters" / "state.npz"
        self._told = data / "matters" / "told"

    def has_told_up_to(self, position: Position) -> bool:
        """Whether all writes up to there were read and everything was told: then there is nothing to do. Quick."""
        if not self._told.exists():
            return False
        try:
            with np.load(self._state) as arrays:
                return bool(_document(arrays["head"])["seen"] == position)
        except UNREADABLE:
            return False

    def load(self) -> Memory | None:
        """What is remembered; None when there is nothing that can be read."""
        try:
            with np.load(self._state) as arrays:
                head = _document(arrays["head"])
                if head["format"] != FORMAT:
                    log.warning("%s 是另一版本写的，按索引重建", self._state)
                    return None
                core = {name: arrays[name] for name in arrays.files if name not in {"head", "records"}}
                matters = restore(core, _document(arrays["records"]))
        except FileNotFoundError:
            return None
        except UNREADABLE:
            log.exception("%s 读不出来，按索引重建", self._state)
            return None
        return Memory(matters, head["seen"], None if self._told.exists() else _to_tell(head["to_tell"]))

    def save(self, memory: Memory) -> None:
        """Keep the memory after a run, with what it has to tell. Durable when this returns."""
        arrays, records = dump(memory.matters)
        told = _told_of(memory.to_tell) if memory.to_tell else None
        head = {"format": FORMAT, "seen": memory.seen, "to_tell": told}
        # First: what a run before has told may be told again, what this one has to tell must not be left out.
        self._told.unlink(missing_ok=True)
        with whole_file(self._state) as stream:
            np.savez(stream, allow_pickle=False, **arrays, head=_array(head), records=_array(records))

    def settle(self) -> None:
        """Note that everything was told."""
        write_whole(self._told, b"")


def _array(document: Mapping[str, Any]) -> npt.NDArray[np.uint8]:
    return np.frombuffer(orjson.dumps(document), dtype=np.uint8)


def _document(array: npt.NDArray[np.uint8]) -> dict[str, Any]:
    return dict(orjson.loads(array.tobytes()))


def event_record(event: MatterEvent) -> EventRecord:
    """The event as kept; its id is made of what it says."""
    said = "|".join([event.kind, event.at.isoformat(), *event.matters, "", *event.posts])
    return EventRecord(
        id=hashlib.sha256(said.encode()).hexdigest()[:24],
        kind=event.kind,
        matters=list(event.matters),
        at=event.at,
        posts=list(event.posts),
        count=len(event.posts),
    )


def _told_of(what: ToTell) -> dict[str, Any]:
    return {
        "at": what.at.isoformat(),
        "events": [event.model_dump(mode="json") for event in what.events],
        "matters": what.matters,
        "merged_into": what.merged_into,
    }


def _to_tell(document: Mapping[str, Any] | None) -> ToTell | None:
    if document is None:
        return None
    return ToTell(
        at=datetime.fromisoformat(document["at"]),
        events=[EventRecord.model_validate(event) for event in document["events"]],
        matters=document["matters"],
        merged_into=document["merged_into"],
    )
