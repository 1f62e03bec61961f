"""What a reader chose, as it stands in the address of a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core.clock import BEIJING, to_beijing
from core.errors import YuqingError
from dashboards.panel import CONTROLS, Chart, Choice, Dashboard, Panel, WordCloud

PRESETS: Sequence[tuple[int, str]] = ((1, "今天"), (7, "近 7 天"), (30, "近 30 天"), (90, "近 90 天"), (365, "近一年"))
"""Spans of days that end today, with their names."""

LONGEST_DAYS = 36_600
MOST_VALUES = 50
LONGEST_VALUE = 200
TIME = ("days", "since", "until")


class BadChoice(YuqingError):
    """The address asks for something that is not there."""


@dataclass(frozen=True)
class Window:
    """The days chosen, the first and the last included; None is open. `days` is set where they are counted back from today."""

    first: date | None
    last: date | None
    days: int | None = None

    @property
    def since(self) -> datetime | None:
        """The moment the first day begins in Beijing."""
        return datetime.combine(self.first, time(), BEIJING) if self.first else None

    @property
    def until(self) -> datetime | None:
        """The moment after the last day."""
        return datetime.combine(self.last + timedelta(days=1), time(), BEIJING) if self.last else None

    def before(self) -> "Window | None":
        """As many days just before; None for an open one."""
        if self.first is None or self.last is None:
            return None
        span = self.last - self.first + timedelta(days=1)
        return Window(self.first - span, self.last - span)


@dataclass(frozen=True)
class Asked:
    """The days and the values, which are by field."""

    window: Window
    values: dict[str, list[str]]

    @property
    def choice(self) -> Choice:
        """The same as panels take it."""
        return Choice(self.window.since, self.window.until, self.values)


def fields_of(panels: Iterable[Panel]) -> frozenset[str]:
    """The fields that a reader of these panels can choose values of: the controls, and what a click narrows to."""
    fields = set(CONTROLS)
    for panel in panels:
        match panel.picture:
            case Chart(narrows=narrows):
                fields.update(narrows.values())
            case WordCloud(narrows=field):
                fields.add(field)
    return frozenset(fields)


def read_choice(given: Sequence[tuple[str, str]], board: Dashboard, fields: frozenset[str], now: datetime) -> Asked:
    """The choice that an address's parameters stand for. Raises `BadChoice` naming the one that is wrong."""
    times: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in given:
        if name in TIME:
            if name in times:
                raise BadChoice(f"{name} 只能写一次。")
            times[name] = value
        elif name in fields:
            values.setdefault(name, []).append(_checked_value(name, value))
        else:
            raise BadChoice(f"没有 {name[:40]} 这个条件。", f"可用的有：{'、'.join((*TIME, *sorted(fields)))}")
    for name, chosen in values.items():
        if len(chosen) > MOST_VALUES:
            raise BadChoice(f"{name} 最多选 {MOST_VALUES} 个。")
    return Asked(_window(times, board, to_beijing(now).date()), {name: sorted(set(v)) for name, v in values.items()})


def _window(times: dict[str, str], board: Dashboard, today: date) -> Window:
    if "days" in times and len(times) > 1:
        raise BadChoice("days 不能和 since、until 一起用。")
    if "since" in times or "until" in times:
        first, last = (_day(name, times[name]) if name in times else None for name in ("since", "until"))
        if first and last and first > last:
            raise BadChoice(f"开始日期 {first} 在结束日期 {last} 之后。")
        return Window(first, last)
    days = _days(times["days"]) if "days" in times else board.days
    return Window(today - timedelta(days=days - 1), today, days)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LONGEST_DAYS):
        raise BadChoice(f"days 必须是 1 到 {LONGEST_DAYS} 的整数；现在是“{text[:20]}”。")
    return int(text)


def _day(name: str, text: str) -> date:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise BadChoice(f"{name} 必须是日期，如 2026-01-09；现在是“{text[:20]}”。") from None
    if not 1900 <= day.year <= 2200:
        raise BadChoice(f"{name} 的年份应在 1900 到 2200 之间。")
    return day


def _checked_value(name: str, value: str) -> str:
    if not value or len(value) > LONGEST_VALUE:
        raise BadChoice(f"{name} 的值不能是空的，最多 {LONGEST_VALUE} 个字。")
    return value
