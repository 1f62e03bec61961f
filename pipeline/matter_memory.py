"""What the finding of matters remembers from run to run, in one file of the data folder that changes in one step."""

import hashlib
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from core.files import write_whole
from nlp.matter_shelves import KEYS
from nlp.matter_state import dump, restore
from nlp.matter_types import MatterEvent
from nlp.matters import Matters
from pipeline.matter_tables import Spoilt, Tables
from store.changes import Position
from store.matters import EventRecord

log = logging.getLogger(__name__)
FORMAT = 2
ARRAY = "array:"


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
    """`state.sqlite` holds the memory. The empty file `told` stands beside it once everything it has to tell was told.

    What is loaded is read piece by piece as it is needed, and only what changed is saved: neither grows with the history.
    """

    def __init__(self, data: Path) -> None:
        self._tables = Tables(data / "matters" / "state.sqlite", {**KEYS, "rest": str})
        self._told = data / "matters" / "told"
        self._kept: Matters | None = None
        """The matters that the file holds, as far as it was loaded or saved here."""

    def has_told_up_to(self, position: Position) -> bool:
        """Whether all writes up to there were read and everything was told: then there is nothing to do. Quick."""
        if not self._told.exists():
            return False
        try:
            seen = self._tables["rest"].get("seen")
        except Spoilt:
            return False
        return seen is not None and bool(orjson.loads(seen) == position)

    def load(self) -> Memory | None:
        """What is remembered; None when there is nothing that can be read."""
        try:
            kept = dict(self._tables["rest"])
        except Spoilt:
            return None
        if not kept:
            return None
        head = orjson.loads(kept["head"])
        if head["format"] != FORMAT:
            log.warning("热点的记录是另一版本写的，按索引重建")
            return None
        arrays = {name.removeprefix(ARRAY): _array(kept[name]) for name in kept if name.startswith(ARRAY)}
        self._kept = restore({name: self._tables[name] for name in KEYS}, arrays, head["matters"])
        to_tell = None if self._told.exists() else _to_tell(head["to_tell"])
        return Memory(self._kept, orjson.loads(kept["seen"]), to_tell)

    def save(self, memory: Memory) -> None:
        """Keep the memory after a run, with what it has to tell. Durable when this returns."""
        # First: what a run before has told may be told again, what this one has to tell must not be left out.
        self._told.unlink(missing_ok=True)
        if memory.matters is not self._kept:
            self._tables.clear()
        self._tables.write(chain(memory.matters.shelves.changes(), _rest(memory)))
        memory.matters.shelves.settle()
        self._kept = memory.matters

    def settle(self) -> None:
        """Note that everything was told."""
        write_whole(self._told, b"")


def _rest(memory: Memory) -> Iterator[tuple[str, str, bytes]]:
    arrays, matters = dump(memory.matters)
    told = _told_of(memory.to_tell) if memory.to_tell else None
    yield "rest", "seen", orjson.dumps(memory.seen)
    yield "rest", "head", orjson.dumps({"format": FORMAT, "matters": matters, "to_tell": told})
    for name, array in arrays.items():
        stream = BytesIO()
        np.save(stream, array, allow_pickle=False)
        yield "rest", ARRAY + name, stream.getvalue()


def _array(kept: bytes) -> npt.NDArray[np.generic]:
    array: npt.NDArray[np.generic] = np.load(BytesIO(kept), allow_pickle=False)
    return array


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
