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
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from collectors.base import BadItem
from collectors.dates import parse_time
from core.errors import ExitCode, YuqingError

PIPED_WIDTH = 160
"""Columns when the output goes to a file or a pipe, which have no width of their own."""

out = Console(highlight=False, width=None if sys.stdout.isatty() else PIPED_WIDTH)
err = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else PIPED_WIDTH)

JsonOption = typer.Option(False, "--json", help="输出 JSON，供程序读取。")
AtOption = typer.Option(
    None, "--at", metavar="时间", help="当作这个时间来运行，如 2020-01-10T08:30（北京时间）；默认现在。"
)


def moment(at: str | None) -> datetime:
    """The time a command runs as: what `--at` says, else now. The only place where a command asks the clock."""
    if at is None:
        return datetime.now(UTC)
    try:
        parsed = parse_time(at)
    except BadItem as error:
        raise YuqingError(f"--at：{error}") from None
    if parsed is None:
        raise YuqingError("--at 不能为空。")
    return parsed


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table; missing values are shown as a dash. Cell texts are printed as they are, never as markup."""
    # Not as the table's own title, which would be broken at the width of a narrow table.
    out.print(title, style="bold", markup=False)
    grid = Table(header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*("—" if cell is None else escape(str(cell)) for cell in row))
    out.print(grid)


def say(message: str) -> None:
    """A sentence about what is going on."""
    err.print(escape(message))


def fail(error: YuqingError) -> None:
    """Show an error with its advice."""
    err.print(f"[bold red]出错：[/]{escape(error.message)}")
    if error.advice:
        err.print(f"[bold]怎么办：[/]{escape(error.advice)}")


@contextmanager
def progress(title: str, total: int | None = None) -> Iterator[Any]:
    """A progress bar on standard error; yields a function that is told how many more are done."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
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
