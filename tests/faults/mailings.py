"""The three kinds of mail that the project sends by itself, each as the tests of mail faults see it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from core.errors import YuqingError
from pipeline.alerting import send_alerts
from pipeline.runtime import Runtime
from pipeline.warnings import MAIL_WITHIN, warn
from pipeline.weekly import weekly
from reports.period import read_week
from store.warnings import WarningRecord
from tests.pipeline.letters import MAILBOX, OFFICE, STAFF, VACCINES, letter, november, put
from tests.pipeline.postoffice import Mail

AT = november(22)
"""Letters of 4 November are overdue by more than three working days then: their leader and the group are copied."""
SENT_AT = datetime(2026, 1, 1, tzinfo=UTC)
GROUP = frozenset({"lingdao@bureau.example", "fujuzhang@bureau.example"})
"""Who is in the leadership group; to be set in the installation's `departments.yml`."""
_NUMBER = re.compile(r"第 (\d+) 件事")

Content = tuple[frozenset[str], str]
"""What makes a mail: its recipients, and what it is about."""


class Mailing(Protocol):
    """One kind of mail. `begin` makes a round's mails due and says what has to arrive; `run` sends what is due."""

    name: str
    mails: int
    """Mails of a round."""
    refusable: tuple[str, ...]
    """Recipients of whom one may be refused; another one is left for each mail."""

    def begin(self, runtime: Runtime, number: int) -> set[Content]:
        """Make the mails of a round due; what has to arrive."""

    def run(self, runtime: Runtime) -> list[str]:
        """Send what is due; the reasons of what was not sent, errors among them."""

    def content(self, mail: Mail) -> Content:
        """What a mail is that arrived."""


def told(run: Callable[[], Iterable[str]]) -> list[str]:
    """The reasons a run gives, or the one it raises."""
    try:
        return list(run())
    except YuqingError as error:
        return [error.message]


@dataclass
class Reminders:
    """Reminders of overdue letters: one mail to each of three sections."""

    name: str = "reminders"
    mails: int = 3
    refusable: tuple[str, ...] = (*MAILBOX.values(), *GROUP)

    def begin(self, runtime: Runtime, number: int) -> set[Content]:
        letters = [letter(3 * number + place, name) for place, name in enumerate(MAILBOX)]
        put(runtime, letters, AT)
        return {
            (GROUP | {address, address.replace("@", ".leader@")}, f"{3 * number + place}")
            for place, address in enumerate(MAILBOX.values())
        }

    def run(self, runtime: Runtime) -> list[str]:
        return told(lambda: [reason for _, reason in send_alerts(runtime, AT, SENT_AT).failed])

    def content(self, mail: Mail) -> Content:
        return frozenset(mail.recipients), "、".join(_NUMBER.findall(mail.text()))


@dataclass
class EarlyWarnings:
    """Early warnings: one mail about each, to the lead section and the office."""

    name: str = "warnings"
    mails: int = 3
    refusable: tuple[str, ...] = (MAILBOX[VACCINES], MAILBOX[STAFF])
    _at: datetime = field(default=AT, init=False)

    def begin(self, runtime: Runtime, number: int) -> set[Content]:
        # So much later that the mails of the rounds before are nobody's early warning any more.
        self._at = AT + number * 2 * MAIL_WITHIN
        expected = set()
        for place, (department, address) in enumerate(MAILBOX.items()):
            runtime.warnings.save(_warning(3 * number + place, department, self._at))
            expected.add((frozenset({address, MAILBOX[OFFICE]}), f"{3 * number + place}"))
        return expected

    def run(self, runtime: Runtime) -> list[str]:
        return told(lambda: [reason for _, reason in warn(runtime, self._at, SENT_AT).mails.failed])

    def content(self, mail: Mail) -> Content:
        return frozenset(mail.recipients), "、".join(_NUMBER.findall(mail.subject))


def _warning(number: int, department: str, at: datetime) -> WarningRecord:
    return WarningRecord(
        id=f"w{number}",
        kind="surge",
        title=f"第 {number} 件事",
        department=department,
        at=at - timedelta(hours=1),
        mail_at=at,
        people=9,
        posts=9,
        post_ids=[],
        reason="今天的负面留言比往常多。",
        rule="opinion_general",
        due_at=at + timedelta(days=2),
    )


@dataclass
class WeeklyReports:
    """The weekly report: one mail to the leadership group, a week further at each round."""

    name: str = "weekly report"
    mails: int = 1
    refusable: tuple[str, ...] = tuple(GROUP)
    _week: str = field(default="", init=False)

    def begin(self, runtime: Runtime, number: int) -> set[Content]:
        self._week = f"20{20 + number // 50}-W{1 + number % 50:02}"
        return {(GROUP, self._week)}

    def run(self, runtime: Runtime) -> list[str]:
        period = read_week(self._week)
        return told(lambda: filter(None, [weekly(runtime, period, period.end, SENT_AT).why]))

    def content(self, mail: Mail) -> Content:
        year, week = re.findall(r"(\d{4})年第(\d+)周", mail.subject)[0]
        return frozenset(mail.recipients), f"{year}-W{int(week):02}"
