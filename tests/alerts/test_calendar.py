"""Working days. Expected days are read off the State Council's notices, or counted one by one with chinese_calendar."""

import logging
from datetime import date, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.calendar import WorkCalendar

KNOWN = st.dates(date(2005, 1, 1), date(2025, 12, 31))
FIRST_UNKNOWN_YEAR = max(chinese_calendar.constants.holidays).year + 1
CALENDAR = WorkCalendar()
"""Shared by the property tests: a calendar only gathers years, it does not change."""


def day(text: str) -> date:
    return date.fromisoformat(text)


def counted_one_by_one(start: date, count: int) -> date:
    """The oracle: walk on from the day after `start` until so many working days have been met."""
    current = start
    while count:
        current += timedelta(days=1)
        count -= bool(chinese_calendar.is_workday(current))
    return current


@pytest.mark.parametrize(
    ("text", "works"),
    [
        ("2026-01-05", True),  # an ordinary Monday
        ("2026-01-10", False),  # an ordinary Saturday
        ("2026-01-02", False),  # Friday, New Year holiday
        ("2026-01-04", True),  # Sunday worked in exchange
        ("2026-02-14", True),  # Saturday worked before the Spring Festival
        ("2026-02-16", False),  # Monday of the Spring Festival
        ("2026-02-23", False),  # its last day, a Monday
        ("2026-02-28", True),  # Saturday worked after it
        ("2025-09-28", True),  # Sunday worked before the National Day
        ("2025-10-08", False),  # eighth day of National Day and Mid-Autumn together
        ("2025-10-11", True),  # Saturday worked after it
        ("2020-01-31", False),  # Friday, Spring Festival prolonged in 2020
        ("2020-02-01", False),  # Saturday that was to be worked before it was prolonged
    ],
)
def test_working_days_follow_the_state_councils_arrangement(text: str, works: bool) -> None:
    assert WorkCalendar().is_working_day(day(text)) is works


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        ("2026-01-05", 5, "2026-01-12"),  # over one weekend
        ("2026-01-09", 1, "2026-01-12"),  # Friday to Monday
        ("2026-01-10", 1, "2026-01-12"),  # from a Saturday
        ("2025-12-31", 1, "2026-01-04"),  # over the turn of the year, to a Sunday worked in exchange
        ("2026-02-13", 1, "2026-02-14"),  # Friday to a worked Saturday
        ("2026-02-13", 2, "2026-02-24"),  # then nine days of Spring Festival
        ("2026-02-13", 6, "2026-02-28"),  # another worked Saturday
        ("2026-09-30", 1, "2026-10-08"),  # the National Day week
        ("2026-09-30", 3, "2026-10-10"),
        ("2024-02-09", 1, "2024-02-18"),
        ("2023-09-28", 2, "2023-10-08"),  # a worked Saturday and Sunday in a row
    ],
)
def test_holidays_are_jumped_and_swapped_weekends_are_counted(start: str, count: int, expected: str) -> None:
    assert WorkCalendar().add_working_days(day(start), count) == day(expected)


def test_the_day_it_starts_from_does_not_count_even_when_it_is_a_working_day() -> None:
    # given a Monday and the Sunday before it
    calendar = WorkCalendar()
    # then one working day on from either is the first working day after it
    assert calendar.add_working_days(day("2026-01-12"), 1) == day("2026-01-13")
    assert calendar.add_working_days(day("2026-01-11"), 1) == day("2026-01-12")


@pytest.mark.parametrize("count", [0, -1])
def test_fewer_than_one_working_day_cannot_be_added(count: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        WorkCalendar().add_working_days(day("2026-01-05"), count)


@pytest.mark.parametrize(
    ("start", "end", "between"),
    [
        ("2026-01-05", "2026-01-05", 0),
        ("2026-01-05", "2026-01-06", 1),
        ("2026-01-09", "2026-01-11", 0),
        ("2026-02-13", "2026-03-02", 7),
        ("2025-12-31", "2026-01-05", 2),
        ("2026-01-06", "2026-01-05", -1),
        ("2024-12-31", "2026-01-01", 248),  # all of 2025: 365 days without 117 of rest
    ],
)
def test_working_days_between_two_days_count_the_last_and_not_the_first(start: str, end: str, between: int) -> None:
    assert WorkCalendar().working_days_between(day(start), day(end)) == between


@given(KNOWN, st.integers(1, 40))
def test_adding_agrees_with_counting_day_by_day(start: date, count: int) -> None:
    assert CALENDAR.add_working_days(start, count) == counted_one_by_one(start, count)


@given(st.dates(date(2005, 1, 1), date(2060, 12, 31)), st.integers(1, 600))
def test_adding_working_days_and_counting_them_gives_the_number_back(start: date, count: int) -> None:
    # when
    end = CALENDAR.add_working_days(start, count)
    # then
    assert CALENDAR.working_days_between(start, end) == count
    assert CALENDAR.working_days_between(end, start) == -count
    assert CALENDAR.is_working_day(end)


@given(st.dates(date(2005, 1, 1), date(2060, 12, 31)), st.integers(0, 30), st.integers(1, 60))
def test_who_starts_later_is_never_due_earlier(start: date, later: int, count: int) -> None:
    # when
    due = CALENDAR.add_working_days(start, count)
    # then
    assert start < due <= CALENDAR.add_working_days(start + timedelta(days=later), count)
    assert due < CALENDAR.add_working_days(start, count + 1)


@given(KNOWN, st.integers(0, 400), st.integers(0, 400))
def test_two_stretches_that_follow_each_other_add_up(start: date, first: int, second: int) -> None:
    # given
    middle = start + timedelta(days=first)
    end = middle + timedelta(days=second)
    # then
    whole = CALENDAR.working_days_between(start, end)
    assert whole == CALENDAR.working_days_between(start, middle) + CALENDAR.working_days_between(middle, end)


def test_a_single_day_can_be_made_a_rest_or_a_working_day() -> None:
    # given a Tuesday off and a Saturday on
    calendar = WorkCalendar({day("2026-06-30"): False, day("2026-07-04"): True})
    # then
    assert calendar.add_working_days(day("2026-06-29"), 1) == day("2026-07-01")
    assert calendar.add_working_days(day("2026-07-03"), 1) == day("2026-07-04")
    assert calendar.working_days_between(day("2026-06-29"), day("2026-07-05")) == 4


def test_an_override_outranks_the_state_councils_calendar() -> None:
    # given a day of the National Day week that has to be worked, and a swapped Saturday that has not
    calendar = WorkCalendar({day("2026-10-05"): True, day("2026-10-10"): False})
    # then
    assert calendar.is_working_day(day("2026-10-05"))
    assert not calendar.is_working_day(day("2026-10-10"))


def test_a_year_without_arrangement_is_counted_monday_to_friday() -> None:
    # given a whole year nobody has arranged yet
    year = FIRST_UNKNOWN_YEAR
    calendar = WorkCalendar()
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    # then
    assert [calendar.is_working_day(one) for one in days] == [one.weekday() < 5 for one in days]
    assert calendar.fallback_years == {year}


def test_a_known_year_is_not_said_to_be_counted_monday_to_friday() -> None:
    # given
    calendar = WorkCalendar()
    # when
    calendar.add_working_days(day("2025-03-03"), 100)
    # then
    assert calendar.fallback_years == set()


def test_a_deadline_that_runs_over_into_an_unknown_year_is_counted_on() -> None:
    # given the last day of the last known year
    year = FIRST_UNKNOWN_YEAR
    start = date(year - 1, 12, 31)
    calendar = WorkCalendar()
    # when
    end = calendar.add_working_days(start, 10)
    # then
    assert end.year == year
    assert sum((start + timedelta(days=n)).weekday() < 5 for n in range(1, (end - start).days + 1)) == 10
    assert calendar.fallback_years == {year}


def test_the_log_names_each_unknown_year_once(caplog: pytest.LogCaptureFixture) -> None:
    # given
    calendar = WorkCalendar()
    # when the same two years are asked about again and again
    with caplog.at_level(logging.WARNING, "alerts.calendar"):
        for number in range(700):
            calendar.is_working_day(date(2040, 1, 1) + timedelta(days=number))
        calendar.add_working_days(date(2040, 6, 1), 300)
    # then
    assert [record.getMessage() for record in caplog.records] == [
        f"没有 {year} 年的放假安排，按周一至周五计算工作日" for year in (2040, 2041)
    ]


def test_overrides_work_in_an_unknown_year_too() -> None:
    # given the National Day of a year nobody has arranged, entered by the office
    calendar = WorkCalendar({date(2040, 10, 1): False})
    # then Monday 1 October 2040 is off and the Tuesday after it is not
    assert not calendar.is_working_day(date(2040, 10, 1))
    assert calendar.is_working_day(date(2040, 10, 2))
