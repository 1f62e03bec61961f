"""Traces of a forgotten person in the files of the data folder: found by reading every file, and taken out."""

import csv
import io
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import openpyxl
import orjson

from collectors.base import SourceFailed
from collectors.spreadsheet import Spreadsheet, content_hash
from collectors.tables import open_table
from core.errors import YuqingError
from core.files import whole_file, write_whole
from pipeline.backup_files import FOLDER as BACKUPS
from pipeline.brief_files import FOLDER as BRIEFS
from pipeline.collect import spreadsheets
from pipeline.file_text import OUTBOX, text_of
from pipeline.forget_search import IsTheirs
from pipeline.forget_traces import Traces
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from pipeline.weekly import weekly
from reports.period import Period, read_month, read_quarter, read_week

NOT_READ = frozenset({"elasticsearch", "cache", "locks", "models", "matters", "forgotten", BACKUPS})
"""Folders that hold no text of posts, or are seen to in another way."""
TABLES = (".csv", ".xlsx")
AIRFLOW_LOGS = "Airflow 日志"
GENERATED = frozenset({OUTBOX, "mails", "evaluation"})
"""Folders whose files are made by the project, not given to it."""


@dataclass
class Searched:
    """The files that give the person away, by the folder below the data folder that they lie in, and those not searched."""

    found: dict[str, list[Path]] = field(default_factory=dict)
    unread: list[Path] = field(default_factory=list)


def search_files(settings: Settings, traces: Traces) -> Searched:
    """Read every file of the data folder, and Airflow's logs where they lie elsewhere.

    One that cannot be read, or not all of it, is among the unread ones; a PDF that a Word file beside it was made into is
    not, as the Word file is read.
    """
    searched = Searched()
    for folder, path in _places(settings):
        if not path.is_file() or path.is_symlink() or (path.suffix == ".pdf" and path.with_suffix(".docx").is_file()):
            continue
        text = text_of(path)
        if traces.in_text(text.said):
            searched.found.setdefault(folder, []).append(path)
        if not text.whole:
            searched.unread.append(path)
    return searched


def _places(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Every path that is searched, with the name of the folder it counts to."""
    for path in sorted(settings.data.rglob("*")):
        top = path.relative_to(settings.data).parts[0]
        if top not in NOT_READ:
            yield top, path
    logs = settings.airflow_logs
    if logs and not logs.is_relative_to(settings.data):
        yield from ((AIRFLOW_LOGS, path) for path in sorted(logs.rglob("*")))


# --- taking out


def clean_tables(runtime: Runtime, is_theirs: IsTheirs, at: datetime) -> int:
    """Take the rows out of the tables in the watched folders; how many. A table so changed is not imported again."""
    struck = 0
    for source in spreadsheets(runtime):
        for path in sorted((runtime.settings.data / source.folder).glob("*.*")):
            if path.suffix.lower() in TABLES and (rows := _their_rows(source, path, is_theirs)):
                _without_rows(source, path, rows)
                runtime.state.save_finished(source.name, content_hash(path), at)
                struck += len(rows)
    return struck


def _their_rows(source: Spreadsheet, path: Path, is_theirs: IsTheirs) -> set[int]:
    try:
        batches = list(source.read_file(path))
    except SourceFailed:
        # No table of that source; when it says anything, the search at the end tells of it.
        return set()
    return {int(item["row"]) for batch in batches for item in batch.items if is_theirs(source.name, item)}


def _without_rows(source: Spreadsheet, path: Path, rows: set[int]) -> None:
    before = path.stat()
    if path.suffix.lower() == ".csv":
        with open_table(path, source.columns.headers()) as (header, records):
            kept = [[row.cells.get(name, "") for name in header] for row in records if row.number not in rows]
        text = io.StringIO(newline="")
        csv.writer(text).writerows([header, *kept])
        write_whole(path, text.getvalue().encode("utf-8-sig"))
    else:
        book = openpyxl.load_workbook(path)
        for number in sorted(rows, reverse=True):
            book.worksheets[0].delete_rows(number)
        with whole_file(path) as whole:
            book.save(whole)
    # Its time says when its rows were seen.
    os.utime(path, (before.st_atime, before.st_mtime))


def clean_reports(runtime: Runtime, found: list[Path], at: datetime) -> None:
    """Make the reports that speak of the person anew, without them; one that cannot be is deleted."""
    for folder in sorted({path.parent for path in found}):
        for mail in folder.glob("mail-*.eml"):
            mail.unlink()
            record = mail.with_suffix(".json")
            # Of a mail that went out the record stays, so that it is not sent again.
            if record.is_file() and orjson.loads(record.read_bytes())["state"] != "sent":
                record.unlink()
        try:
            weekly(runtime, _period(folder.name), at, at, mail=False)
        except YuqingError:
            shutil.rmtree(folder)


def _period(key: str) -> Period:
    read = read_week if "W" in key else read_quarter if "Q" in key else read_month
    return read(key)


def clean_others(folder: str, paths: Sequence[Path], traces: Traces) -> None:
    """Logs lose lines; mails on their way, briefs and figures are deleted, and made anew without the person when needed.

    What was landed and the office's own tables are seen to row by row.
    """
    for path in paths:
        if path.suffix == ".log":
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
            write_whole(path, "".join(line for line in lines if not traces.in_text(line)).encode())
        elif folder == BRIEFS:
            shutil.rmtree(path.parent, ignore_errors=True)
        elif folder in GENERATED:
            path.unlink(missing_ok=True)
