"""The landing zone: raw items exactly as fetched, on disk before anything else happens to them.

`landing/SOURCE/DAY/SEGMENT.jsonl.gz` is one batch: a head line, then one item a line. A segment appears whole or not
at all (written aside, synced, renamed) and is never changed; days are of Beijing time. It is named after the time it was
seen and its content. `SEGMENT.done` beside it says that its posts are in the index. Items that cannot become posts go to
`rejected/`, named after the segment's content, so that running it again, or landing the same items again after a crash,
replaces the file instead of doubling it.

Raw items hold personal data: folders and files are readable by their owner only.
"""

import gzip
import hashlib
import json
import shutil
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson

from collectors.base import RawItem
from core.clock import to_beijing, to_utc
from core.files import write_whole

SUFFIX = ".jsonl.gz"
COMPRESSION = 5
DAMAGED = (OSError, EOFError, zlib.error, ValueError)
"""What reading a file raises that is not what was written."""


@dataclass(frozen=True, order=True)
class Segment:
    """One landed batch. Segments sort by source, then by the time they were landed."""

    source: str
    path: Path

    @property
    def day(self) -> date:
        """The Beijing day it was landed on."""
        return date.fromisoformat(self.path.parent.name)

    @property
    def marker(self) -> Path:
        """The file that says its posts are in the index."""
        return self.path.with_name(self.path.name.removesuffix(SUFFIX) + ".done")

    @property
    def content_name(self) -> str:
        """The file name without the time: the same for two landings of the same items."""
        return self.path.name.partition("-")[2]

    def read(self) -> tuple[datetime, Iterator[RawItem]]:
        """When its items were seen (UTC), and the items one by one."""
        stream = gzip.open(self.path)  # noqa: SIM115  closed by the generator
        head = orjson.loads(stream.readline())
        return to_utc(datetime.fromisoformat(head["seen_at"])), _lines(stream)


def _lines(stream: Any) -> Iterator[RawItem]:
    with stream:
        for line in stream:
            yield orjson.loads(line)


class Landing:
    """The landing zone below a data folder."""

    def __init__(self, data: Path) -> None:
        self.root = data / "landing"
        self.rejected = data / "rejected"

    def write(self, source: str, seen_at: datetime, items: Sequence[RawItem]) -> Segment | None:
        """Land a batch; on disk for good when this returns. None when there is nothing to land."""
        if not items:
            return None
        moment = to_beijing(seen_at)
        folder = self.root / source / moment.date().isoformat()
        lines = b"".join(map(_line, items))
        name = f"{moment:%H%M%S}-{hashlib.sha256(lines).hexdigest()[:16]}{SUFFIX}"
        head = _line({"source": source, "seen_at": to_utc(seen_at).isoformat()})
        _write_packed(folder / name, head + lines)
        return Segment(source, folder / name)

    def pending(self, source: str | None = None) -> list[Segment]:
        """Segments whose posts are not yet known to be in the index, oldest first."""
        return [segment for segment in self.segments(source) if not segment.marker.exists()]

    def segments(
        self, source: str | None = None, first_day: date | None = None, last_day: date | None = None
    ) -> list[Segment]:
        """All segments of a source (or of all) landed on the days given, oldest first."""
        found = (
            Segment(path.parent.parent.name, path)
            for path in self.root.glob(f"{source or '*'}/*/*{SUFFIX}")
            if not path.name.startswith(".")
        )
        wanted = (s for s in found if (not first_day or s.day >= first_day) and (not last_day or s.day <= last_day))
        return sorted(wanted, key=lambda segment: (segment.day, segment.path.name, segment.source))

    def mark_done(self, segment: Segment, summary: dict[str, Any]) -> None:
        """Note that the segment's posts are in the index."""
        write_whole(segment.marker, orjson.dumps(summary))

    def set_aside(self, segment: Segment, items: Sequence[dict[str, Any]]) -> None:
        """Keep items that cannot become posts, each with its reason; replaces what this segment set aside before."""
        path = self.rejected / segment.source / segment.path.parent.name / segment.content_name
        if items:
            _write_packed(path, b"".join(map(_line, items)))
        else:
            path.unlink(missing_ok=True)

    def rewrite(self, segment: Segment, keep: Callable[[RawItem], bool]) -> int:
        """Leave out of a segment the items that are not to be kept, for good; how many. The file changes in one step."""
        with gzip.open(segment.path) as stream:
            head, *lines = stream.read().splitlines(keepends=True)
        kept = [line for line in lines if keep(orjson.loads(line))]
        if len(kept) < len(lines):
            _write_packed(segment.path, head + b"".join(kept))
        return len(lines) - len(kept)

    def rewrite_rejected(self, keep: Callable[[str, dict[str, Any]], bool]) -> int:
        """The same of the items that were set aside; `keep` is asked with the source and what was kept of each.

        A damaged file stays as it is.
        """
        struck = 0
        for path in self.rejected.glob(f"*/*/*{SUFFIX}"):
            try:
                lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
                items = [orjson.loads(line) for line in lines]
            except DAMAGED:
                continue
            name = path.parent.parent.name
            kept = [line for line, item in zip(lines, items, strict=True) if keep(name, item)]
            if len(kept) < len(lines):
                struck += len(lines) - len(kept)
                _write_packed(path, b"".join(kept))
        return struck

    def forget_before(self, day: date) -> int:
        """Delete what was landed or set aside before `day` and is in the index; the number of days deleted.

        A day with a segment still pending is kept whole, with what was set aside on it.
        """
        pending = {(segment.source, segment.day) for segment in self.pending()}
        deleted = 0
        for folder in (*self.root.glob("*/*"), *self.rejected.glob("*/*")):
            its_day = _day_of(folder)
            if its_day is None or its_day >= day or (folder.parent.name, its_day) in pending:
                continue
            shutil.rmtree(folder)
            deleted += 1
        return deleted


def _day_of(folder: Path) -> date | None:
    """The day a folder is named after; None for whatever else lies about."""
    try:
        return date.fromisoformat(folder.name)
    except ValueError:
        return None


def _line(record: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        # Half an emoji, as a site cuts titles at so many UTF-16 units, is no Unicode text; it is left out.
        text = json.dumps(record, ensure_ascii=False).encode("utf-8", errors="ignore")
        return text + b"\n"


def _write_packed(path: Path, lines: bytes) -> None:
    write_whole(path, gzip.compress(lines, COMPRESSION, mtime=0))
