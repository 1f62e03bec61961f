"""Elasticsearch is slow, loses answers, is too busy, takes a part of a bulk, runs out of disk, is killed: nothing is lost.

Every stage meets the fault. It comes to its end in spite of it, or says in plain words that it has to be run again; run
again once the fault is over, it leaves what an undisturbed one leaves.
"""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from itertools import cycle

import pytest
from elasticsearch import Elasticsearch

from core.errors import ExitCode
from pipeline.settings import PROJECT
from store.embedded import EmbeddedNode, NodeStatus
from tests.conftest import free_port
from tests.faults.conftest import NewPassage, NewTally, full_size, stages_at_hand
from tests.faults.office import Usual
from tests.faults.passage import Passage, Trouble
from tests.faults.spoiling import PARTIAL, SPOILT, Spoiler
from tests.faults.stages import Stage
from tests.faults.weeks import Week
from tests.pipeline.children import Child
from tests.pipeline.killing import Command

ENDED = {ExitCode.OK, ExitCode.PARTIAL}
HEAP = "400m"
FULL_DISK = {"low": "900pb", "high": "800pb", "flood_stage": "700pb"}
"""Watermarks of free space that no disk has: the node itself blocks every index, as it does when its disk is full."""
BLOCK_PATIENCE = 120
WRITERS = {"import", "correct", "alerts", "cluster", "warnings run", "followups run"}
"""One stage for each way in which something is written; posts are tried again for a minute before it is told."""


def ended_well(child: Child) -> bool:
    """Whether the command came to its end; if not, it must have said in plain words that it is to be run again."""
    code = child.wait()
    assert code in {*ENDED, ExitCode.UNAVAILABLE}, child.output()
    assert "Traceback" not in child.output()
    if code == ExitCode.UNAVAILABLE:
        assert "再运行一次" in child.output() or "下次运行会再发" in child.output(), child.output()
    return code in ENDED


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_answers_that_are_slow_lost_or_refuse_lose_and_double_nothing(
    passage: Passage, new_tally: NewTally, seed: int
) -> None:
    # given
    chance = random.Random(seed)
    tallies = {fault: new_tally(f"Elasticsearch: {fault}") for fault in SPOILT}
    turns = cycle(SPOILT)
    office = passage.disturbed

    def disturb(stage: Stage, command: Command, usual: Usual) -> Trouble:
        """Run it with the next fault in turn, which strikes more and more often until it strikes."""
        fault = next(turns)
        trouble = Trouble(tallies[fault], told=[fault])
        spoiler = Spoiler(chance, share=1 / 2, patience=1) if fault == PARTIAL else _some_of(chance, usual)
        office.gate.deal = SPOILT[fault](spoiler)
        ended_well(office.start(*command))
        trouble.in_doubt.update(office.mails_in_doubt())
        office.gate.deal = lambda call, body, pass_on: pass_on(body)
        trouble.tally.times += spoiler.count > 0
        return trouble

    # when
    for number in range(2 if full_size() else 1):
        passage.week(Week(number), disturb, stages_at_hand())
        next(turns)
    # then
    assert all(tally.is_clean for tally in tallies.values())


def _some_of(chance: random.Random, usual: Usual) -> Spoiler:
    """Spoils about four of the requests that a command usually makes."""
    return Spoiler(chance, share=min(1.0, 4 / max(usual.calls, 1)), patience=usual.calls // 2)


# ---------- a node of its own ----------


@pytest.fixture
def own_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNode]:
    """A node to be killed at will."""
    node = EmbeddedNode(tmp_path_factory.mktemp("faulty-node"), PROJECT / "var" / "cache")
    node.start(free_port(), HEAP)
    yield node
    node.stop()
    # For root it lies outside pytest's folder, which nobody would tidy up.
    shutil.rmtree(node.folder)


@pytest.fixture
def on_own_node(own_node: EmbeddedNode, new_passage: NewPassage) -> Iterator[Passage]:
    """Two installations, the disturbed one on a node of its own."""
    with new_passage(_status(own_node).url) as passage:
        yield passage


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_node_killed_in_the_middle_of_a_stage_has_all_once_it_is_back(
    on_own_node: Passage, own_node: EmbeddedNode, new_tally: NewTally, seed: int
) -> None:
    # given
    chance = random.Random(seed)
    tally = new_tally("Elasticsearch: SIGKILL of the node")
    office, port = on_own_node.disturbed, _status(own_node).port
    share, most = (0.5, 12) if full_size() else (0.5, 2)

    def disturb(stage: Stage, command: Command, usual: Usual) -> Trouble | None:
        if not usual.calls or tally.times >= most or chance.random() > share:
            return None
        trouble = Trouble(tally)
        office.gate.close_at(chance.randrange(usual.calls), chance.choice(("before", "after")))
        child = office.start(*command)
        while not office.gate.held.wait(0.05) and not child.has_ended():
            pass
        _kill(own_node)
        office.gate.let_go()
        trouble.told.append(f"ended well: {ended_well(child)}")
        trouble.in_doubt.update(office.mails_in_doubt())
        own_node.start(port, HEAP)
        tally.times += 1
        return trouble

    # when
    on_own_node.week(Week(0), disturb, stages_at_hand())
    # then
    assert tally.is_clean


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_full_disk_is_told_and_nothing_is_lost_once_there_is_room_again(
    on_own_node: Passage, own_node: EmbeddedNode, new_tally: NewTally
) -> None:
    # given
    tally = new_tally("Elasticsearch: disk full, indices read-only")
    office = on_own_node.disturbed
    prefix = office.environment["YUQING_INDEX_PREFIX"]

    def disturb(stage: Stage, command: Command, usual: Usual) -> Trouble | None:
        if stage.name not in (WRITERS if full_size() else {"alerts"}):
            return None
        with Elasticsearch(_status(own_node).url) as es:
            # when the node finds that its disk is full
            _set_watermarks(es, FULL_DISK)
            _until(lambda: all(_blocked(es, prefix)))
            trouble = Trouble(tally)
            child = office.start(*command)
            # then it is said, if the stage had anything to write
            if not ended_well(child):
                assert "磁盘" in child.output()
                tally.times += 1
            trouble.in_doubt.update(office.mails_in_doubt())
            # and when there is room again, the node takes the block away
            _set_watermarks(es, dict.fromkeys(FULL_DISK))
            _until(lambda: not any(_blocked(es, prefix)))
        return trouble

    on_own_node.week(Week(0), disturb, stages_at_hand())
    assert tally.is_clean


def _set_watermarks(es: Elasticsearch, free: dict[str, str] | dict[str, None]) -> None:
    named = {f"cluster.routing.allocation.disk.watermark.{name}": size for name, size in free.items()}
    # The shortest time there may be between two looks at the disk.
    es.cluster.put_settings(persistent={**named, "cluster.info.update.interval": "10s"})


def _blocked(es: Elasticsearch, prefix: str) -> list[bool]:
    """Of each index whether the node made it read-only."""
    answer = es.indices.get_settings(index=f"{prefix}*", flat_settings=True)
    return [one["settings"].get("index.blocks.read_only_allow_delete") == "true" for one in answer.values()]


def _until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + BLOCK_PATIENCE
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.3)


def _status(node: EmbeddedNode) -> NodeStatus:
    status = node.status()
    assert status
    return status


def _kill(node: EmbeddedNode) -> None:
    os.killpg(_status(node).pid, signal.SIGKILL)
    while node.status() is not None:
        time.sleep(0.05)
