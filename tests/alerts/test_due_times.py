"""By when a post must be answered, under the rules as shipped. Expected times are counted by hand on the calendar."""

from datetime import date, datetime, time, timedelta
from typing import Any

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.calendar import WorkCalendar
from alerts.deadlines import DeadlineBook, DeadlinesFile, Rule
from core.clock import to_beijing
from tests.alerts.samples import SHIPPED, beijing, book, post

BOOK = book()


def due(posted: str, **changes: Any) -> datetime | None:
    deadline = book().assess(post(posted, **changes), beijing(posted))
    return to_beijing(deadline.due_at).replace(tzinfo=None) if deadline else None


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        ("2026-01-05 10:00", "2026-01-12 17:30"),  # Monday to the next Monday
        ("2026-01-11 10:00", "2026-01-16 17:30"),  # Sunday: the five days of the week
        ("2026-01-02 10:00", "2026-01-08 17:30"),  # in the New Year holiday; Sunday the 4th is worked
        ("2026-02-13 10:00", "2026-02-27 17:30"),  # Saturday the 14th, then four after the Spring Festival
        ("2026-09-29 10:00", "2026-10-12 17:30"),  # 30; 8, 9, Saturday 10; Monday 12
    ],
)
def test_a_question_is_to_be_answered_within_five_working_days(posted: str, expected: str) -> None:
    assert due(posted, kind="咨询") == at(expected)


@pytest.mark.parametrize("kind", ["投诉", "求助", "建言", "感谢", None])
def test_every_other_kind_and_posts_of_unknown_kind_within_ten(kind: str | None) -> None:
    assert due("2026-01-05 10:00", kind=kind) == at("2026-01-19 17:30")


@pytest.mark.parametrize("channel", ["message_board", "hotline", "mailbox"])
def test_the_offices_rule_holds_for_board_hotline_and_mailbox(channel: str) -> None:
    assert due("2026-01-05 10:00", channel=channel, kind="咨询") == at("2026-01-12 17:30")
    assert due("2026-01-05 10:00", channel=channel, kind="投诉") == at("2026-01-19 17:30")


@pytest.mark.parametrize("kind", ["咨询", None])
def test_a_disclosure_request_within_twenty_working_days(kind: str | None) -> None:
    assert due("2026-01-05 10:00", channel="disclosure_request", kind=kind) == at("2026-02-02 17:30")


@pytest.mark.parametrize("channel", ["media", "social"])
def test_media_and_social_posts_have_no_deadline(channel: str) -> None:
    assert due("2026-01-05 10:00", channel=channel) is None


@pytest.mark.parametrize(
    ("posted", "expected"),
    [
        ("2026-01-05 00:00:00", "2026-01-12 17:30"),
        ("2026-01-05 17:29:59", "2026-01-12 17:30"),
        ("2026-01-05 17:30:00", "2026-01-12 17:30"),
        ("2026-01-05 23:59:59", "2026-01-12 17:30"),
        ("2026-01-06 00:00:00", "2026-01-13 17:30"),
    ],
)
def test_the_beijing_day_of_posting_does_not_count_whatever_the_hour(posted: str, expected: str) -> None:
    assert due(posted) == at(expected)


def test_a_due_time_is_kept_in_utc() -> None:
    # when
    deadline = BOOK.assess(post("2026-01-05 10:00"), beijing("2026-01-05 10:00"))
    # then 17:30 in Beijing
    assert deadline is not None
    assert deadline.due_at.isoformat() == "2026-01-12T09:30:00+00:00"


@pytest.mark.parametrize(
    ("rule", "hours"), [("opinion_general", 48), ("opinion_major", 5), ("opinion_major_conference", 24)]
)
@given(start=st.datetimes(datetime(2005, 1, 1), datetime(2030, 1, 1)))
def test_a_rule_in_hours_runs_through_nights_and_holidays_to_the_second(rule: str, hours: int, start: datetime) -> None:
    # given
    moment = beijing(start.isoformat())
    # then
    assert BOOK.due_at(SHIPPED.rules[rule], moment) - moment == timedelta(hours=hours)


def test_a_major_event_on_a_holiday_evening_is_due_in_five_hours() -> None:
    assert BOOK.due_at(SHIPPED.rules["opinion_major"], beijing("2026-10-01 22:17:05")) == beijing("2026-10-02 03:17:05")


def test_a_rule_in_calendar_days_ends_when_the_office_closes_on_its_last_day() -> None:
    # given
    rule = Rule(title="一周", source="试", calendar_days=7)
    # then the National Day week is counted as any other
    assert BOOK.due_at(rule, beijing("2026-09-30 23:00")) == beijing("2026-10-07 17:30")


@given(
    st.datetimes(datetime(2005, 1, 1), datetime(2025, 10, 1)),
    st.sampled_from([("咨询", "message_board", 5), ("投诉", "hotline", 10), (None, "disclosure_request", 20)]),
)
def test_due_days_agree_with_counting_day_by_day(start: datetime, case: tuple[str | None, str, int]) -> None:
    # given
    kind, channel, left = case
    # when
    found = due(start.isoformat(), kind=kind, channel=channel)
    # then
    current: date = start.date()
    while left:
        current += timedelta(days=1)
        left -= bool(chinese_calendar.is_workday(current))
    assert found == datetime.combine(current, time(17, 30))


def test_an_office_that_closes_earlier_has_its_own_hour() -> None:
    # given
    file = DeadlinesFile.model_validate(SHIPPED.model_dump() | {"office_closes": "16:00"})
    own = DeadlineBook(file, WorkCalendar())
    # then
    assert own.due_at(file.rules["inquiry"], beijing("2026-01-05 10:00")) == beijing("2026-01-12 16:00")


def test_a_day_off_of_the_offices_own_moves_the_due_day() -> None:
    # given Friday 9 January off
    own = book(WorkCalendar({date(2026, 1, 9): False}))
    # then
    assert own.due_at(SHIPPED.rules["inquiry"], beijing("2026-01-05 10:00")) == beijing("2026-01-13 17:30")


def test_the_first_assignment_that_fits_counts() -> None:
    # given
    rules = {name: Rule(title=name, source="试", hours=number) for number, name in enumerate(("一", "二", "三"), 1)}
    assignments = [
        {"channels": ["hotline"], "rule": "一"},
        {"channels": ["hotline", "mailbox"], "kinds": ["咨询", "投诉"], "rule": "二"},
        {"channels": ["mailbox"], "rule": "三"},
    ]
    own = DeadlineBook(DeadlinesFile.model_validate({"rules": rules, "assignments": assignments}), WorkCalendar())

    def rule_of(channel: str, kind: str | None) -> str | None:
        deadline = own.assess(post(channel=channel, kind=kind), beijing("2026-01-05 10:00"))
        return deadline.rule if deadline else None

    # then
    assert rule_of("hotline", "咨询") == "一"
    assert rule_of("mailbox", "投诉") == "二"
    assert rule_of("mailbox", "求助") == "三"
    assert rule_of("mailbox", None) == "三"
    assert rule_of("message_board", "咨询") is None
