"""Digests: one mail for each section and run, its messages sorted by urgency. Pure."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from alerts.deadlines import DeadlineBook
from alerts.departments import DepartmentsFile
from core.clock import to_beijing
from core.post import Deadline, Post, Stage

REPEATING: frozenset[Stage] = frozenset({"overdue", "escalated"})
LEADERSHIP_AFTER_WORKING_DAYS = 3
MESSAGE_ID_DOMAIN = "yuqing.invalid"


@dataclass(frozen=True)
class AlertItem:
    """One message in a digest."""

    post_id: str
    title: str
    url: str | None
    forum: str | None
    kind: str | None
    topic: str | None
    department: str | None
    posted_at: datetime
    due_at: datetime
    stage: Stage
    overdue_working_days: int
    first_due_at: datetime | None = None
    """When it was due before its deadline was extended; None for one that was not."""

    def alert_id(self, day: date) -> str:
        """The id of the alert about it on that day."""
        return alert_id(self.post_id, self.stage, day, extended=self.first_due_at is not None)


@dataclass(frozen=True)
class Digest:
    """One mail to one section. Items are the most overdue first, then by due time."""

    department: str
    at: datetime
    items: tuple[AlertItem, ...]
    recipients: tuple[str, ...]
    cc: tuple[str, ...]
    message_id: str
    fallback_years: tuple[int, ...] = ()

    def count(self, *stages: Stage) -> int:
        """How many items are in one of the stages."""
        return sum(item.stage in stages for item in self.items)

    @property
    def summary(self) -> str:
        """The counts in words."""
        counts = {
            "超期": self.count("overdue", "escalated"),
            "今日到期": self.count("due_today"),
            "即将到期": self.count("due_in_1", "due_in_3"),
        }
        return "、".join(f"{name} {count} 件" for name, count in counts.items() if count)


def item_of(post: Post, deadline: Deadline | None, at: datetime, book: DeadlineBook) -> AlertItem | None:
    """The digest entry of a post as assessed at `at`; None when nothing is urgent."""
    if deadline is None or deadline.stage is None:
        return None
    return AlertItem(
        post_id=post.id,
        title=post.title or post.body[:40],
        url=post.url,
        forum=post.forum,
        kind=post.kind,
        topic=post.topic,
        department=post.department,
        posted_at=post.posted_at,
        due_at=deadline.due_at,
        stage=deadline.stage,
        overdue_working_days=book.overdue_working_days(deadline.due_at, at),
        first_due_at=deadline.first_due_at,
    )


def alert_id(post_id: str, stage: Stage, day: date, *, extended: bool = False) -> str:
    """The id an alert has in the record. Reminders of overdue posts repeat, so theirs names the (Beijing) day as well.

    What was said of a post before its deadline was extended is said again before the new one.
    """
    id_ = f"{post_id}|{stage}|extended" if extended else f"{post_id}|{stage}"
    return f"{id_}|{day.isoformat()}" if stage in REPEATING else id_


def build_digests(
    items: Iterable[AlertItem],
    departments: DepartmentsFile,
    at: datetime,
    fallback_years: Collection[int] = (),
) -> list[Digest]:
    """One digest for each section that has items, in the order of the configuration."""
    by_department: dict[str, list[AlertItem]] = {}
    for item in items:
        by_department.setdefault(departments.named(item.department).name, []).append(item)
    return [
        _digest(departments, department.name, by_department[department.name], at, fallback_years)
        for department in departments.departments
        if department.name in by_department
    ]


def _digest(
    departments: DepartmentsFile,
    name: str,
    items: list[AlertItem],
    at: datetime,
    fallback_years: Collection[int],
) -> Digest:
    department = departments.named(name)
    day = to_beijing(at).date()
    ordered = tuple(sorted(items, key=lambda item: (-item.overdue_working_days, item.due_at, item.post_id)))
    copies: list[str] = []
    if any(item.stage == "escalated" for item in items):
        copies += department.leaders
    if any(item.overdue_working_days > LEADERSHIP_AFTER_WORKING_DAYS for item in items):
        copies += departments.leadership_group
    return Digest(
        department=name,
        at=at,
        items=ordered,
        recipients=department.mail,
        cc=tuple(dict.fromkeys(address for address in copies if address not in department.mail)),
        message_id=_message_id(name, [item.alert_id(day) for item in ordered]),
        fallback_years=tuple(sorted(fallback_years)),
    )


def _message_id(department: str, alert_ids: list[str]) -> str:
    """The same section and alerts give the same Message-ID, so that a mail server can drop a repeat."""
    key = "\n".join([department, *sorted(alert_ids)])
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{MESSAGE_ID_DOMAIN}>"
