"""Import, collect and enrich are killed wherever they may be; run again, they leave what an undisturbed run leaves."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from collectors.landing import SUFFIX
from core.errors import ExitCode
from pipeline.collect import collect, import_file
from pipeline.enrich import enrich_pending
from pipeline.runtime import Runtime
from tests.collectors.servers import Board, silent
from tests.pipeline.conftest import SetSources, StartCommand
from tests.pipeline.content import posts, rejected
from tests.pipeline.gate import Gate
from tests.pipeline.killing import Command, Killer, delays, writes_in_bulk, writes_state
from tests.pipeline.sources import GOVERNOR, MAYOR, board_source, sheet_source, write_table

AT = "2020-01-10T08:30"
NOW = datetime(2020, 1, 10, 0, 30, tzinfo=UTC)
LATER, LATER_AT = datetime(2020, 1, 10, 2, 30, tzinfo=UTC), "2020-01-10T10:30"
ROWS = 1030
"""More than one batch of a file (1000 rows), and bulks of 500 posts that end in the middle of both."""


# ---------- import ----------


def export(folder: Path, number: int) -> Path:
    """A file whose posts no other file holds; one row of each batch has a time nobody can read."""
    bad = {5, ROWS - 5}
    path = write_table(
        folder / f"{number}.csv",
        (
            [f"{number}-{row}", f"网友{row}", f"第{row}件事", f"医院第{row}天还没有答复", when, "", ""]
            for row in range(ROWS)
            for when in ["昨天" if row in bad else "2020/1/8 9:30"]
        ),
    )
    os.utime(path, (NOW.timestamp() - 3600, NOW.timestamp() - 3600))
    return path


def test_an_import_killed_anywhere_and_run_again_leaves_what_an_undisturbed_one_leaves(
    yuqing: StartCommand,
    gate: Gate,
    set_sources: SetSources,
    twin: Callable[[], Runtime],
    tmp_path: Path,
) -> None:
    # given
    runtime = set_sources(sheet_source())
    killer = Killer(yuqing, gate, runtime)
    first = export(tmp_path, 0)
    length = killer.length_of(["import", first, "--at", AT])
    landing, aside = runtime.landing.root, runtime.landing.rejected
    kills: list[Callable[[Command], bool]] = [
        # with one batch or both landed, and with the file not noted, or noted without our knowing it
        lambda command: killer.when_a_file_appears(command, landing, SUFFIX),
        lambda command: killer.at_call(command, writes_state, 0, "before"),
        lambda command: killer.at_call(command, writes_state, 0, "after"),
        # in the first segment, at its end, and in the second
        lambda command: killer.at_call(command, writes_in_bulk, 0, "after"),
        lambda command: killer.at_call(command, writes_in_bulk, 1, "before"),
        lambda command: killer.when_a_file_appears(command, aside, SUFFIX),
        lambda command: killer.when_a_file_appears(command, landing, ".done"),
        lambda command: killer.at_call(command, writes_in_bulk, 2, "after"),
        *(lambda command, delay=delay: killer.after(command, delay) for delay in delays(length, 3)),
    ]
    paths = [first]
    killed = []
    # when
    for number, kill in enumerate(kills, 1):
        paths.append(export(tmp_path, number))
        command: Command = ["import", paths[-1], "--at", AT]
        killed.append(kill(command))
        again = yuqing(*command)
        assert again.wait() in {ExitCode.OK, ExitCode.PARTIAL}, again.output()
        assert not runtime.landing.pending()
    # then
    assert all(killed[:-3])
    assert sum(killed[-3:]) >= 1
    undisturbed = twin()
    for path in paths:
        import_file(undisturbed, path, NOW)
    enrich_pending(undisturbed, NOW)
    assert posts(runtime) == posts(undisturbed)
    assert len(posts(runtime)) == len(paths) * (ROWS - 2)
    assert rejected(runtime).keys() == rejected(undisturbed).keys()
    assert sum(rejected(undisturbed).values()) == 2 * len(paths)
    # and each file is known as imported
    assert [import_file(runtime, path, NOW) for path in paths] == [None] * len(paths)


def test_a_bad_row_is_set_aside_once_though_its_file_was_landed_twice(
    yuqing: StartCommand, gate: Gate, set_sources: SetSources, tmp_path: Path
) -> None:
    # given
    runtime = set_sources(sheet_source())
    path = write_table(tmp_path / "export.csv", [["1", "", "路灯", "不亮", "昨天", "", ""]])
    command: Command = ["import", path, "--at", AT]
    assert Killer(yuqing, gate, runtime).at_call(command, writes_state, 0, "before")
    # when
    yuqing(*command).wait()
    # then
    assert list(rejected(runtime).values()) == [1]


# ---------- collect ----------


class GrowingBoard:
    """Fills the board with more posts before each run; among each dozen one that has no time."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self.count = 0

    def grow(self) -> None:
        """Twelve more posts, four pages, half of them in each forum."""
        for tid in range(self.count + 1, self.count + 13):
            more = {"dateline": None} if tid % 12 == 5 else {}
            self._board.add(MAYOR if tid % 2 else GOVERNOR, tid, nickName=f"网友{tid}", **more)
        self.count += 12


def test_a_crawl_killed_anywhere_and_run_again_leaves_what_an_undisturbed_one_leaves(
    yuqing: StartCommand, gate: Gate, set_sources: SetSources, board: Board, twin: Callable[[], Runtime]
) -> None:
    # given
    runtime = set_sources(board_source(board))
    killer = Killer(yuqing, gate, runtime)
    growing = GrowingBoard(board)
    command: Command = ["collect", "board", "--at", AT]
    growing.grow()
    length = killer.length_of(command)
    kills: list[Callable[[], bool]] = [
        # while the first list or a later one is waited for
        lambda: _killed_at_request(killer, command, board, 2),
        lambda: _killed_at_request(killer, command, board, 4),
        # with pages landed, and with the cursor not saved, saved without our knowing it, and saved
        lambda: killer.when_a_file_appears(command, runtime.landing.root, SUFFIX),
        lambda: killer.when_a_file_appears(command, runtime.landing.root, SUFFIX, 3),
        *(
            lambda number=number, side=side: killer.at_call(command, writes_state, number, side)
            for number in (0, 2)
            for side in ("before", "after")
        ),
        # with all landed, and the run not noted
        lambda: killer.at_call(command, lambda call: call.path.endswith("health"), 1, "before"),
        *(lambda delay=delay: killer.after(command, delay) for delay in delays(length, 4)),
    ]
    killed = []
    # when
    for kill in kills:
        growing.grow()
        killed.append(kill())
        if len(killed) % 2:
            # Else more is on the board before the next run.
            assert yuqing(*command).wait() == ExitCode.OK
    assert yuqing(*command).wait() == ExitCode.OK
    enrich_pending(runtime, NOW)
    # then
    assert all(killed[:-4])
    assert sum(killed[-4:]) >= 2
    undisturbed = twin()
    collect(undisturbed, "board", NOW)
    enrich_pending(undisturbed, NOW)
    assert posts(runtime) == posts(undisturbed)
    assert len(posts(runtime)) == growing.count * 11 // 12
    assert rejected(runtime).keys() == rejected(undisturbed).keys()
    assert sum(rejected(undisturbed).values()) == growing.count // 12
    assert runtime.state.cursor("board") == undisturbed.state.cursor("board")


def _killed_at_request(killer: Killer, command: Command, board: Board, number: int) -> bool:
    """Killed while the board lets it wait for the answer to its `number`-th request: 0 robots.txt, 1 a page."""
    before = len(board.asked)
    board.disturb(Board.LIST_PATH, *[None] * (number - 2), silent(5))
    return killer.start(*command).kill_when(lambda: len(board.asked) > before + number)


def test_a_bad_item_is_set_aside_once_though_its_page_was_landed_twice(
    yuqing: StartCommand, gate: Gate, set_sources: SetSources, board: Board
) -> None:
    # given
    runtime = set_sources(board_source(board))
    board.add(MAYOR, 1, dateline=None)
    command: Command = ["collect", "board", "--at", AT]
    assert Killer(yuqing, gate, runtime).at_call(command, writes_state, 0, "before")
    # when
    assert yuqing(*command).wait() == ExitCode.OK
    enrich_pending(runtime, NOW)
    # then
    assert list(rejected(runtime).values()) == [1]


# ---------- enrich ----------


def land(installations: list[Runtime], first: int) -> None:
    """Four segments of new posts, one item without a time among them, and a segment with a later state of some."""
    items = [
        {
            "tid": tid,
            "fid": MAYOR,
            "subject": f"第{tid}件事",
            "content": f"医院第{tid}天还没有答复",
            "nickName": f"网友{tid}",
            "dateline": None if tid == first + 4 else 1_578_000_000 + tid,
            "stateInfo": "待回复",
        }
        for tid in range(first, first + 12)
    ]
    answered = [item | {"stateInfo": "已回复", "answerContent": f"{item['subject']}已办好"} for item in items[6::2]]
    for installation in installations:
        for start in range(0, len(items), 3):
            installation.landing.write("board", NOW, items[start : start + 3])
        installation.landing.write("board", LATER, answered)


def test_an_enrichment_killed_anywhere_and_run_again_leaves_what_an_undisturbed_one_leaves(
    yuqing: StartCommand, gate: Gate, set_sources: SetSources, board: Board, twin: Callable[[], Runtime]
) -> None:
    # given a twin in which the same lands
    runtime, undisturbed = set_sources(board_source(board)), twin()
    killer = Killer(yuqing, gate, runtime)
    command: Command = ["enrich", "--at", LATER_AT]
    land([runtime, undisturbed], 1)
    length = killer.length_of(command)
    kills: list[Callable[[], bool]] = [
        *(
            lambda number=number, side=side: killer.at_call(command, writes_in_bulk, number, side)
            for number in (0, 1, 4)
            for side in ("before", "after")
        ),
        lambda: killer.when_a_file_appears(command, runtime.landing.rejected, SUFFIX),
        lambda: killer.when_a_file_appears(command, runtime.landing.root, ".done"),
        lambda: killer.when_a_file_appears(command, runtime.landing.root, ".done", 3),
        *(lambda delay=delay: killer.after(command, delay) for delay in delays(length, 4)),
    ]
    killed = []
    # when
    for number, kill in enumerate(kills, 1):
        land([runtime, undisturbed], 12 * number + 1)
        killed.append(kill())
        again = yuqing(*command)
        assert again.wait() in {ExitCode.OK, ExitCode.PARTIAL}, again.output()
        assert not runtime.landing.pending()
    # then
    assert all(killed[:-4])
    assert sum(killed[-4:]) >= 2
    enrich_pending(undisturbed, LATER)
    assert posts(runtime) == posts(undisturbed)
    assert len(posts(runtime)) == 11 * (len(kills) + 1)
    assert sum(post["status"] == "已回复" for post in posts(runtime).values()) == 3 * (len(kills) + 1)
    assert rejected(runtime) == rejected(undisturbed)
    assert sum(rejected(runtime).values()) == len(kills) + 1
