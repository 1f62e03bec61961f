"""The ledger in its own table form: headings at the left, one task a row, cells that hold for several tasks merged."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.clock import show
from ledger.progress import Entry
from ledger.task import Task

COLUMNS = ("大类", "小类", "序号", "工作任务", "责任科室", "完成时限", "进展情况")
WIDTHS = (14, 16, 5, 52, 20, 10, 26)
"""In proportion; Excel takes them as characters."""
CENTRED = (2, 5)
"""Columns that are not set left."""


@dataclass(frozen=True)
class Line:
    """One task and how far it has come, in words."""

    task: Task
    progress: str

    @property
    def cells(self) -> tuple[str, ...]:
        """The texts of the columns."""
        task = self.task
        return (
            task.section,
            task.subsection or "",
            str(task.number),
            task.text,
            task.responsible,
            task.limit,
            self.progress,
        )


@dataclass(frozen=True)
class Sheet:
    """A table to be written. `note` stands below its title."""

    title: str
    note: str
    lines: Sequence[Line]

    def merged(self) -> list[tuple[int, int, int]]:
        """Cells that are one: column, first and last line, counted from 0.

        As in the ledger, who and by when is written once for the tasks of one heading that have both in common.
        """

        def heading(line: Line) -> tuple[str, ...]:
            return (line.task.section, line.task.subsection or "")

        def agreed(line: Line) -> tuple[str, ...]:
            return (*heading(line), line.task.responsible, line.task.limit)

        keys: dict[int, Callable[[Line], tuple[str, ...]]] = {
            0: lambda line: (line.task.section,),
            1: heading,
            4: agreed,
            5: agreed,
        }
        return [(column, first, last) for column, key in keys.items() for first, last in _runs(self.lines, key)]


def _runs(lines: Sequence[Line], key: Callable[[Line], tuple[str, ...]]) -> list[tuple[int, int]]:
    """First and last place of neighbours that are alike, where there are at least two."""
    runs: list[tuple[int, int]] = []
    begin = 0
    for place in range(1, len(lines) + 1):
        if place == len(lines) or key(lines[place]) != key(lines[begin]):
            if place - begin > 1:
                runs.append((begin, place - 1))
            begin = place
    return runs


def told(state: str, history: Sequence[Entry]) -> str:
    """The progress of a task in words: its state, who said so and when, the note, the evidence for it."""
    if not history:
        return state
    last = history[-1]
    evidence = list(dict.fromkeys(one for entry in history for one in entry.evidence))
    note = f"：{last.note}" if last.note else ""
    return "\n".join([f"{state}（{show(last.at)[:10]} {last.who}）{note}", *(f"佐证：{one}" for one in evidence)])
