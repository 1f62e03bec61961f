"""The file of what clustering remembers: values by key, written all at once or not at all."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import Unavailable
from pipeline.matter_tables import Tables

KEYS: dict[str, type[int] | type[str]] = {"numbered": int, "named": str}
MANY = 20_000


def test_what_was_written_is_read_when_the_file_is_opened_again(tmp_path: Path) -> None:
    # given
    path = tmp_path / "matters" / "state.sqlite"
    first = Tables(path, KEYS)
    first.write([("numbered", 1, b"one"), ("numbered", -(2**63), b"low"), ("named", "育儿补贴", b"name")])
    # when
    first.write([("numbered", 1, b"uno"), ("named", "育儿补贴", None), ("named", "车位", b"other")])
    # then
    second = Tables(path, KEYS)
    assert dict(second["numbered"]) == {1: b"uno", -(2**63): b"low"}
    assert dict(second["named"]) == {"车位": b"other"}
    assert second["named"].get("育儿补贴") is None
    assert path.stat().st_mode & 0o077 == 0


def test_a_write_that_dies_in_the_middle_leaves_what_was_there(tmp_path: Path) -> None:
    # given
    path = tmp_path / "state.sqlite"
    Tables(path, KEYS).write(("numbered", key, b"old" * 100) for key in range(MANY))
    # when a process is killed after so much that some of it has reached the file
    process = multiprocessing.get_context("fork").Process(target=_write_and_die, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert path.with_name("state.sqlite-journal").stat().st_size > 0
    # then
    assert set(Tables(path, KEYS)["numbered"].values()) == {b"old" * 100}
    # and the next write goes through
    Tables(path, KEYS).write([("numbered", 0, b"new")])
    assert Tables(path, KEYS)["numbered"][0] == b"new"


def _write_and_die(path: Path) -> None:
    def changes() -> Iterator[tuple[str, int, bytes]]:
        for key in range(MANY):
            yield "numbered", key, b"new" * 100
        os.kill(os.getpid(), signal.SIGKILL)

    Tables(path, KEYS).write(changes())


def test_a_change_that_cannot_be_told_leaves_what_was_there(tmp_path: Path) -> None:
    # given
    tables = Tables(tmp_path / "state.sqlite", KEYS)
    tables.write([("numbered", 1, b"one")])

    def changes() -> Iterator[tuple[str, int, bytes]]:
        yield "numbered", 1, b"two"
        raise ValueError("a fault of the program")

    # when
    with pytest.raises(ValueError, match="a fault of the program"):
        tables.write(changes())
    # then
    assert tables["numbered"][1] == b"one"
    assert Tables(tmp_path / "state.sqlite", KEYS)["numbered"][1] == b"one"


def test_a_place_where_no_file_can_be_is_told_in_chinese(tmp_path: Path) -> None:
    # given
    (tmp_path / "matters").write_text("a file where the folder should be")
    # when
    with pytest.raises(Unavailable, match="用不了数据文件"):
        Tables(tmp_path / "matters" / "state.sqlite", KEYS).write([("numbered", 1, b"one")])
