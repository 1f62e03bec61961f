"""CSV and XLSX exports (12345 hotline, provincial boards): a watched folder and a map from headers to fields."""

import hashlib
import logging
import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from collectors.base import BadItem, Batch, Context, RawItem, Source, SourceFailed
from collectors.dates import parse_time
from collectors.tables import NoHeader, Row, open_table
from core.clock import to_beijing
from core.config import Config
from core.errors import ConfigError
from core.post import KINDS, STATUSES, Kind, Post, Reply, Status, post_id

log = logging.getLogger(__name__)
BATCH_ROWS = 1000
SETTLED_AFTER = timedelta(seconds=5)
"""A file changed more recently than this may still be being written."""
PARTIAL_NAMES = ("~$", ".")
PARTIAL_SUFFIXES = (".part", ".tmp", ".crdownload")


class Columns(Config):
    """Which header holds which field. What an export does not have is left out."""

    posted_at: str
    id: str | None = None
    title: str | None = None
    body: str | None = None
    author: str | None = None
    forum: str | None = None
    kind: str | None = None
    domain: str | None = None
    status: str | None = None
    reply_body: str | None = None
    reply_organisation: str | None = None
    replied_at: str | None = None
    votes_up: str | None = None
    votes_down: str | None = None
    satisfaction: str | None = None
    url: str | None = None

    @model_validator(mode="after")
    def _has_text(self) -> "Columns":
        if self.title is None and self.body is None:
            raise ValueError("title 和 body 至少要有一个")
        return self

    def headers(self) -> list[str]:
        """All mapped headers."""
        return [header for header in self.model_dump().values() if header]


class Spreadsheet(Source):
    """Files of one form. `folder` is watched, relative to the data folder."""

    kind: Literal["spreadsheet"]
    folder: Path
    patterns: tuple[str, ...] = ("*.csv", "*.xlsx", "*.xls")
    """Upper and lower case are the same. An .xls is taken up so that it is refused aloud, not left lying unseen."""
    max_unpacked_mb: int = Field(default=512, ge=1)
    """Largest size an XLSX file may unpack to."""
    columns: Columns
    kinds: dict[str, Kind] = {}
    """The export's own words for the kind of a post."""
    statuses: dict[str, Status] = {}
    """The export's own words for the state of a post."""
    grades: dict[str, float | None] = {}
    """The export's own words for how satisfied the author was, as 1 (not at all) to 5; null for "was not asked"."""
    tracks_replies: bool
    """Whether the export tells if a post was answered. If not, its state stays unknown and nobody is reminded of it."""
    time_formats: tuple[str, ...] = ()

    def fetch(self, context: Context) -> Iterator[Batch]:
        """Rows of every file in the folder that was not imported before.

        A file that cannot be read does not keep back the others; it is raised as `SourceFailed` after them.
        """
        failures: list[SourceFailed] = []
        for path in self.files(context.home):
            if not _is_settled(path, context.now):
                log.info("%s 可能还在写入，留到下次", path.name)
            elif not context.is_finished(content_hash(path)):
                try:
                    yield from self.read_file(path)
                except SourceFailed as failure:
                    failures.append(failure)
        if failures:
            reasons = "".join(failure.message for failure in failures)
            raise SourceFailed(f"“{self.title}”有 {len(failures)} 个文件没有读取：{reasons}", failures[0].advice)

    def files(self, home: Path) -> list[Path]:
        """The files in the watched folder below the data folder `home` that look like exports."""
        folder = home / self.folder
        if not folder.is_dir():
            return []
        wanted = [pattern.lower() for pattern in self.patterns]
        return sorted(
            path
            for path in folder.iterdir()
            if path.is_file() and any(fnmatchcase(path.name.lower(), pattern) for pattern in wanted)
        )

    def read_file(self, path: Path) -> Iterator[Batch]:
        """The rows of one file; the last batch names the file's content as finished."""
        finished = content_hash(path)
        exported_at = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat()
        rows: list[RawItem] = []
        with open_table(path, self.columns.headers(), self.max_unpacked_mb * 1024**2) as (header, records):
            self._check_header(path, header)
            for row in records:
                rows.append(_raw(path, row, exported_at))
                if len(rows) == BATCH_ROWS:
                    yield Batch(rows)
                    rows = []
        yield Batch(rows, finished=finished)

    def matches(self, header: Sequence[str]) -> int:
        """How many mapped columns the header has; 0 unless all of them are there."""
        return len(self.columns.headers()) if not self._missing(header) else 0

    def parse(self, raw: RawItem, seen_at: datetime) -> Post:
        """The post in one row. Its state is as old as the export, not as its import."""
        if raw.get("surplus"):
            raise BadItem(f"比表头多出 {raw['surplus']} 格，可能是内容里的逗号或引号使各列错了位")
        cells = _Cells(raw["cells"], self.columns)
        posted_at = self._time(cells, "posted_at")
        if posted_at is None:
            raise BadItem(f"“{self.columns.posted_at}”是空的")
        title, body = cells.text("title"), cells.text("body")
        if not title and not body:
            raise BadItem("标题和内容都是空的")
        author = self.author(cells.text("author"))
        source_id = cells.text("id") or _row_hash(author, posted_at, title, body)
        replies = self._replies(raw, cells, posted_at)
        return Post(
            id=post_id(self.name, source_id),
            source=self.name,
            source_id=source_id,
            channel=self.channel,
            url=cells.text("url") or None,
            title=title or body.partition("\n")[0][:60],
            body=body,
            author=author,
            posted_at=posted_at,
            collected_at=min(datetime.fromisoformat(raw["exported_at"]), seen_at),
            forum=cells.text("forum") or self.forum,
            kind=self._kind(cells.text("kind")),
            domain=cells.text("domain") or None,
            status=self._status(cells.text("status"), answered=bool(replies)),
            replies=replies,
            votes_up=cells.count("votes_up"),
            votes_down=cells.count("votes_down"),
            satisfaction=self._grade(cells),
        )

    def _check_header(self, path: Path, header: Sequence[str]) -> None:
        missing = self._missing(header)
        if missing:
            raise SourceFailed(
                f"{path.name} 缺少列：{'、'.join(missing)}。",
                f"文件里有：{'、'.join(header)}；列名在 config/sources.yml 里改。",
            )

        twice = sorted({name for name in self.columns.headers() if header.count(name) > 1})
        if twice:
            raise SourceFailed(f"{path.name} 有同名的列：{'、'.join(twice)}。", "请在文件里把其中一列改名，以免读错。")

    def _missing(self, header: Sequence[str]) -> list[str]:
        return [name for name in self.columns.headers() if name not in header]

    def _replies(self, raw: RawItem, cells: "_Cells", posted_at: datetime) -> list[Reply]:
        body, replied_at = cells.text("reply_body"), self._time(cells, "replied_at")
        if not body and replied_at is None:
            return []
        if replied_at and _is_before(replied_at, posted_at):
            # The reply is a fact, its time is not: keeping the time would count as an answer within no time at all.
            log.warning("%s 第 %s 行：答复时间早于留言时间，按答复时间不详处理", raw["file"], raw["row"])
            replied_at = None
        return [Reply(organisation=cells.text("reply_organisation") or None, body=body, replied_at=replied_at)]

    def _grade(self, cells: "_Cells") -> float | None:
        word = cells.text("satisfaction")
        return self.grades[word] if word in self.grades else cells.number("satisfaction")

    def _time(self, cells: "_Cells", field: str) -> datetime | None:
        try:
            return parse_time(cells.text(field), self.time_formats)
        except BadItem as error:
            raise BadItem(f"“{getattr(self.columns, field)}”：{error}") from None

    def _kind(self, word: str) -> Kind | None:
        if word in self.kinds:
            return self.kinds[word]
        return next((kind for kind in KINDS if word == kind), None)

    def _status(self, word: str, *, answered: bool) -> Status | None:
        if not self.tracks_replies:
            return None
        if word in self.statuses:
            return self.statuses[word]
        known = next((status for status in STATUSES if word == status), None)
        return known or ("已回复" if answered else "待回复")


class _Cells:
    """A row's cells by field."""

    def __init__(self, cells: dict[str, str], columns: Columns) -> None:
        self._cells = cells
        self._columns = columns

    def text(self, field: str) -> str:
        """The cell's text with blank lines and the blanks around each line taken out; empty when there is none."""
        header = getattr(self._columns, field)
        # Excel writes a carriage return as _x000D_, and CSV files made from workbooks keep it.
        lines = (line.strip() for line in self._cells.get(header or "", "").replace("_x000D_", "\n").splitlines())
        return "\n".join(line for line in lines if line)

    def number(self, field: str) -> float | None:
        """The cell as a number; None for a blank one."""
        text = self.text(field)
        try:
            number = float(text) if text else None
        except ValueError:
            number = math.nan
        if number is not None and not math.isfinite(number):
            raise BadItem(f"“{getattr(self._columns, field)}”应是数字，现在是“{text[:20]}”")
        return number

    def count(self, field: str) -> int | None:
        """The cell as a whole number, 0 or more; None for a blank one."""
        number = self.number(field)
        if number is None:
            return None
        if number < 0 or not number.is_integer():
            raise BadItem(f"“{getattr(self._columns, field)}”应是不小于 0 的整数，现在是“{number:g}”")
        return int(number)


def best_match(sources: Sequence[Spreadsheet], path: Path) -> Spreadsheet:
    """The source whose column map fits the file's header best. Raises `ConfigError` listing the headers when none does."""
    if not sources:
        raise ConfigError("没有这样的表格来源。", "config/sources.yml 里 kind 为 spreadsheet 的各项才能导入文件。")
    wanted = sorted({header for source in sources for header in source.columns.headers()})
    most_unpacked = max(source.max_unpacked_mb for source in sources) * 1024**2
    try:
        with open_table(path, wanted, most_unpacked) as (header, _):
            found = max(sources, key=lambda source: source.matches(header))
    except NoHeader as failure:
        raise _no_match(path, failure.first_row) from None
    if not found.matches(header):
        raise _no_match(path, header)
    return found


def _no_match(path: Path, header: Sequence[str]) -> ConfigError:
    # What stands where a header should be may be somebody's message.
    names = "、".join(name[:20] for name in header if name)
    return ConfigError(
        f"没有哪个来源的列名与 {path.name} 相符。文件里有：{names or '（空文件）'}",
        "请在 config/sources.yml 里照 hotline_12345 的样子加一项，写明各列的名字。",
    )


def content_hash(path: Path) -> str:
    """SHA-256 of the file's content: what makes two files the same."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _is_settled(path: Path, now: datetime) -> bool:
    if path.name.startswith(PARTIAL_NAMES) or path.name.endswith(PARTIAL_SUFFIXES):
        return False
    age = now - datetime.fromtimestamp(path.stat().st_mtime, UTC)
    # A time before the file's own is a run for the past, not a file in the making.
    return age >= SETTLED_AFTER or age < timedelta(0)


def _raw(path: Path, row: Row, exported_at: str) -> RawItem:
    raw = {"file": path.name, "row": row.number, "exported_at": exported_at, "cells": row.cells}
    return raw | {"surplus": row.surplus} if row.surplus else raw


def _is_before(replied_at: datetime, posted_at: datetime) -> bool:
    """Whether the reply contradicts the post. A reply time of midnight is a bare date: the post's own day is no fault."""
    replied, posted = to_beijing(replied_at), to_beijing(posted_at)
    return replied.date() < posted.date() if replied.time() == time(0) else replied < posted


def _row_hash(author: str | None, posted_at: datetime, title: str, body: str) -> str:
    """An id for a row that has none: the same message in a later export gets the same one."""
    key = "\x1f".join([author or "", posted_at.isoformat(), title, body])
    return hashlib.sha256(key.encode()).hexdigest()[:24]
