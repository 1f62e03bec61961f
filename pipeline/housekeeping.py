"""Housekeeping: what is kept only for a while is deleted when its time is up."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from collectors.spreadsheet import Spreadsheet, content_hash
from core.clock import to_beijing
from core.logs import logged
from pipeline.collect import spreadsheets
from pipeline.runtime import Runtime


@logged("housekeeping")
def forget_old_landings(runtime: Runtime, at: datetime) -> int:
    """Delete raw items landed longer ago than `keep_landed_days`; the number of days' folders deleted."""
    return runtime.landing.forget_before(_first_kept(runtime, at))


@logged("housekeeping")
def delete_old_exports(runtime: Runtime, at: datetime) -> int:
    """Delete the imported files of the watched folders, as long after they came in as raw items are kept; how many.

    What was never imported as it is now stays, and so does everything of a source that has something waiting for the
    index, or whose folder lies outside the data folder: that one is not ours to tidy.
    """
    if not runtime.settings.pipeline.delete_imported_files:
        return 0
    data, first_kept = runtime.settings.data.resolve(), _first_kept(runtime, at)
    deleted = 0
    for source in spreadsheets(runtime):
        old = [path for path in source.files(data) if path.resolve().is_relative_to(data) and _day(path) < first_kept]
        if not old or runtime.landing.pending(source.name):
            continue
        for path in old:
            if _is_imported(runtime, source, path, first_kept):
                path.unlink()
                deleted += 1
    return deleted


def forget_old_runs(runtime: Runtime, at: datetime) -> int:
    """Delete the notes on runs that started longer ago than `keep_metrics_days`; how many."""
    # The indices are there after this, in a new installation too.
    _ = runtime.es
    return runtime.metrics.forget_before(at - timedelta(days=runtime.settings.pipeline.keep_metrics_days))


def _first_kept(runtime: Runtime, at: datetime) -> date:
    """The first Beijing day of which everything is kept."""
    return to_beijing(at).date() - timedelta(days=runtime.settings.pipeline.keep_landed_days)


def _day(path: Path) -> date:
    """The day it was last written, renamed or put here: a copy may bring an old date of writing along."""
    known = path.stat()
    return to_beijing(datetime.fromtimestamp(max(known.st_mtime, known.st_ctime), UTC)).date()


def _is_imported(runtime: Runtime, source: Spreadsheet, path: Path, first_kept: date) -> bool:
    """Whether the file as it is now was imported before that day."""
    finished_at = runtime.state.finished_at(source.name, content_hash(path))
    return finished_at is not None and to_beijing(finished_at).date() < first_kept
