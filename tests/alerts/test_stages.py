"""How urgent a post is at a given time. The post of most tests came on Monday 5 January 2026 and is due on Monday the 12th."""

from datetime import datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.calendar import WorkCalendar
from alerts.deadlines import Assignment, DeadlineBook, DeadlinesFile, Rule
from core.clock import to_beijing
from core.post import Deadline, Post
from tests.alerts.samples import beijing, book, post

BOOK = book()
ORDER = [None, "due_in_3", "due_in_1", "due_today", "overdue", "escalated"]


def assessed(of: Post, at: str) -> Deadline:
    deadline = BOOK.assess(of, beijing(at))
    assert deadline is not None
    return deadline


@pytest.mark.parametrize(
    ("at", "stage"),
    [
        ("2026-01-05 10:00", None),
        ("2026-01-06 23:59", None),  # four working days left: Wednesday, Thursday, Friday, Monday
        ("2026-01-07 00:00", "due_in_3"),  # Thursday, Friday, Monday
        ("2026-01-08 23:59", "due_in_3"),
        ("2026-01-09 00:00", "due_in_1"),  # Monday is the only one left
        ("2026-01-11 23:59", "due_in_1"),  # still so on Sunday
        ("2026-01-12 00:00", "due_today"),
        ("2026-01-12 17:29", "due_today"),
        ("2026-01-12 17:30", "due_today"),
        ("2026-01-12 17:31", "overdue"),
        ("2026-01-12 23:59", "overdue"),
        ("2026-01-13 23:59", "overdue"),  # by one working day
        ("2026-01-14 00:00", "escalated"),  # by more than one
        ("2026-03-01 08:30", "escalated"),
    ],
)
def test_a_waiting_post_gets_more_urgent_at_these_minutes(at: str, stage: str | None) -> None:
    assert assessed(post("2026-01-05 10:00"), at).stage == stage


@pytest.mark.parametrize(
    ("at", "stage"),
    [
        ("2026-09-29 23:59", "due_in_3"),  # 30; 8, 9
        ("2026-09-30 08:30", "due_in_3"),
        ("2026-10-07 23:59", "due_in_3"),  # the whole National Day week
        ("2026-10-08 00:00", "due_in_1"),
        ("2026-10-09 17:31", "overdue"),
        ("2026-10-10 23:59", "overdue"),  # a worked Saturday: one working day over
        ("2026-10-11 23:59", "overdue"),  # Sunday adds none
        ("2026-10-12 00:00", "escalated"),
    ],
)
def test_holidays_do_not_make_a_post_more_urgent_and_worked_weekends_do(at: str, stage: str | None) -> None:
    # given a question of Thursday 24 September, due on Friday 9 October (25 is Mid-Autumn; 28, 29, 30; 8, 9)
    waiting = post("2026-09-24 10:00")
    # then
    assert to_beijing(assessed(waiting, at).due_at).isoformat() == "2026-10-09T17:30:00+08:00"
    assert assessed(waiting, at).stage == stage


@pytest.mark.parametrize("status", ["待回复", "处理中"])
def test_a_post_waits_while_it_is_new_or_in_hand(status: str) -> None:
    assert assessed(post(status=status), "2026-01-12 08:30").stage == "due_today"


def test_before_it_was_posted_a_post_is_not_urgent() -> None:
    # given a rule so short that a post is urgent from its first minute
    file = DeadlinesFile(
        rules={"short": Rule(title="五小时", source="试", hours=5)},
        assignments=(Assignment(channels=("message_board",), rule="short"),),
    )
    short = DeadlineBook(file, WorkCalendar())
    # when a run for the minute before, and one for that minute, look at it
    before, then = (short.assess(post("2026-01-05 10:00"), beijing(f"2026-01-05 {at}")) for at in ("09:59", "10:00"))
    # then
    assert before is not None
    assert then is not None
    assert (before.stage, before.on_time, before.answered_at) == (None, None, None)
    assert then.stage == "due_today"


@pytest.mark.parametrize("status", ["已回复", "已办结"])
def test_a_closed_post_without_dated_reply_is_neither_urgent_nor_judged(status: str) -> None:
    # when it is looked at long after it was due
    deadline = assessed(post(status=status, replies=[{"body": "已处理"}]), "2026-03-01 08:30")
    # then
    assert (deadline.stage, deadline.on_time, deadline.answered_in_working_days) == (None, None, None)


def test_a_post_of_unknown_state_is_not_urgent() -> None:
    assert assessed(post(status=None), "2026-03-01 08:30").stage is None


@pytest.mark.parametrize(
    ("answered", "on_time"),
    [("2026-01-12 17:30:00", True), ("2026-01-12 17:30:01", False), ("2026-01-05 10:05", True)],
)
def test_an_answer_is_in_time_up_to_the_due_moment(answered: str, on_time: bool) -> None:
    # when
    deadline = assessed(post(answered=answered), "2026-03-01 08:30")
    # then
    assert (deadline.stage, deadline.on_time) == (None, on_time)
    assert deadline.answered_at == beijing(answered)


@pytest.mark.parametrize(
    ("answered", "days"),
    [
        ("2026-01-05 23:00", 0),  # the same day
        ("2026-01-06 08:00", 1),
        ("2026-01-10 12:00", 4),  # Saturday: four working days have gone
        ("2026-01-12 17:30", 5),
        ("2026-02-24 09:00", 31),  # over the Spring Festival
    ],
)
def test_the_time_to_the_answer_is_told_in_working_days(answered: str, days: int) -> None:
    assert assessed(post("2026-01-05 10:00", answered=answered), "2026-03-01 08:30").answered_in_working_days == days


def test_the_first_dated_reply_is_the_answer() -> None:
    # given an undated reply, and two dated ones in no order
    replies = [
        {"body": "转办"},
        {"body": "补充", "replied_at": beijing("2026-01-15 09:00")},
        {"body": "答复", "replied_at": beijing("2026-01-08 09:00")},
    ]
    # when
    deadline = assessed(post(status="已办结", replies=replies), "2026-03-01 08:30")
    # then
    assert deadline.answered_at == beijing("2026-01-08 09:00")
    assert deadline.answered_in_working_days == 3


def test_a_reply_ends_the_waiting_even_while_the_status_still_says_waiting() -> None:
    # given a board that learns of its replies before it changes the status
    replies = [{"body": "答复", "replied_at": beijing("2026-01-08 09:00")}]
    # then
    assert assessed(post(status="处理中", replies=replies), "2026-03-01 08:30").stage is None


def test_a_run_for_last_tuesday_gives_last_tuesdays_result() -> None:
    # given a post answered on Thursday the 15th, three working days late
    answered = post("2026-01-05 10:00", answered="2026-01-15 11:00")
    # when it is looked at as of Tuesday, Wednesday, and the minutes around the answer
    tuesday, wednesday, before, after = (
        assessed(answered, at)
        for at in ("2026-01-13 08:30", "2026-01-14 08:30", "2026-01-15 10:59", "2026-01-15 11:00")
    )
    # then it waits until it is answered
    assert (tuesday.stage, tuesday.on_time, tuesday.answered_at) == ("overdue", False, None)
    assert (wednesday.stage, before.stage) == ("escalated", "escalated")
    assert (after.stage, after.on_time, after.answered_in_working_days) == (None, False, 8)


def test_an_answer_in_time_leaves_the_days_before_it_unjudged() -> None:
    # given
    answered = post("2026-01-05 10:00", answered="2026-01-12 09:00")
    # then on the morning of its due day it was waiting, and not late
    morning = assessed(answered, "2026-01-12 08:30")
    assert (morning.stage, morning.on_time) == ("due_today", None)


def test_a_waiting_post_past_its_due_time_is_late() -> None:
    # given
    waiting = post("2026-01-05 10:00")
    # then
    assert assessed(waiting, "2026-01-12 17:30").on_time is None
    assert assessed(waiting, "2026-01-12 17:31").on_time is False


@pytest.mark.parametrize(
    ("at", "days"),
    [
        ("2026-01-05 10:00", 0),
        ("2026-01-12 23:00", 0),
        ("2026-01-13 00:00", 1),
        ("2026-01-16 08:30", 4),
        ("2026-01-18 08:30", 4),  # the weekend adds none
        ("2026-01-19 08:30", 5),
    ],
)
def test_working_days_overdue_are_those_begun_after_the_due_day(at: str, days: int) -> None:
    assert BOOK.overdue_working_days(beijing("2026-01-12 17:30"), beijing(at)) == days


@given(
    st.datetimes(datetime(2006, 1, 1), datetime(2025, 6, 1)),
    st.integers(0, 60 * 24 * 60),
    st.integers(0, 10 * 24 * 60),
)
def test_while_it_waits_a_post_never_gets_less_urgent(posted: datetime, minutes: int, more: int) -> None:
    # given
    waiting = post(posted.isoformat())
    earlier = beijing(posted.isoformat()) + timedelta(minutes=minutes)
    # when
    first, second = BOOK.assess(waiting, earlier), BOOK.assess(waiting, earlier + timedelta(minutes=more))
    # then
    assert first is not None
    assert second is not None
    assert ORDER.index(first.stage) <= ORDER.index(second.stage)


@given(st.datetimes(datetime(2006, 1, 1), datetime(2025, 6, 1)), st.integers(0, 45 * 24 * 60))
def test_stages_agree_with_counting_day_by_day(posted: datetime, minutes: int) -> None:
    # given
    moment = beijing(posted.isoformat()) + timedelta(minutes=minutes)
    # when
    deadline = BOOK.assess(post(posted.isoformat()), moment)
    # then
    assert deadline is not None
    today, due_day = to_beijing(moment).date(), to_beijing(deadline.due_at).date()
    first, last = sorted((today, due_day))
    days = [first + timedelta(days=number) for number in range(1, (last - first).days + 1)]
    working = sum(bool(chinese_calendar.is_workday(day)) for day in days)
    if moment > deadline.due_at:
        expected: str | None = "escalated" if working > 1 else "overdue"
    elif today == due_day:
        expected = "due_today"
    else:
        expected = "due_in_1" if working == 1 else "due_in_3" if working <= 3 else None
    assert deadline.stage == expected
