"""The ledger as plain text, as it comes out of a Word table: cells below each other, an empty line after each row.

A row has five cells: section, subsection, tasks, who, limit. A cell begins with a tab and goes on in lines without one;
an empty cell is a tab alone and means: as above. Headings are written again after a page break, and a heading may be
broken into two lines. The same text without its tabs is read as well: headings and tasks are known by their numbers, who
and limit are then the last two lines.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ledger.limits import due_day
from ledger.reading import Fault, Row, begins_task, tidy

SECTION = re.compile(r"[一二三四五六七八九十]{1,3}、\s*\S")
SUBSECTION = re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)]\s*\S")
_NEXT = re.compile(r"\d{1,3}\s*[.．、]")
ANY_YEAR = 2000
"""Stands in where only matters whether words are a limit."""


@dataclass(frozen=True)
class _Line:
    number: int
    text: str
    begins_cell: bool


def rows_of(text: str) -> tuple[list[Row], list[Fault]]:
    """The rows of the table, and what could not be taken for one."""
    rows: list[Row] = []
    faults: list[Fault] = []
    section, subsection, last = "", None, 0
    for block in _blocks(text):
        cells = _cells(block)
        where = f"第 {block[0].number} 行起"
        body = [line for cell in cells for line in cell]
        first = next((place for place, line in enumerate(body) if _begins(line.text, last + 1)), None)
        headings = body if first is None else body[:first]
        for title, is_section in _headings(headings, where, faults):
            if not is_section:
                subsection = title
            elif title != section:
                section, subsection = title, None
        if first is None:
            continue
        where = f"第 {body[first].number} 行起"
        tail = _tail(cells, body[first])
        if tail is None:
            faults.append(Fault(where, "任务之后应有责任科室和完成时限两行"))
            continue
        tasks, responsible, limit = tail
        rows.append(Row(where, section, subsection, tasks, responsible, limit))
        last = max((begun[0] for one in tasks if (begun := begins_task(one, last + 1))), default=last)
    return rows, faults


def _blocks(text: str) -> Iterator[list[_Line]]:
    """The lines of each row; a limit ends one, and a line with nothing at all. Empty cells are left out."""
    block: list[_Line] = []
    for number, line in enumerate([*text.splitlines(), ""], 1):
        if line.strip():
            block.append(_Line(number, line.strip(), line.lstrip(" \u3000").startswith("\t")))
        if block and (not line or due_day(line, ANY_YEAR)):
            yield block
            block = []


def _cells(block: list[_Line]) -> list[list[_Line]]:
    """Lines by cell; without any tab each line is one."""
    tabbed = any(line.begins_cell for line in block)
    cells: list[list[_Line]] = []
    for line in block:
        if line.begins_cell or not tabbed or not cells:
            cells.append([line])
        else:
            cells[-1].append(line)
    return cells


def _begins(text: str, expected: int) -> bool:
    return bool(_NEXT.match(text)) or begins_task(text, expected) is not None


def _headings(lines: list[_Line], where: str, faults: list[Fault]) -> Iterator[tuple[str, bool]]:
    """The headings, and whether each is a section's; a line that is none goes on with the one before."""
    titles: list[tuple[str, bool]] = []
    for line in lines:
        if SECTION.match(line.text) or SUBSECTION.match(line.text):
            titles.append((line.text, bool(SECTION.match(line.text))))
        elif titles:
            titles[-1] = (titles[-1][0] + line.text, titles[-1][1])
        else:
            faults.append(Fault(where, f"不是标题也没有序号的文字：“{line.text[:20]}”"))
    yield from ((tidy(title), is_section) for title, is_section in titles)


def _tail(cells: list[list[_Line]], first: _Line) -> tuple[tuple[str, ...], str, str] | None:
    """The paragraphs of the tasks, who, and limit; None where one of the last two is missing."""
    begin = next(place for place, cell in enumerate(cells) if first in cell)
    if len(cells) - begin < 3:
        return None
    *tasks, who, limit = cells[begin:]
    lines = [line for cell in tasks for line in cell]
    paragraphs = tuple(line.text for line in lines[lines.index(first) :])
    who_line = "".join(line.text for line in who)
    return None if _NEXT.match(who_line) else (paragraphs, who_line, "".join(line.text for line in limit))
