"""From the rows of a ledger's table to its tasks, whatever file the table came in.

A row has the headings it stands below, the paragraphs of its tasks, and one line each for who does them and by when:
these hold for all tasks of the row. What cannot be understood is set aside with the reason.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ledger.limits import due_day, hints
from ledger.responsible import read_responsible
from ledger.task import Task

_DOTTED = re.compile(r"(\d{1,3})\s*[.．、]\s*(\S.*)", re.DOTALL)
_BARE = re.compile(r"(\d{1,3})(?![\d年月日个项次家万%％])(\S.*)", re.DOTALL)
"""A number whose dot was forgotten; it counts only where it is the one that comes next."""
_BETWEEN_HAN = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])[ \t\u3000]+(?=[\u3000-\u9fff\uff00-\uffef])")


@dataclass(frozen=True)
class Row:
    """One row of the table. `where` says where it stands, `section` is empty in a ledger without headings.

    `number` is that of its column of numbers, where it has one.
    """

    where: str
    section: str
    subsection: str | None
    paragraphs: tuple[str, ...]
    responsible: str
    limit: str
    number: int | None = None


@dataclass(frozen=True)
class Fault:
    """Something of the file that was set aside, and why."""

    where: str
    reason: str


@dataclass
class Ledger:
    """What a file holds; `faults` could not be taken in, `notes` is what an office should know of the rest."""

    year: int
    tasks: list[Task] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_rows(rows: Iterable[Row], year: int, aliases: Mapping[str, str], faults: Iterable[Fault] = ()) -> Ledger:
    """The tasks of the rows in their order; `faults` are those found when the file was taken apart."""
    ledger = Ledger(year, faults=list(faults))
    last = 0
    for row in rows:
        for number, text in _numbered(row, last, ledger.faults):
            last = number
            if reason := _take(ledger, row, number, text, aliases):
                ledger.faults.append(Fault(f"{row.where}第 {number} 项", reason))
    known = {task.number for task in ledger.tasks}
    gaps = [str(number) for number in range(1, max(known, default=0)) if number not in known]
    if gaps:
        ledger.notes.append(f"序号不连续，缺第 {'、'.join(gaps)} 项。")
    ledger.notes += [
        f"第 {task.number} 项的完成时限“{task.limit}”看不懂，没有到期日，不会提醒；可写成 全年工作、6月底前、2022年6月30日前、上半年、第三季度。"
        for task in ledger.tasks
        if task.due is None
    ]
    return ledger


def _take(ledger: Ledger, row: Row, number: int, text: str, aliases: Mapping[str, str]) -> str | None:
    """Add the task, or say why it cannot be one."""
    if not text:
        return "没有工作任务的文字"
    if any(task.number == number for task in ledger.tasks):
        return f"序号 {number} 前面已经有了，每项任务的序号只能用一次"
    who = read_responsible(row.responsible, aliases)
    if who is None:
        return "没有责任科室" + (f"（“{row.responsible[:40]}”里没有牵头或负责的科室）" if row.responsible else "")
    if not row.limit:
        return "没有完成时限"
    ledger.tasks.append(
        Task(
            year=ledger.year,
            number=number,
            section=row.section,
            subsection=row.subsection,
            text=text,
            who=who,
            responsible=row.responsible,
            limit=row.limit,
            due=due_day(row.limit, ledger.year),
            hints=hints(text),
        )
    )
    return None


def _numbered(row: Row, last: int, faults: list[Fault]) -> Iterator[tuple[int, str]]:
    """The row's tasks: a paragraph with a number begins one, those without a number go on with it."""
    if row.number is not None:
        # The number may stand before the text as well.
        texts = [paragraph for paragraph in row.paragraphs if paragraph]
        if texts and (again := _DOTTED.fullmatch(texts[0])) and int(again[1]) == row.number:
            texts[0] = again[2]
        yield row.number, "\n".join(map(tidy, texts))
        return
    number: int | None = None
    texts = []
    for paragraph in filter(None, row.paragraphs):
        if begun := begins_task(paragraph, last + 1):
            if number is not None:
                yield number, "\n".join(texts)
            number, texts = begun[0], [tidy(begun[1])]
            last = number
        elif number is None:
            faults.append(Fault(row.where, f"没有序号的文字：“{paragraph[:20]}”"))
        else:
            texts.append(tidy(paragraph))
    if number is not None:
        yield number, "\n".join(texts)


def begins_task(paragraph: str, expected: int) -> tuple[int, str] | None:
    """Number and text of a paragraph that begins a task. `expected` is the number that comes next.

    `35落实` has no dot, `31.2022年` could be a fraction: such a number must be the one expected.
    """
    text = paragraph.strip()
    if found := _DOTTED.fullmatch(text):
        number = int(found[1])
        if number == expected or not found[2][0].isdigit():
            return number, found[2].strip()
    elif (found := _BARE.fullmatch(text)) and int(found[1]) == expected:
        return expected, found[2].strip()
    return None


def tidy(text: str) -> str:
    """The text without blanks at its ends and between Chinese characters, which are left from broken lines."""
    return _BETWEEN_HAN.sub("", text.strip())
