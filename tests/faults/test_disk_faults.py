"""The disk is full at one write after the other; when there is room again, a run gives what an undisturbed one gives."""

import gzip
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from core.errors import Unavailable, YuqingError
from pipeline.alerting import send_alerts
from pipeline.backup_files import done_markers, pack, read_manifest, unpack
from pipeline.collect import collect
from pipeline.enrich import enrich_pending
from pipeline.matters import cluster
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from pipeline.weekly import weekly
from reports.period import read_week
from tests.core.wording import english_in
from tests.faults.conftest import NewTally
from tests.faults.full_disks import LimitedFiles, SmallDisk
from tests.faults.tally import Tally
from tests.matters_pipeline.content import labels
from tests.pipeline.conftest import SetSources
from tests.pipeline.content import alerts, files, lines, posts, rejected, remove_installation
from tests.pipeline.letters import november
from tests.pipeline.postoffice import PostOffice
from tests.pipeline.sources import sheet_source, write_table

ROUNDS = 2
TRIES = 3
"""Of each stage in each round, with more room each, after one with none."""
WEEK = read_week("2019-W47")
ROOM_IN_PAGES = (0, 0, 1, 2, 4, 8, 16, 32, 64)
Disk = SmallDisk | LimitedFiles
STAGES: dict[str, Callable[[Runtime, datetime], Any]] = {
    "landing": lambda runtime, at: collect(runtime, "export", at),
    "setting aside and marking done": enrich_pending,
    "the memory of matters": cluster,
    "the outbox": lambda runtime, at: send_alerts(runtime, at, at),
    "the report": lambda runtime, at: weekly(runtime, WEEK, at, at, mail=False),
}


@pytest.fixture(params=["tmpfs", "RLIMIT_FSIZE"])
def disk(request: pytest.FixtureRequest, environment: dict[str, str]) -> Iterator[Disk]:
    """The disk that the installation's data folder lies on."""
    if request.param == "RLIMIT_FSIZE":
        yield LimitedFiles()
        return
    try:
        small = SmallDisk(Path(environment["YUQING_DATA"]))
    except (PermissionError, FileNotFoundError) as error:
        pytest.skip(f"may not mount a file system: {error}")
    yield small
    small.let_go()


@pytest.fixture
def offices() -> Iterator[tuple[PostOffice, PostOffice]]:
    """A mail server for the installation, and one for its undisturbed twin."""
    with PostOffice() as one, PostOffice() as other:
        yield one, other


def write_export(runtime: Runtime, number: int) -> None:
    """What the office exports in a round: forty messages, every tenth of which cannot be read."""
    rows = [
        [
            f"{100 * number + place}",
            f"网友{place}",
            f"{'翠园小区' if place % 2 else '桃源里小区'}的路灯坏了（{place}）",
            f"{'翠园小区' if place % 2 else '桃源里小区'}门口的路灯坏了 {place} 天，晚上出行不便，请尽快修理。",
            "某天" if place % 10 == 0 else f"2019-11-{4 + place % 3:02} 09:{place:02}:00",
            "",
            "",
        ]
        for place in range(40)
    ]
    path = write_table(runtime.settings.data / "inbox" / "export" / f"{number}.csv", rows)
    # The time of a table is part of what is landed of it.
    exported_at = november(25).timestamp()
    os.utime(path, (exported_at, exported_at))


@dataclass
class Installation:
    """One installation and the mail server it has."""

    runtime: Runtime
    office: PostOffice

    def content(self) -> dict[str, Counter[Any]]:
        """Everything that can be lost or doubled, by what it is."""
        data = self.runtime.settings.data
        segments = [segment.path for segment in self.runtime.landing.segments()]
        return {
            "posts": Counter(map(str, posts(self.runtime).items())),
            "landed": Counter(str(line) for path in segments for line in lines(path)),
            "rejected": Counter(map(str, rejected(self.runtime).elements())),
            "matters": Counter(labels(self.runtime).items()),
            "alerts": Counter((id_, record["state"]) for id_, record in alerts(self.runtime).items()),
            "reports": Counter(
                (path.name, path.suffix == ".json" and path.read_bytes()) for path in files(data / "reports")
            ),
        }


def room(disk: Disk, chance: random.Random) -> int:
    """How many bytes are left: none to 256 KiB, small amounts as often as large ones."""
    return int(2 ** chance.uniform(0, 18)) if isinstance(disk, LimitedFiles) else 4096 * chance.choice(ROOM_IN_PAGES)


def test_what_a_full_disk_broke_off_is_done_when_there_is_room(
    disk: Disk,
    set_sources: SetSources,
    offices: tuple[PostOffice, PostOffice],
    environment: dict[str, str],
    new_tally: NewTally,
    seed: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # given two installations of the same configuration, without LibreOffice, which takes its time
    monkeypatch.setenv("PATH", str(tmp_path))
    set_sources(sheet_source(assertions={"max_bad_share": 0.9}))
    twin_prefix = environment["YUQING_INDEX_PREFIX"] + "twin-"
    twins = {"YUQING_INDEX_PREFIX": twin_prefix, "YUQING_DATA": str(tmp_path / "twin")}
    one = Installation(Runtime(Settings({**environment, **offices[0].settings})), offices[0])
    undisturbed = Installation(Runtime(Settings({**environment, **twins, **offices[1].settings})), offices[1])
    chance = random.Random(f"{seed} {disk.name}")
    tallies = {stage: new_tally(f"{disk.name} while writing {stage}") for stage in STAGES}
    for number in range(ROUNDS):
        at = november(25) + timedelta(days=number)
        for installation in (one, undisturbed):
            write_export(installation.runtime, number + 1)
        # when every stage meets a disk with too little room some times, and then one with enough
        for stage, run in STAGES.items():
            for size in sorted([0, *(room(disk, chance) for _ in range(TRIES))]):
                tallies[stage].times += _fails(disk, size, partial(run, one.runtime, at))
            run(one.runtime, at)
            run(undisturbed.runtime, at)
        # then nothing tells the two apart, and nothing is left of what was begun
        _compare(one, undisturbed, tallies)
        assert one.runtime.landing.pending() == []
        assert [path for path in one.runtime.settings.data.rglob(".*") if path.name != ".ballast"] == []
    assert [tally for tally in tallies.values() if not tally.is_clean] == []
    remove_installation(environment["ELASTICSEARCH_URL"], twin_prefix)


def _fails(disk: Disk, size: int, run: Callable[[], Any]) -> bool:
    """Whether the run fails for want of room; it must say so in Chinese."""
    failure = None
    try:
        with disk.full_but_for(size):
            run()
    except YuqingError as error:
        failure = error
    if failure is None:
        return False
    assert isinstance(failure, Unavailable)
    assert not english_in(re.sub(r"/\S+", "", failure.message)), failure.message
    assert "磁盘" in failure.message + failure.advice
    return True


def _compare(one: Installation, undisturbed: Installation, tallies: dict[str, Tally]) -> None:
    belongs = {
        "posts": "setting aside and marking done",
        "landed": "landing",
        "rejected": "setting aside and marking done",
        "matters": "the memory of matters",
        "alerts": "the outbox",
        "reports": "the report",
    }
    have, want = one.content(), undisturbed.content()
    for what, stage in belongs.items():
        tallies[stage].compare(have[what].elements(), want[what].elements())
    mails, expected = (installation.office.take() for installation in (one, undisturbed))
    tallies["the outbox"].compare_mails([mail.id for mail in mails], [mail.id for mail in expected])


def test_half_a_backup_is_never_taken_for_one(
    disk: Disk, environment: dict[str, str], new_tally: NewTally, seed: int, tmp_path: Path
) -> None:
    # given a data folder with landed items
    data = Path(environment["YUQING_DATA"])
    chance = random.Random(f"{seed} backup {disk.name}")
    for number in range(40):
        folder = data / "landing" / "export" / f"2019-11-{number % 28 + 1:02}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.jsonl.gz").write_bytes(gzip.compress(chance.randbytes(3000)))
    archive, aside = data / "backups" / "one.tar.gz", data / "backups" / ".restoring"
    told: dict[str, Any] = {"name": "one", "before": {}, "after": {}, "templates": 1}
    kept = {path.relative_to(data): path.read_bytes() for path in files(data / "landing")}
    tally = new_tally(f"{disk.name} while making a backup and unpacking one")
    for _ in range(10):
        # when there is no room for it
        size = chance.randrange(110_000) if isinstance(disk, SmallDisk) else chance.randrange(100_000)
        failed = _fails(disk, size, lambda: pack(data, archive, done_markers(data), told))
        # then there is a whole archive or none
        assert archive.exists() != failed
        archive.unlink(missing_ok=True)
        # and when there is room for it and none to unpack it
        pack(data, archive, done_markers(data), told)
        size = chance.randrange(110_000) if isinstance(disk, SmallDisk) else chance.randrange(3000)
        unpacked = _fails(disk, size, lambda: unpack(archive, aside))
        assert aside.exists() != unpacked
        assert read_manifest(archive)
        # then with room the content comes back
        unpack(archive, aside)
        tally.times += failed + unpacked
        found = {path.relative_to(aside): path.read_bytes() for path in files(aside / "landing")}
        tally.compare(found.items(), kept.items())
        archive.unlink()
    assert tally.is_clean
