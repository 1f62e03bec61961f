"""The landing zone: raw items exactly as fetched, on disk before anything else happens to them.

`landing/SOURCE/DAY/SEGMENT.jsonl.gz` is one batch: a head line, then one item a line. A segment appears whole or not
at all (written aside, synced, renamed) and is never changed; days are of Beijing time. `SEGMENT.done` beside it says
that its posts are in the index. Items that cannot become posts go to `rejected/`, under the segment's own name, so
that running a segment again replaces the file instead of doubling it.

Raw items hold personal data: folders and files are readable by their owner only.
"""

import gzip
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson

from collectors.base import RawItem
from core.clock import to_beijing, to_utc
from core.errors import Unavailable

SUFFIX = ".jsonl.gz"
COMPRESSION = 5


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
        name = f"{moment:%H%M%S}-{os.urandom(6).hex()}{SUFFIX}"
        head = {"source": source, "seen_at": to_utc(seen_at).isoformat()}
        _write_whole(folder / name, [head, *items])
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
        _write_aside(segment.marker, orjson.dumps(summary))

    def set_aside(self, segment: Segment, items: Sequence[dict[str, Any]]) -> None:
        """Keep items that cannot become posts, each with its reason; replaces what this segment set aside before."""
        path = self.rejected / segment.source / segment.path.parent.name / segment.path.name
        if items:
            _write_whole(path, items)
        else:
            path.unlink(missing_ok=True)

    def forget_before(self, day: date) -> int:
        """Delete what was landed or set aside before `day` and is in the index; the number of days deleted.

        A day with a segment still pending is kept whole.
        """
        deleted = 0
        for folder in (*self.root.glob("*/*"), *self.rejected.glob("*/*")):
            if date.fromisoformat(folder.name) >= day or any(not s.marker.exists() for s in self._in(folder)):
                continue
            shutil.rmtree(folder)
            deleted += 1
        return deleted

    def _in(self, folder: Path) -> list[Segment]:
        """Segments of one day's folder of the landing zone; none for a folder of rejected items."""
        if not folder.is_relative_to(self.root):
            return []
        return [Segment(folder.parent.name, path) for path in folder.glob(f"*{SUFFIX}")]


def _write_whole(path: Path, records: Iterable[dict[str, Any]]) -> None:
    lines = b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in records)
    _write_aside(path, gzip.compress(lines, COMPRESSION, mtime=0))


def _write_aside(path: Path, content: bytes) -> None:
    """Write a file so that it appears whole or not at all, and survives a power cut once this returns."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        aside.rename(path)
        _sync_folder(path.parent)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise Unavailable(
            f"写不了数据文件 {path}：{error.strerror}", "请检查磁盘空间和权限，然后再运行一次。"
        ) from error


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
