"""Who is reminded of which tasks: those whose limit is near or past, one digest for each section that leads.

The stages are those of posts (`alerts.deadlines`), and an earlier one: three working days are too few for a year's work.
What is past its limit is told again every week, not every day. Sections that support get no mail: the ledger asks the
leading one, which has their names in the mail. Without a leading section everyone named is asked.
"""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from alerts.calendar import WorkCalendar
from alerts.deadlines import DeadlineBook
from alerts.departments import DepartmentsFile
from alerts.digest import LEADERSHIP_AFTER_WORKING_DAYS, MESSAGE_ID_DOMAIN, REPEATING
from alerts.ledger_mail import EARLY_STAGE, LedgerDigest, LedgerItem, LedgerStage
from core.clock import to_beijing
from ledger.responsible import sections_of
from ledger.task import Task

EARLY_WORKING_DAYS = 20
"""About a month."""


@dataclass(frozen=True)
class OpenTask:
    """A task that is not done. `key` is its id, `state` as it stood at the time of the run."""

    key: str
    task: Task
    due_at: datetime
    state: str


def item_of(one: OpenTask, at: datetime, book: DeadlineBook, calendar: WorkCalendar) -> LedgerItem | None:
    """The digest's entry of a task as of `at`; None while there is time."""
    stage: LedgerStage | None = book.stage(one.due_at, at)
    if stage is None:
        left = calendar.working_days_between(to_beijing(at).date(), to_beijing(one.due_at).date())
        if left > EARLY_WORKING_DAYS:
            return None
        stage = EARLY_STAGE
    task = one.task
    return LedgerItem(
        key=one.key,
        year=task.year,
        number=task.number,
        text=task.text,
        responsible=task.responsible,
        limit=task.limit,
        due_at=one.due_at,
        state=one.state,
        stage=stage,
        overdue_working_days=book.overdue_working_days(one.due_at, at),
    )


def reminder_id(item: LedgerItem, department: str, day: date) -> str:
    """The id of a reminder in the record; of what repeats it names the (Beijing) week as well."""
    id_ = f"task|{item.key}|{department}|{item.stage}"
    year, week, _ = day.isocalendar()
    return f"{id_}|{year}-W{week:02d}" if item.stage in REPEATING else id_


def items_by_section(
    tasks: Iterable[OpenTask], departments: DepartmentsFile, at: datetime, book: DeadlineBook, calendar: WorkCalendar
) -> dict[str, list[LedgerItem]]:
    """What each section that leads is to be reminded of, in the order of the configuration.

    A section the configuration does not know is asked through the fallback.
    """
    names = [department.name for department in departments.departments]
    found: dict[str, list[LedgerItem]] = {name: [] for name in names}
    for one in tasks:
        item = item_of(one, at, book, calendar)
        if item is None:
            continue
        leading = sections_of(one.task.who.lead, names) or [departments.fallback]
        for name in dict.fromkeys(departments.named(section).name for section in leading):
            found[name].append(item)
    return {name: items for name, items in found.items() if items}


def digest_of(
    departments: DepartmentsFile, name: str, items: Sequence[LedgerItem], at: datetime, fallback_years: Collection[int]
) -> LedgerDigest:
    """The mail of one section; leaders are copied as for posts (`alerts.digest`)."""
    department = departments.named(name)
    day = to_beijing(at).date()
    ordered = tuple(sorted(items, key=lambda item: (-item.overdue_working_days, item.due_at, item.year, item.number)))
    copies: list[str] = []
    if any(item.stage == "escalated" for item in items):
        copies += department.leaders
    if any(item.overdue_working_days > LEADERSHIP_AFTER_WORKING_DAYS for item in items):
        copies += departments.leadership_group
    key = "\n".join(sorted(reminder_id(item, name, day) for item in ordered))
    return LedgerDigest(
        department=name,
        at=at,
        items=ordered,
        recipients=department.mail,
        cc=tuple(dict.fromkeys(address for address in copies if address not in department.mail)),
        message_id=f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{MESSAGE_ID_DOMAIN}>",
        fallback_years=tuple(sorted(fallback_years)),
    )
