"""Working days in China: the State Council's yearly holiday arrangement, swapped working weekends (调休) included."""

import logging
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import chinese_calendar

from core.config import Config

log = logging.getLogger(__name__)
SATURDAY = 5


class CalendarFile(Config):
    """`config/calendar.yml`: single days that differ from the arrangement `chinesecalendar` knows."""

    overrides: dict[date, Literal["work", "rest"]] = {}

    @cached_property
    def days(self) -> dict[date, bool]:
        """Whether each of the days is a working day."""
        return {day: kind == "work" for day, kind in self.overrides.items()}


class WorkCalendar:
    """Answers questions about working days; `overrides` says of single days whether they are one.

    For a year `chinesecalendar` does not know, Monday to Friday are working days; the year is kept in `fallback_years`
    and named once in the log.
    """

    def __init__(self, overrides: Mapping[date, bool] | None = None) -> None:
        self._overrides = dict(overrides or {})
        self._years: dict[int, list[date]] = {}
        self.fallback_years: set[int] = set()

    def is_working_day(self, day: date) -> bool:
        """Whether offices work on that day."""
        days = self._days_of(day.year)
        index = bisect_left(days, day)
        return index < len(days) and days[index] == day

    def add_working_days(self, start: date, count: int) -> date:
        """The `count`-th working day (1 or more) after `start`; `start` itself does not count."""
        if count < 1:
            raise ValueError(f"count must be at least 1, not {count}")
        year = start.year
        while True:
            days = self._days_of(year)
            first = bisect_right(days, start)
            if first + count <= len(days):
                return days[first + count - 1]
            count -= len(days) - first
            year += 1

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and including `end`; negative, the other way round, when `end` is earlier."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(
            bisect_right(self._days_of(year), end) - bisect_right(self._days_of(year), start)
            for year in range(start.year, end.year + 1)
        )

    def _days_of(self, year: int) -> list[date]:
        """The working days of a year in order; worked out once."""
        if year not in self._years:
            first = date(year, 1, 1)
            days = (first + timedelta(days=number) for number in range(366))
            self._years[year] = [day for day in days if day.year == year and self._works(day)]
        return self._years[year]

    def _works(self, day: date) -> bool:
        if day in self._overrides:
            return self._overrides[day]
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:
            if day.year not in self.fallback_years:
                self.fallback_years.add(day.year)
                log.warning("没有 %s 年的放假安排，按周一至周五计算工作日", day.year)
            return day.weekday() < SATURDAY
