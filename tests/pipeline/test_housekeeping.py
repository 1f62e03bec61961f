"""Housekeeping: raw items, which hold personal data, go when their time is up; what is still needed stays."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from collectors.landing import Segment
from pipeline.collect import import_file
from pipeline.enrich import enrich_pending, replay
from pipeline.housekeeping import forget_old_landings
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
