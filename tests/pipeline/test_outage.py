"""Elasticsearch goes away in mid-run: a clear word, nothing lost, and the next run catches up."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import ExitCode, Unavailable
from pipeline.collect import collect, import_file
from pipeline.enrich import enrich_pending
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT, Settings
from store.embedded import EmbeddedNode
from tests.collectors.servers import Board
from tests.conftest import free_port
from tests.pipeline.conftest import SetSources, StartCommand
from tests.pipeline.content import alerts, posts, rejected
from tests.pipeline.gate import Call, Gate, Side
from tests.pipeline.killing import Command, writes_in_bulk, writes_state
from tests.pipeline.letters import letter, put
from tests.pipeline.postoffice import PostOffice
from tests.pipeline.sources import MAYOR, board_source, sheet_source, write_table

AT = "2020-01-10T08:30"
NOW = datetime(2020, 1, 10, 0, 30, tzinfo=UTC)
SIDES: list[Side] = ["before", "after"]


@dataclass
class Interrupted:
    """Runs a command during which Elasticsearch goes away at a chosen request."""

    start: StartCommand
    gate: Gate

    def __call__(self, command: Command, wanted: Callable[[Call], bool], number: int, side: Side) -> None:
        """The command ends with a clear word; afterwards Elasticsearch is there again."""
        self.gate.close_at(number, side, wanted)
        child = self.start(*command, ELASTICSEARCH_URL=self.gate.url)
        assert self.gate.held.wait(60), child.output()
        self.gate.cut()
        code = child.wait()
        self.gate.open()
        assert code == ExitCode.UNAVAILABLE, child.output()
        assert "连不上 Elasticsearch" in child.output()
        assert "数据没有丢失" in child.output()
        assert "Traceback" not in child.output()


@pytest.fixture
def interrupted(yuqing: StartCommand, gate: Gate) -> Interrupted:
    return Interrupted(yuqing, gate)


def test_a_crawl_goes_on_where_it_was(
    interrupted: Interrupted, yuqing: StartCommand, set_sources: SetSources, board: Board, twin: Callable[[], Runtime]
) -> None:
    # given
    runtime = set_sources(board_source(board))
    _ = runtime.es
    for tid in range(1, 14):
        board.add(MAYOR, tid)
    command: Command = ["collect", "board", "--at", AT]
    # when
    for side in SIDES:
        interrupted(command, writes_state, 1, side)
    assert yuqing(*command).wait() == ExitCode.OK
    enrich_pending(runtime, NOW)
    # then
    undisturbed = twin()
    collect(undisturbed, "board", NOW)
    enrich_pending(undisturbed, NOW)
    assert posts(runtime) == posts(undisturbed)
    assert len(posts(runtime)) == 13


def test_an_enrichment_takes_up_what_is_pending(
    interrupted: Interrupted, yuqing: StartCommand, set_sources: SetSources, tmp_path: Path, twin: Callable[[], Runtime]
) -> None:
    # given three files, each a segment, each with a row that is none
    runtime, undisturbed = set_sources(sheet_source()), twin()
    for number in (1, 2, 3):
        rows = [[f"{number}-{row}", "", f"第{row}件事", "", "2020/1/8 9:30", "", ""] for row in range(3)]
        path = write_table(tmp_path / f"{number}.csv", [*rows, ["坏", "", "", "", "", "", ""]])
        for installation in (runtime, undisturbed):
            import_file(installation, path, NOW)
    command: Command = ["enrich", "--at", AT]
    # when
    for side in SIDES:
        interrupted(command, writes_in_bulk, 1 if side == "before" else 0, side)
        # then one segment is done at the first time, and none at the second
        assert len(runtime.landing.pending()) == 2
    assert yuqing(*command).wait() == ExitCode.PARTIAL
    # then
    enrich_pending(undisturbed, NOW)
    assert not runtime.landing.pending()
    assert posts(runtime) == posts(undisturbed)
    assert len(posts(runtime)) == 9
    assert rejected(runtime) == rejected(undisturbed)
    assert sum(rejected(runtime).values()) == 3


@pytest.mark.parametrize(
    ("number", "side", "mails"), [(0, "before", 0), (0, "after", 0), (1, "before", 1), (1, "after", 1)]
)
def test_a_reminder_is_mailed_once_and_twice_only_as_the_same_mail(
    interrupted: Interrupted,
    yuqing: StartCommand,
    runtime: Runtime,
    environment: dict[str, str],
    post_office: PostOffice,
    number: int,
    side: Side,
    mails: int,
) -> None:
    # given
    environment |= post_office.settings
    put(runtime, [letter(1), letter(2)])
    command: Command = ["alerts", "--at", "2019-11-18T08:30"]
    # when Elasticsearch goes away while the alerts are recorded, before the mail or after it
    interrupted(command, writes_in_bulk, number, side)
    # then
    first = post_office.take()
    assert len(first) == mails
    # and
    assert yuqing(*command).wait() == ExitCode.OK
    assert yuqing(*command).wait() == ExitCode.OK
    assert len({mail.content() for mail in (*first, *post_office.take())}) == 1
    assert {record["state"] for record in alerts(runtime).values()} == {"sent"}


# ---------- a real node that is killed ----------


@pytest.fixture(scope="module")
def own_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNode]:
    """A node of this module's own, to be killed at will."""
    node = EmbeddedNode(tmp_path_factory.mktemp("own-node"), PROJECT / "var" / "cache")
    yield node
    node.stop()
    # For root it lies outside pytest's folder, which nobody would tidy up.
    shutil.rmtree(node.folder)


@pytest.mark.slow
def test_a_node_killed_in_mid_enrichment_has_all_once_it_is_back(
    own_node: EmbeddedNode, set_sources: SetSources, environment: dict[str, str], tmp_path: Path
) -> None:
    # given an installation with a node of its own, and one whose node stays
    undisturbed = set_sources(sheet_source())
    port = free_port()
    own = {"ELASTICSEARCH_URL": own_node.start(port, "512m").url, "YUQING_DATA": str(tmp_path / "own")}
    runtime = Runtime(Settings({**environment, **own}))
    for number in range(4):
        rows = [[f"{number}-{row}", "", f"第{row}件事", "医院", "2020/1/8 9:30", "", ""] for row in range(60)]
        path = write_table(tmp_path / f"{number}.csv", rows)
        for installation in (runtime, undisturbed):
            import_file(installation, path, NOW)
    told: list[int] = []

    def kill_after_two(items: int) -> None:
        told.append(items)
        if len(told) == 2:
            _kill(own_node)

    # when
    for _ in range(2):
        with pytest.raises(Unavailable, match="连不上 Elasticsearch") as raised:
            enrich_pending(runtime, NOW, tick=kill_after_two)
        # then the word is clear and the rest is pending, however often it is tried
        assert "再运行一次" in raised.value.advice
        assert told == [60, 60]
        assert len(runtime.landing.pending()) == 2
    # and when the node is back, the next run catches up
    assert own_node.start(port, "512m").port == port
    run = enrich_pending(runtime, NOW)
    assert (run.segments, run.indexed) == (2, 120)
    enrich_pending(undisturbed, NOW)
    assert posts(runtime) == posts(undisturbed)
    assert len(posts(runtime)) == 240


def _kill(node: EmbeddedNode) -> None:
    status = node.status()
    assert status is not None
    os.killpg(status.pid, signal.SIGKILL)
    while node.status() is not None:
        time.sleep(0.05)
