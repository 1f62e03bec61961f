"""Housekeeping: raw items, which hold personal data, go when their time is up; what is still needed stays."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from collectors.landing import Segment
from pipeline.collect import collect, import_file
from pipeline.enrich import enrich_pending, replay
from pipeline.housekeeping import delete_old_exports, forget_old_landings
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT, Settings
from tests.pipeline.conftest import SetSources
from tests.pipeline.content import files, posts, rejected
from tests.pipeline.sources import sheet_source, write_table

NOW = datetime(2026, 1, 5, 19, 30, tzinfo=UTC)
"""03:30 of 6 January in Beijing."""
KEPT = timedelta(days=180)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    """An installation that needs no Elasticsearch."""
    return Runtime(Settings({"YUQING_DATA": str(tmp_path / "data")}))


@pytest.fixture
def land(runtime: Runtime) -> Callable[..., Segment]:
    """Lands an item so long ago, another one each time, done unless told otherwise."""
    numbers = count(1)

    def make(age: timedelta, source: str = "board", *, done: bool = True) -> Segment:
        segment = runtime.landing.write(source, NOW - age, [{"tid": next(numbers)}])
        assert segment is not None
        if done:
            runtime.landing.mark_done(segment, {})
        return segment

    return make


def test_items_are_kept_for_180_days_and_not_a_day_longer(runtime: Runtime, land: Callable[..., Segment]) -> None:
    # given
    last, gone, other = land(KEPT), land(KEPT + timedelta(days=1)), land(KEPT * 2, "hotline")
    # when
    deleted = forget_old_landings(runtime, NOW)
    # then
    assert deleted == 2
    assert runtime.landing.segments() == [last]
    assert not gone.path.parent.exists()
    assert not other.path.parent.exists()
    # and there is nothing to do again
    assert forget_old_landings(runtime, NOW) == 0
    # and days are Beijing's: half an hour before midnight there, it is still the day before
    assert forget_old_landings(runtime, NOW + timedelta(hours=20)) == 0
    assert forget_old_landings(runtime, NOW + timedelta(hours=20, minutes=30)) == 1


def test_a_day_with_something_pending_stays_whole(runtime: Runtime, land: Callable[..., Segment]) -> None:
    # given two segments of one day, one of them not in the index
    done, pending = land(KEPT * 2), land(KEPT * 2, done=False)
    # when
    assert forget_old_landings(runtime, NOW) == 0
    # then
    assert sorted(runtime.landing.segments()) == sorted([done, pending])
    assert runtime.landing.pending() == [pending]
    # and once it is
    runtime.landing.mark_done(pending, {})
    assert forget_old_landings(runtime, NOW) == 1


def test_what_was_set_aside_goes_with_its_day(runtime: Runtime, land: Callable[..., Segment]) -> None:
    # given
    for age in (KEPT, KEPT * 2):
        runtime.landing.set_aside(land(age), [{"where": "1", "reason": "空", "item": {"phone": "13812345678"}}])
    # when
    assert forget_old_landings(runtime, NOW) == 2
    # then
    assert len(files(runtime.landing.rejected)) == 1


def test_what_was_set_aside_on_a_day_with_something_pending_stays(
    runtime: Runtime, land: Callable[..., Segment]
) -> None:
    # given
    runtime.landing.set_aside(land(KEPT * 2), [{"where": "1", "reason": "空"}])
    land(KEPT * 2, done=False)
    # when
    deleted = forget_old_landings(runtime, NOW)
    # then
    assert deleted == 0
    assert len(files(runtime.landing.rejected)) == 1


def test_what_is_no_day_is_let_alone(runtime: Runtime, land: Callable[..., Segment]) -> None:
    # given what a file manager leaves behind
    gone = land(KEPT * 2)
    stray = gone.path.parent.parent / ".DS_Store"
    stray.touch()
    # when
    assert forget_old_landings(runtime, NOW) == 1
    # then
    assert stray.exists()


def test_the_office_says_how_long(tmp_path: Path) -> None:
    # given
    config = shutil.copytree(PROJECT / "config", tmp_path / "config")
    (config / "pipeline.yml").write_text("keep_landed_days: 7\n")
    runtime = Runtime(Settings({"YUQING_DATA": str(tmp_path / "data"), "YUQING_CONFIG": str(config)}))
    for days in (7, 8):
        segment = runtime.landing.write("export", NOW - timedelta(days=days), [{"row": 1}])
        assert segment is not None
        runtime.landing.mark_done(segment, {})
    # then
    assert forget_old_landings(runtime, NOW) == 1
    assert len(runtime.landing.segments()) == 1


def test_posts_outlive_their_raw_items(set_sources: SetSources, tmp_path: Path) -> None:
    # given
    runtime = set_sources(sheet_source())
    rows = [["1", "", "路灯", "不亮", "2025/6/1 9:30", "", ""], ["2", "", "路灯", "不亮", "昨天", "", ""]]
    import_file(runtime, write_table(tmp_path / "a.csv", rows), NOW - KEPT * 2)
    enrich_pending(runtime, NOW - KEPT * 2)
    # when
    assert forget_old_landings(runtime, NOW) == 2
    # then
    assert posts(runtime).keys() == {"export:1"}
    assert not rejected(runtime)
    assert replay(runtime, NOW).items == 0


ROWS = [["1", "", "路灯", "不亮", "2025/6/1 9:30", "", ""]]
PAST = datetime.now(UTC) + timedelta(hours=1)
"""When the files of the tests below were imported: files cannot be made older than they are."""


def import_inbox(runtime: Runtime, at: datetime = PAST) -> None:
    """What the DAGs do with the watched folder."""
    collect(runtime, "export", at)
    enrich_pending(runtime, at)


def test_an_imported_file_is_kept_for_180_days_and_not_a_day_longer(set_sources: SetSources) -> None:
    # given
    runtime = set_sources(sheet_source())
    path = write_table(runtime.settings.data / "inbox" / "export" / "a.csv", ROWS)
    import_inbox(runtime)
    # then
    assert delete_old_exports(runtime, PAST + KEPT) == 0
    assert path.exists()
    assert delete_old_exports(runtime, PAST + KEPT + timedelta(days=1)) == 1
    assert not path.exists()
    # and its posts stay
    assert posts(runtime).keys() == {"export:1"}
    assert delete_old_exports(runtime, PAST + KEPT * 2) == 0


def test_what_was_never_imported_as_it_is_now_stays(set_sources: SetSources) -> None:
    # given a file that was imported and then changed, one that no source can read, and one nobody looked at yet
    runtime = set_sources(sheet_source())
    inbox = runtime.settings.data / "inbox" / "export"
    write_table(inbox / "changed.csv", ROWS)
    import_inbox(runtime)
    write_table(inbox / "changed.csv", [*ROWS, ["2", "", "井盖", "松动", "2025/6/2 9:30", "", ""]])
    write_table(inbox / "unreadable.csv", [["1"]], header=["别的"])
    write_table(inbox / "new.csv", [["3", "", "公交", "太少", "2025/6/3 9:30", "", ""]])
    (inbox / "说明.docx").write_bytes(b"no table")
    before = files(inbox)
    # then
    assert delete_old_exports(runtime, PAST + KEPT * 2) == 0
    assert files(inbox) == before


def test_while_something_of_its_source_waits_for_the_index_a_file_stays(set_sources: SetSources) -> None:
    # given
    runtime = set_sources(sheet_source())
    write_table(runtime.settings.data / "inbox" / "export" / "a.csv", ROWS)
    collect(runtime, "export", PAST)
    # then
    assert delete_old_exports(runtime, PAST + KEPT * 2) == 0
    # and once it is there
    enrich_pending(runtime, PAST)
    assert delete_old_exports(runtime, PAST + KEPT * 2) == 1


def test_a_file_put_there_again_is_kept_anew(set_sources: SetSources) -> None:
    # given a file whose content was imported long ago, put there today
    runtime = set_sources(sheet_source())
    write_table(runtime.settings.data / "inbox" / "export" / "a.csv", ROWS)
    import_inbox(runtime, PAST - KEPT * 2)
    # then
    assert delete_old_exports(runtime, PAST) == 0
    assert delete_old_exports(runtime, PAST + KEPT * 2) == 1


def test_a_folder_elsewhere_is_not_ours_to_tidy(set_sources: SetSources, tmp_path: Path) -> None:
    # given a shared folder, once named as it is and once by a link
    shared = write_table(tmp_path / "shared" / "a.csv", ROWS)
    linked = sheet_source("linked", title="链接")
    runtime = set_sources(sheet_source(folder=str(shared.parent)), linked)
    (runtime.settings.data / "inbox").mkdir(parents=True)
    (runtime.settings.data / "inbox" / "linked").symlink_to(shared.parent)
    for name in ("export", "linked"):
        collect(runtime, name, PAST)
    enrich_pending(runtime, PAST)
    # then
    assert delete_old_exports(runtime, PAST + KEPT * 2) == 0
    assert shared.exists()


def test_an_office_may_keep_the_originals(set_sources: SetSources) -> None:
    # given
    runtime = set_sources(sheet_source())
    (runtime.settings.config / "pipeline.yml").write_text("delete_imported_files: false\n")
    runtime = Runtime(Settings(runtime.settings.environment))
    path = write_table(runtime.settings.data / "inbox" / "export" / "a.csv", ROWS)
    import_inbox(runtime)
    # then
    assert delete_old_exports(runtime, PAST + KEPT * 2) == 0
    assert path.exists()
