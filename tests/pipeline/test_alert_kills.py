"""`yuqing alerts` is killed wherever it may be; run again, it has told of everything, and of nothing in two different mails."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from core.errors import ExitCode
from pipeline.runtime import Runtime
from tests.pipeline.conftest import StartCommand
from tests.pipeline.content import alerts
from tests.pipeline.gate import Gate, Side
from tests.pipeline.killing import Command, Killer, delays, writes_in_bulk
from tests.pipeline.letters import MAILBOX, OFFICE, letter, november, put
from tests.pipeline.postoffice import Moment, PostOffice

REPEATING = ("超期", "严重超期")


def weekdays(first: date, last: date) -> list[date]:
    """In November and December 2019, when all of them are working days and no weekend is one."""
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


POSTING_DAYS = weekdays(date(2019, 11, 4), date(2019, 12, 6))
RUN_DAYS = weekdays(date(2019, 11, 22), date(2019, 12, 31))


def stage_on(posted: date, day: date) -> str | None:
    """The stage at 08:30 of a letter posted on a weekday, ten working days before it is due."""
    due = weekdays(posted + timedelta(days=1), posted + timedelta(days=30))[9]
    if day > due:
        return "严重超期" if len(weekdays(due, day)) > 2 else "超期"
    return {1: "今日到期", 2: "1 个工作日内到期", 3: "3 个工作日内到期", 4: "3 个工作日内到期"}.get(
        len(weekdays(day, due))
    )


class Expected:
    """What has to be told on a day, kept apart from what the program thinks of it."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()
        self.letters = [
            letter(
                100 * number + place,
                department,
                datetime(posted.year, posted.month, posted.day, 1, tzinfo=UTC),
            )
            for number, posted in enumerate(POSTING_DAYS)
            for place, department in enumerate(MAILBOX)
        ]

    def on(self, day: date) -> dict[tuple[str, str], str]:
        """Post id and stage of all that is due and was not told before, with the mailbox it goes to."""
        due = {
            (one.id, stage): MAILBOX[one.department or ""]
            for one in self.letters
            if one.posted_at.date() <= day and (stage := stage_on(one.posted_at.date(), day))
        }
        fresh = {alert: mailbox for alert, mailbox in due.items() if alert not in self._told}
        self._told |= {alert for alert in fresh if alert[1] not in REPEATING}
        return fresh


def command(day: date) -> Command:
    return ["alerts", "--at", f"{day}T08:30"]


def test_whatever_kills_a_run_the_next_one_tells_of_all_that_is_due_and_doubles_nothing(
    yuqing: StartCommand,
    gate: Gate,
    new_runtime: Callable[..., Runtime],
    post_office: PostOffice,
    environment: dict[str, str],
) -> None:
    # given three sections with letters of every age
    environment |= post_office.settings
    runtime = new_runtime()
    killer = Killer(yuqing, gate, runtime)
    expected = Expected()
    put(runtime, expected.letters)
    days = iter(RUN_DAYS)
    first = next(days)
    length = killer.length_of(command(first))
    assert {alert for mail in post_office.take() for alert in mail.alerts()} == expected.on(first).keys()

    at_mail: list[tuple[Moment, int]] = [
        *(("MAIL", 0), ("RCPT", 0), ("DATA", 0), ("taken in", 0), ("kept", 0)),
        *(("MAIL", 1), ("DATA", 2), ("kept", 2)),
    ]
    # Each digest is one bulk as `sending`, then one as `sent`.
    at_record: list[tuple[int, Side]] = [(0, "before"), (0, "after"), (1, "before"), (1, "after"), (3, "before")]
    kills: list[tuple[bool, Callable[[Command], bool]]] = [
        *(
            (moment == "kept", lambda command, m=moment, n=number: killer.at_mail(command, post_office, m, n))
            for moment, number in at_mail
        ),
        *(
            (
                number % 2 == 1 and side == "before",
                lambda command, n=number, s=side: killer.at_call(command, writes_in_bulk, n, s),
            )
            for number, side in at_record
        ),
        *((True, lambda command, d=delay: killer.after(command, d)) for delay in delays(length, 4)),
    ]
    killed = []
    for may_repeat, kill in kills:
        day = next(days)
        # when
        killed.append(kill(command(day)))
        again = yuqing(*command(day))
        assert again.wait() == ExitCode.OK, again.output()
        # then all is told, to whom it concerns, in one mail for each section
        wanted = expected.on(day)
        mails = post_office.take()
        assert {(alert, mail.recipients[0]) for mail in mails for alert in mail.alerts()} == set(wanted.items())
        assert len({mail.id for mail in mails}) == len(set(wanted.values())) == 3
        # and what came twice is the same mail twice
        repeats = [count for count in Counter(mail.id for mail in mails).values() if count > 1]
        assert repeats in ([], [2]) if may_repeat else repeats == []
        assert len({mail.content() for mail in mails}) == 3
        assert {record["state"] for record in alerts(runtime).values()} == {"sent"}
    assert all(killed[:-4])
    assert sum(killed[-4:]) >= 2


def test_a_run_killed_between_the_receipt_and_the_record_repeats_that_very_mail(
    yuqing: StartCommand,
    gate: Gate,
    new_runtime: Callable[..., Runtime],
    post_office: PostOffice,
    environment: dict[str, str],
) -> None:
    # given
    environment |= post_office.settings
    runtime = new_runtime()
    put(runtime, [letter(1), letter(2)])
    # when
    assert Killer(yuqing, gate, runtime).at_call(command(date(2019, 11, 18)), writes_in_bulk, 1, "before")
    assert yuqing(*command(date(2019, 11, 18))).wait() == ExitCode.OK
    assert yuqing(*command(date(2019, 11, 18))).wait() == ExitCode.OK
    # then
    first, second = post_office.take()
    assert first.content() == second.content()


def test_a_long_digest_is_repeated_whole_or_not_at_all(
    yuqing: StartCommand,
    gate: Gate,
    new_runtime: Callable[..., Runtime],
    post_office: PostOffice,
    environment: dict[str, str],
) -> None:
    # given as many overdue letters as the first import of a hotline brings
    environment |= post_office.settings
    runtime = new_runtime()
    put(runtime, [letter(number, OFFICE) for number in range(1, 511)], november(18))
    # when it is killed after the receipt, in the middle of writing it down
    assert Killer(yuqing, gate, runtime).at_call(command(date(2019, 11, 18)), writes_in_bulk, 3, "before")
    assert yuqing(*command(date(2019, 11, 18))).wait() == ExitCode.OK
    # then
    mails = post_office.take()
    assert len({mail.content() for mail in mails}) == len({mail.id for mail in mails})
