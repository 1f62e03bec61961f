"""A task of the ledger, as the office wrote it down."""

from dataclasses import dataclass, fields
from datetime import date


@dataclass(frozen=True)
class Responsible:
    """Who does a task. `led`: the ledger names them as leading (牵头); else those in `lead` do it together.

    Names stand as the office's list of sections has them; groups (`局机关各科室`, `其他科室`, `局直属各单位`) stay groups.
    """

    lead: tuple[str, ...]
    supporting: tuple[str, ...] = ()
    implementing: tuple[str, ...] = ()
    led: bool = True


@dataclass(frozen=True)
class Task:
    """One numbered task. `responsible` and `limit` are the ledger's own words, `due` the last day of the limit.

    `due` is missing where the words tell no day. `hints` are times named in the text; they do not count.
    """

    year: int
    number: int
    section: str
    subsection: str | None
    text: str
    who: Responsible
    responsible: str
    limit: str
    due: date | None
    hints: tuple[str, ...] = ()


WORDS = {
    "section": "大类",
    "subsection": "小类",
    "text": "工作任务",
    "responsible": "责任科室",
    "limit": "完成时限",
}
"""What people call the parts of a task."""


def differences(old: Task, new: Task) -> list[str]:
    """What was changed, in the words of people; what follows from the words of another part is not told apart."""
    changed = {field.name for field in fields(Task) if getattr(old, field.name) != getattr(new, field.name)}
    told = [word for name, word in WORDS.items() if name in changed]
    # The words are the same: they are understood otherwise, by another list of sections or a newer version.
    return told or (["对科室或时限的理解"] if changed else [])
