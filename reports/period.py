"""What a report is about: an ISO week, a month or a quarter, from midnight to midnight in Beijing. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from core.clock import BEIJING, to_beijing
from core.errors import ExitCode, YuqingError

Kind = Literal["week", "month", "quarter"]
FIRST_YEAR, LAST_YEAR = 2000, 2099
LAST_INSTANT = timedelta(milliseconds=1)
"""Elasticsearch counts time in milliseconds: so long before the end is still within."""
_QUARTERS = "一二三四"


class NoPeriod(YuqingError):
    """What was asked for is no week, month or quarter, or one that has not ended."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class Words:
    """How a kind of period is spoken of."""

    report: str
    this: str
    before: str
    four: str
    unit: str


WORDS: dict[Kind, Words] = {
    "week": Words("周报", "本周", "上周", "前四周", "周"),
    "month": Words("月报", "本月", "上月", "前四个月", "个月"),
    "quarter": Words("季报", "本季度", "上季度", "前四个季度", "个季度"),
}


@dataclass(frozen=True)
class Period:
    """The period of that kind whose first day is `first`."""

    kind: Kind
    first: date

    @property
    def start(self) -> datetime:
        """The first instant (Beijing time)."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return _midnight(self.following().first)

    @property
    def last_instant(self) -> datetime:
        """The last instant, to the millisecond."""
        return self.end - LAST_INSTANT

    @property
    def last(self) -> date:
        """The last day."""
        return self.following().first - timedelta(days=1)

    @property
    def words(self) -> Words:
        """How it is spoken of."""
        return WORDS[self.kind]

    @property
    def key(self) -> str:
        """`2020-W02`, `2020-01` or `2020-Q1`."""
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            return f"{year}-W{week:02}"
        return f"{self.first:%Y-%m}" if self.kind == "month" else f"{self.first.year}-Q{_quarter(self.first)}"

    @property
    def title(self) -> str:
        """`2020年第2周`, `2020年1月` or `2020年第一季度`."""
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            return f"{year}年第{week}周"
        if self.kind == "month":
            return f"{self.first.year}年{self.first.month}月"
        return f"{self.first.year}年第{_QUARTERS[_quarter(self.first) - 1]}季度"

    @property
    def dates(self) -> str:
        """`1月6日至1月12日`; with years where they are two."""
        both = self.first.year != self.last.year
        return f"{day(self.first, 0 if both else None)}至{day(self.last, 0 if both else None)}"

    def before(self, count: int = 1) -> "Period":
        """The period so many before this one."""
        return self._moved(-count)

    def following(self) -> "Period":
        """The next one."""
        return self._moved(1)

    def _moved(self, count: int) -> "Period":
        if self.kind == "week":
            return Period("week", self.first + timedelta(weeks=count))
        months = self.first.year * 12 + self.first.month - 1 + count * (1 if self.kind == "month" else 3)
        return Period(self.kind, date(months // 12, months % 12 + 1, 1))


def day(one: date, year: int | None = None) -> str:
    """`1月6日`; of another year than the one named `2019年12月30日`."""
    other = f"{one.year}年" if year is not None and one.year != year else ""
    return f"{other}{one.month}月{one.day}日"


def read_week(text: str) -> Period:
    """The ISO week written as `2020-W02`. Raises `NoPeriod`."""
    year, week = _numbers(text, r"(\d{4})-?[Ww](\d{1,2})", "周", "2020-W02")
    try:
        return Period("week", date.fromisocalendar(year, week, 1))
    except ValueError:
        last = date(year, 12, 28).isocalendar().week
        raise NoPeriod(f"{year} 年没有第 {week} 周。", f"{year} 年有第 1 至第 {last} 周。") from None


def read_month(text: str) -> Period:
    """The month written as `2020-01`. Raises `NoPeriod`."""
    year, month = _numbers(text, r"(\d{4})-(\d{1,2})", "月份", "2020-01")
    if not 1 <= month <= 12:
        raise NoPeriod(f"没有 {month} 月。", "月份是 1 到 12，如 2020-01。")
    return Period("month", date(year, month, 1))


def read_quarter(text: str) -> Period:
    """The quarter written as `2020-Q1`. Raises `NoPeriod`."""
    year, quarter = _numbers(text, r"(\d{4})-?[Qq](\d)", "季度", "2020-Q1")
    if not 1 <= quarter <= 4:
        raise NoPeriod(f"没有第 {quarter} 季度。", "季度是 1 到 4，如 2020-Q1。")
    return Period("quarter", date(year, quarter * 3 - 2, 1))


READERS: dict[Kind, Callable[[str], Period]] = {"week": read_week, "month": read_month, "quarter": read_quarter}


def last_complete(kind: Kind, at: datetime) -> Period:
    """The last period of that kind that had ended at `at`."""
    return _holding(kind, to_beijing(at).date()).before()


def ended(period: Period, at: datetime) -> Period:
    """The period itself. Raises `NoPeriod` when it had not ended at `at`: half a week held against a whole one misleads."""
    if period.end > at:
        known = last_complete(period.kind, at)
        raise NoPeriod(
            f"{period.title}（{period.dates}）还没有结束。", f"最近一个完整的是 {known.key}（{known.dates}）。"
        )
    return period


def _holding(kind: Kind, today: date) -> Period:
    if kind == "week":
        return Period(kind, today - timedelta(days=today.weekday()))
    return Period(kind, date(today.year, today.month if kind == "month" else _quarter(today) * 3 - 2, 1))


def _numbers(text: str, pattern: str, what: str, example: str) -> tuple[int, int]:
    found = re.fullmatch(pattern, text.strip(), re.ASCII)
    if not found:
        raise NoPeriod(f"认不出这个{what}：{text}", f"要写成 {example} 这样。")
    year, number = int(found[1]), int(found[2])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise NoPeriod(f"{year} 年不在范围之内。", f"年份从 {FIRST_YEAR} 到 {LAST_YEAR}。")
    return year, number


def _quarter(one: date) -> int:
    return (one.month + 2) // 3


def _midnight(one: date) -> datetime:
    return datetime.combine(one, time(), BEIJING)
