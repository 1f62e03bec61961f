"""Help, and what people hear who type something wrong: in Chinese, exit code 2, never a traceback."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from cli.main import app
from core.errors import ExitCode
from tests.cli.command import Yuqing
from tests.core.wording import english_in

COMMANDS = ["doctor", "collect", "import", "enrich", "replay", "alerts", "search", "demo", "es", "deadlines"]
BINARY = Path(sys.executable).with_name("yuqing")


def tree(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command there is, groups included."""
    yield path
    for name, below in getattr(command, "commands", {}).items():
        yield from tree(below, (*path, name))


@pytest.fixture
def plain() -> Yuqing:
    """The command with nothing set."""
    return Yuqing({})


def test_the_installed_command_lists_all_commands_in_chinese() -> None:
    # when it is run as people run it
    ended = subprocess.run([BINARY, "--help"], capture_output=True, text=True, timeout=120, check=False)
    # then
    assert (ended.returncode, ended.stderr) == (0, "")
    listed = [line.split()[1] for line in ended.stdout.splitlines() if line.startswith("│ ") and line[2] != " "]
    assert [name for name in COMMANDS if name not in listed] == []
    assert "政务舆情监测与回应" in ended.stdout


def test_help_is_in_chinese_down_to_the_last_option(plain: Yuqing) -> None:
    # when every command is asked
    outcomes = {" ".join(words): plain(*words, "--help") for words in tree(typer.main.get_command(app))}
    assert len(outcomes) > len(COMMANDS)
    # then
    assert {(outcome.code, outcome.err) for outcome in outcomes.values()} == {(0, "")}
    told = {name: outcome.out.replace(f"yuqing {name}", "") for name, outcome in outcomes.items()}
    assert [name for name, text in told.items() if "用法：" not in text] == []
    typers = r"\b(Usage|OPTIONS|COMMAND|ARGS|str|bool|int|path|required|default)\b"
    english = {name: [*english_in(text), *re.findall(typers, text)] for name, text in told.items()}
    assert {name: phrases for name, phrases in english.items() if phrases} == {}


@pytest.mark.parametrize("command", [["es"], ["deadlines"], []], ids=["es", "deadlines", "alone"])
def test_a_group_alone_shows_its_help_and_no_complaint_without_words(command: list[str], plain: Yuqing) -> None:
    # when
    outcome = plain(*command)
    # then
    assert "命令" in outcome.out
    assert (outcome.code, outcome.err) == (ExitCode.USAGE, "")


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["serch"], ["没有这个命令", "serch", "是不是 'search'"]),
        (["es", "restart"], ["没有这个命令", "restart"]),
        (["alerts", "--dryrun"], ["没有这个选项", "--dryrun"]),
        (["search"], ["缺少参数"]),
        (["import"], ["缺少参数"]),
        (["search", "疫苗", "--limit"], ["选项用法不对", "--limit"]),
        (["enrich", "疫苗"], ["多余的参数", "疫苗"]),
        (["search", "疫苗", "--json=是"], ["选项用法不对", "--json"]),
        (["search", "疫苗", "--limit", "十"], ["参数的值不对", "limit"]),
        (["search", "疫苗", "--limit", "0"], ["参数的值不对", "limit"]),
        (["es", "start", "--port", "http"], ["参数的值不对", "port"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_slip_on_the_command_line_is_told_and_ends_with_2(command: list[str], told: list[str], plain: Yuqing) -> None:
    # when
    outcome = plain(*command)
    # then
    assert outcome.code == ExitCode.USAGE
    assert outcome.out == ""
    assert outcome.err.startswith("用法不对：")
    assert [part for part in told if part not in outcome.err] == []
    assert "--help" in outcome.err


@pytest.mark.parametrize(
    "command",
    [
        ["serch"],
        ["alerts", "--dryrun"],
        ["search", "疫苗", "--limit", "十"],
        ["search", "疫苗", "--limit"],
        ["search"],
        ["enrich", "疫苗"],
    ],
    ids=" ".join,
)
def test_a_slip_on_the_command_line_is_told_in_chinese(command: list[str], plain: Yuqing) -> None:
    assert english_in(plain(*command).err) == []


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["alerts", "--at", "昨天"], ["--at", "“昨天”", "2020-01-08 09:30:00"]),
        (["doctor", "--at", "2026-13-45"], ["--at", "2026-13-45"]),
        (["deadlines", "report", "--at", "1999-12-31"], ["--at", "2000 至 2100"]),
        (["alerts", "--at", ""], ["--at", "不能为空"]),
        (["replay", "--from", "上周"], ["--from", "“上周”"]),
    ],
    ids=lambda value: " ".join(value),
)
def test_a_time_that_cannot_be_read_is_a_slip_on_the_command_line_too(
    command: list[str], told: list[str], plain: Yuqing
) -> None:
    # when
    outcome = plain(*command)
    # then the README's code for usage, and nothing was done
    assert [part for part in told if part not in outcome.err] == []
    assert outcome.out == ""
    assert outcome.code == ExitCode.USAGE


@pytest.mark.parametrize("command", [["[/b]"], ["enrich", "[/b]"], ["alerts", "--at", "[/b]"], ["import", "[/b].csv"]])
def test_brackets_in_what_was_typed_are_shown_as_typed(command: list[str], offline: Yuqing) -> None:
    # when what people type looks like the mark-up of the terminal library
    outcome = offline(*command)
    # then
    assert outcome.code != ExitCode.OK
    assert "[/b]" in outcome.err


def test_output_cut_off_by_the_reader_is_no_error_worth_a_word(offline: Yuqing) -> None:
    # given a reader such as `head` that leaves early
    with subprocess.Popen(
        [BINARY, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=offline.environment
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        # when
        child.stdout.close()
        told = child.stderr.read()
    # then
    assert told == ""
