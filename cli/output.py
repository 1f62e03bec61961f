"""What the commands print: tables and sentences for people on the terminal, one JSON object with `--json` for machines.

Results go to standard output; progress and errors go to standard error, so that output can be piped.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from collectors.base import BadItem
from collectors.dates import parse_time
from core.errors import ExitCode, YuqingError

PIPED_WIDTH = 160
"""Columns when the output goes to a file or a pipe, which have no width of their own."""

# What people wrote is printed as they wrote it: brackets are no markup, `:x:` is no picture.
out = Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
err = Console(
    stderr=True, highlight=False, markup=False, emoji=False, width=None if sys.stderr.isatty() else PIPED_WIDTH
)

JsonOption = typer.Option(False, "--json", help="输出 JSON，供程序读取。")
AtOption = typer.Option(
    None, "--at", metavar="时间", help="当作这个时间来运行，如 2020-01-10T08:30（北京时间）；默认现在。"
)


def moment(at: str | None) -> datetime:
    """The time a command runs as: what `--at` says, else now. The only place where a command asks the clock."""
    return datetime.now(UTC) if at is None else typed_time("--at", at)


def typed_time(option: str, text: str) -> datetime:
    """The time that was typed for an option. Raises the usage error of a value that is none."""
    try:
        parsed = parse_time(text)
    except BadItem as error:
        raise typer.BadParameter(str(error), param_hint=option) from None
    if parsed is None:
        raise typer.BadParameter("不能为空", param_hint=option)
    return parsed


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table; missing values are shown as a dash."""
    # Not as the table's own title, which would be broken at the width of a narrow table.
    out.print(title, style="bold")
    grid = Table(header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*("—" if cell is None else str(cell) for cell in row))
    out.print(grid)


def say(message: str) -> None:
    """A sentence about what is going on."""
    err.print(message)


def fail(error: YuqingError) -> None:
    """Show an error with its advice."""
    err.print(Text.assemble(("出错：", "bold red"), error.message))
    if error.advice:
        err.print(Text.assemble(("怎么办：", "bold"), error.advice))


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Any]:
    """A progress bar on standard error; yields a function that is told how many more are done."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(title, total=total)
        yield lambda count: bar.advance(task, count)


def leave(code: ExitCode) -> None:
    """End the command with an exit code."""
    raise typer.Exit(int(code))
