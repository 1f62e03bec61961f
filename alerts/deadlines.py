"""By when a post must be answered, and how urgent that is at a given time. Pure: the time comes in as an argument.

Rules (`config/deadlines.yml`) and their sources:

- Disclosure requests: 20 working days, one extension of 20: 政府信息公开条例（国令第711号）第三十三条. It needs the consent
  of the head of the office for open government, and the applicant is told; it counts from when it was granted.
- Public-opinion events: 48 hours; major ones an authoritative statement in 5 hours: 国办发〔2016〕61号、国办发〔2016〕80号.
- Message boards, hotline, mailbox: the office's own rule; shipped as 5 working days for 咨询 and 10 for all others.

The day the clock starts does not count. A rule in working or calendar days ends at the end of office hours of its last
day (what is handed in after that is the next day's work); a rule in hours ends to the minute.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from pydantic import Field, field_validator, model_validator

from alerts.calendar import WorkCalendar
from core.clock import BEIJING, to_beijing, to_utc
from core.config import Config
from core.post import OPEN_STATUSES, Channel, Deadline, Kind, Post, Stage

ESCALATES_AFTER_WORKING_DAYS = 1
SOON_WORKING_DAYS = 3


class Rule(Config):
    """One time limit: exactly one of the three lengths, and where it comes from."""

    title: str
    source: str
    """The regulation the limit comes from."""
    hours: int | None = Field(default=None, ge=1)
    calendar_days: int | None = Field(default=None, ge=1)
    working_days: int | None = Field(default=None, ge=1)
    extension_working_days: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_length(self) -> "Rule":
        if sum(length is not None for length in (self.hours, self.calendar_days, self.working_days)) != 1:
            raise ValueError("hours、calendar_days、working_days 要且只能写一个")
        return self


class Assignment(Config):
    """Which rule posts of some channels and kinds follow; the first assignment that fits counts."""

    channels: tuple[Channel, ...] = Field(min_length=1)
    kinds: tuple[Kind, ...] | Literal["all"] = "all"
    """`all` includes posts of unknown kind."""
    rule: str

    def fits(self, post: Post) -> bool:
        """Whether the post follows this assignment."""
        return post.channel in self.channels and (self.kinds == "all" or post.kind in self.kinds)


class DeadlinesFile(Config):
    """`config/deadlines.yml`."""

    office_closes: time = time(17, 30)
    rules: dict[str, Rule]
    assignments: tuple[Assignment, ...]

    @field_validator("office_closes", mode="before")
    @classmethod
    def _no_number(cls, value: object) -> object:
        # Which would be taken for seconds since midnight.
        if isinstance(value, int | float):
            raise ValueError("必须是时间，如 17:30")  # noqa: TRY004  pydantic collects ValueErrors
        return value

    @model_validator(mode="after")
    def _rules_exist(self) -> "DeadlinesFile":
        unknown = sorted({assignment.rule for assignment in self.assignments} - self.rules.keys())
        if unknown:
            raise ValueError(f"assignments 用到了没有定义的规则：{'、'.join(unknown)}")
        return self


@dataclass(frozen=True)
class Extension:
    """A deadline was extended once: granted at `at`, by so many working days after the day it was first due."""

    at: datetime
    working_days: int


class DeadlineBook:
    """The rules at work on a calendar."""

    def __init__(self, file: DeadlinesFile, calendar: WorkCalendar) -> None:
        self._file = file
        self._calendar = calendar

    def rule_of(self, post: Post) -> tuple[str, Rule] | None:
        """Name and rule the post follows; None where no rule applies."""
        name = next((assignment.rule for assignment in self._file.assignments if assignment.fits(post)), None)
        return (name, self._file.rules[name]) if name else None

    def is_extendable(self, post: Post) -> bool:
        """Whether the post's deadline may be extended at all."""
        found = self.rule_of(post)
        return found is not None and found[1].extension_working_days is not None

    def assess(self, post: Post, at: datetime, extension: Extension | None = None) -> Deadline | None:
        """The post's deadline as it stood at `at`; None where no rule applies.

        The answer is the first dated reply given up to `at`. `on_time` tells of an answered post whether the reply came
        by the due time, of a waiting one past it that it did not, and is missing otherwise. An extension counts from the
        time it was granted.
        """
        found = self.rule_of(post)
        if found is None:
            return None
        name, rule = found
        due = self.due_at(rule, post.posted_at)
        known: dict[str, datetime] = {}
        if extension and extension.at <= at:
            known = {"first_due_at": due, "extended_at": extension.at}
            due = self.extended(due, extension.working_days)
        answered = post.first_reply_at if post.first_reply_at and post.first_reply_at <= at else None
        if answered:
            days = max(0, self._calendar.working_days_between(_day(post.posted_at), _day(answered)))
            return Deadline(
                rule=name,
                due_at=due,
                answered_at=answered,
                answered_in_working_days=days,
                on_time=answered <= due,
                **known,
            )
        waiting = post.posted_at <= at and (post.status in OPEN_STATUSES or post.first_reply_at is not None)
        if not waiting:
            return Deadline(rule=name, due_at=due, **known)
        return Deadline(rule=name, due_at=due, stage=self.stage(due, at), on_time=False if at > due else None, **known)

    def extended(self, due: datetime, working_days: int) -> datetime:
        """When a deadline runs out that first ran out at `due`: at the end of office hours of the last day added."""
        last = self._calendar.add_working_days(_day(due), working_days)
        return to_utc(datetime.combine(last, self._file.office_closes, BEIJING))

    def due_at(self, rule: Rule, start: datetime) -> datetime:
        """When the rule's time runs out for a clock started at `start` (UTC)."""
        if rule.hours is not None:
            return to_utc(start + timedelta(hours=rule.hours))
        if rule.working_days is not None:
            last = self._calendar.add_working_days(_day(start), rule.working_days)
        else:
            last = _day(start) + timedelta(days=rule.calendar_days or 0)
        return to_utc(datetime.combine(last, self._file.office_closes, BEIJING))

    def stage(self, due: datetime, at: datetime) -> Stage | None:
        """How urgent a waiting post is at `at`, in working days to or past the day it is due; None while there is time."""
        if at > due:
            overdue = self.overdue_working_days(due, at)
            return "escalated" if overdue > ESCALATES_AFTER_WORKING_DAYS else "overdue"
        left = self._calendar.working_days_between(_day(at), _day(due))
        if left == 0:
            return "due_today"
        if left == 1:
            return "due_in_1"
        return "due_in_3" if left <= SOON_WORKING_DAYS else None

    def overdue_working_days(self, due: datetime, at: datetime) -> int:
        """Working days begun after the day the post was due, up to `at`; 0 on that day itself and before."""
        return max(0, self._calendar.working_days_between(_day(due), _day(at)))


def _day(moment: datetime) -> date:
    return to_beijing(moment).date()
