"""The landing zone: what is there is whole, in order, and for its owner's eyes only."""

import ctypes
import gzip
import multiprocessing
import os
import resource
import signal
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from collectors.landing import Landing, Segment
from core.errors import Unavailable

NOW = datetime(2026, 1, 5, 2, 30, tzinfo=UTC)
"""10:30 in Beijing."""


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "data")


def landed(landing: Landing, at: datetime = NOW, source: str = "board", tid: int = 1) -> Segment:
    segment = landing.write(source, at, [{"tid": tid}])
    assert segment is not None
    return segment


def items_of(segment: Segment) -> list[dict[str, Any]]:
    return list(segment.read()[1])


def below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


# ---------- segments ----------


def test_a_batch_comes_back_as_it_was_landed(landing: Landing) -> None:
    # given
    items = [
        {
            "tid": 1,
            "subject": "路灯“不亮”\n第二行\u2028第三行",
            "votes": None,
            "grade": 4.5,
            "nested": {"a": [1, True]},
        },
        {"tid": 2, "subject": ""},
    ]
    # when
    segment = landing.write("board", NOW, items)
    # then
    assert segment is not None
    seen_at, read = segment.read()
    assert seen_at == NOW
    assert list(read) == items
    assert items_of(segment) == items
    assert (segment.source, segment.day) == ("board", date(2026, 1, 5))
    assert segment.path.is_relative_to(landing.root / "board" / "2026-01-05")


def test_an_empty_batch_leaves_nothing_behind(landing: Landing) -> None:
    assert landing.write("board", NOW, []) is None
    assert landing.segments() == []
    assert not landing.root.exists()


def test_days_are_of_beijing(landing: Landing) -> None:
    # given the last minute of a day there and the first of the next
    before, after = datetime(2026, 1, 5, 15, 59, tzinfo=UTC), datetime(2026, 1, 5, 16, 0, tzinfo=UTC)
    # then
    assert landed(landing, before).day == date(2026, 1, 5)
    assert landed(landing, after).day == date(2026, 1, 6)


def test_batches_of_one_second_do_not_overwrite_each_other(landing: Landing) -> None:
    segments = {landed(landing, tid=tid).path for tid in range(50)}
    assert len(segments) == 50
    assert sorted(items_of(segment)[0]["tid"] for segment in landing.segments()) == list(range(50))


def test_segments_come_oldest_first_whatever_their_source(landing: Landing) -> None:
    # given
    times = [NOW + timedelta(minutes=minutes) for minutes in (1440, 0, 5, 700, 1445)]
    for number, at in enumerate(times):
        landed(landing, at, source="abcde"[number])
    # then
    assert [segment.source for segment in landing.segments()] == ["b", "c", "d", "a", "e"]
    assert [segment.source for segment in landing.pending()] == ["b", "c", "d", "a", "e"]
    # and as asked for
    assert [segment.source for segment in landing.segments("c")] == ["c"]
    assert [segment.source for segment in landing.segments(first_day=date(2026, 1, 6))] == ["a", "e"]
    assert [segment.source for segment in landing.segments(last_day=date(2026, 1, 5))] == ["b", "c", "d"]
    assert landing.segments("nobody") == []


def test_a_segment_marked_done_is_pending_no_more_and_can_still_be_read(landing: Landing) -> None:
    # given
    first, second = landed(landing, tid=1), landed(landing, NOW + timedelta(hours=1), tid=2)
    # when
    landing.mark_done(first, {"indexed": 1})
    # then
    assert landing.pending() == [second]
    assert landing.segments() == [first, second]
    assert items_of(first) == [{"tid": 1}]
    assert orjson.loads(first.marker.read_bytes()) == {"indexed": 1}
    # and it may be marked again, after a replay
    landing.mark_done(first, {"indexed": 0})
    assert orjson.loads(first.marker.read_bytes()) == {"indexed": 0}


# ---------- rejected items ----------


def test_what_is_set_aside_again_replaces_what_was_set_aside_before(landing: Landing) -> None:
    # given
    first, second = landed(landing), landed(landing, NOW + timedelta(hours=1), tid=2)
    landing.set_aside(first, [{"where": "1", "reason": "空"}, {"where": "2", "reason": "空"}])
    landing.set_aside(second, [{"where": "3", "reason": "空"}])
    # when the segment is run again and one of the two is good now
    landing.set_aside(first, [{"where": "2", "reason": "空"}])
    # then
    kept = [
        orjson.loads(line)
        for path in below(landing.rejected)
        for line in gzip.decompress(path.read_bytes()).splitlines()
    ]
    assert [item["where"] for item in kept] == ["2", "3"]
    # and when both are
    landing.set_aside(first, [])
    landing.set_aside(first, [])
    assert [path.name for path in below(landing.rejected)] == [second.content_name]


# ---------- crashes ----------


def die_after(limit: int, data: Path) -> None:
    """Land a batch in a process that the system kills when a file of it grows beyond the limit."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    Landing(data).write("board", NOW, [{"tid": 2, "body": os.urandom(100_000).hex()}])


@pytest.mark.parametrize("limit", [0, 1, 10_000, 90_000])
def test_a_writer_that_dies_in_mid_file_leaves_no_segment(landing: Landing, limit: int) -> None:
    # given
    first = landed(landing)
    writer = multiprocessing.get_context("fork").Process(target=die_after, args=(limit, landing.root.parent))
    # when
    writer.start()
    writer.join()
    # then it died with the file begun, and nothing shows of it
    assert writer.exitcode == -signal.SIGXFSZ
    assert len(below(landing.root)) == 2
    assert landing.segments() == [first]
    # and the next one is not disturbed
    second = landed(landing, NOW + timedelta(hours=1), tid=2)
    assert [items_of(segment) for segment in landing.segments()] == [[{"tid": 1}], [{"tid": 2}]]
    assert landing.pending() == [first, second]


def test_what_a_dead_writer_left_half_written_is_neither_read_nor_in_the_way(landing: Landing) -> None:
    # given
    segment = landed(landing)
    folder = segment.path.parent
    (folder / f".{segment.path.name}.4711").write_bytes(b"\x1f\x8b half")
    (folder / f".{segment.marker.name}.4711").write_bytes(b"")
    # then
    assert landing.segments() == landing.pending() == [segment]
    landing.mark_done(segment, {})
    assert landing.forget_before(date(2026, 1, 6)) == 1
    assert not folder.exists()


# ---------- forgetting ----------


def test_old_days_go_and_days_with_something_pending_stay(landing: Landing) -> None:
    # given three days: one done, one half done, one young
    old, half, pending = (
        landed(landing),
        landed(landing, NOW + timedelta(days=1)),
        landed(landing, NOW + timedelta(days=1), tid=2),
    )
    young = landed(landing, NOW + timedelta(days=2))
    for segment in (old, half, young):
        landing.mark_done(segment, {})
    # when
    deleted = landing.forget_before(date(2026, 1, 7))
    # then
    assert deleted == 1
    assert sorted(landing.segments()) == sorted([half, pending, young])
    # and a day is kept from its own date on
    landing.mark_done(pending, {})
    assert landing.forget_before(date(2026, 1, 7)) == 1
    assert landing.segments() == [young]


# ---------- other people, and a full disk ----------


def test_nobody_else_can_read_what_is_landed(landing: Landing) -> None:
    # given a careless umask
    before = os.umask(0o000)
    try:
        segment = landed(landing)
        landing.mark_done(segment, {})
        landing.set_aside(segment, [{"where": "1", "reason": "空", "item": {"nickName": "王某"}}])
    finally:
        os.umask(before)
    # then
    paths = [*below(landing.root), *below(landing.rejected)]
    assert len(paths) == 3
    for path in paths:
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700


def test_nobody_else_can_look_into_any_folder_of_it(landing: Landing) -> None:
    # given
    landing.set_aside(landed(landing), [{"where": "1", "reason": "空"}])
    # then
    folders = [landing.root, landing.rejected, *(path for path in landing.root.parent.rglob("*") if path.is_dir())]
    assert {oct(folder.stat().st_mode & 0o777) for folder in folders} == {"0o700"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB and 16 files and folders."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a file system to fill")
    folder = tmp_path / "small"
    folder.mkdir()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(b"tmpfs", bytes(folder), b"tmpfs", 0, b"size=64k,nr_inodes=16,mode=0755"):
        pytest.skip(f"no file system can be mounted here: {os.strerror(ctypes.get_errno())}")
    yield folder
    libc.umount2(bytes(folder), 2)


def test_a_full_disk_is_told_plainly_and_leaves_nothing_half_written(small_disk: Path) -> None:
    # given
    landing = Landing(small_disk)
    first = landed(landing)
    big = [{"tid": 1, "body": os.urandom(100_000).hex()}]
    # when
    with pytest.raises(Unavailable, match="写不了数据文件") as raised:
        landing.write("board", NOW, big)
    # then
    assert "磁盘已满" in raised.value.message
    assert "磁盘空间" in raised.value.advice
    assert below(small_disk) == [first.path]
    # and the same for what is set aside
    with pytest.raises(Unavailable):
        landing.set_aside(first, [{"where": "1", "reason": "空", "item": big[0]}])
    assert below(small_disk) == [first.path]
    # and once there is room, all is as before
    assert landing.write("board", NOW, [{"tid": 2}]) is not None
    assert len(landing.pending()) == 2


def test_a_disk_so_full_that_no_folder_can_be_made_is_told_plainly_as_well(small_disk: Path) -> None:
    # given
    landing = Landing(small_disk)
    with suppress(OSError):
        for number in range(20):
            (small_disk / str(number)).touch()
    assert os.statvfs(small_disk).f_ffree == 0
    # when
    with pytest.raises(Unavailable, match="写不了数据文件"):
        landed(landing)


def test_a_data_folder_that_is_a_file_is_told_plainly(tmp_path: Path) -> None:
    (tmp_path / "landing").write_text("not a folder")
    with pytest.raises(Unavailable, match="写不了数据文件"):
        landed(Landing(tmp_path))
