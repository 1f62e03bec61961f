"""The deadline report: exact figures from counted groups of posts. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

State = Literal["answered", "open", "overdue", "closed_undated", "unknown"]


@dataclass(frozen=True)
class Tally:
    """So many posts of one department, month of posting (`2020-01`) and state; `days` are working days to the answer."""

    department: str
    month: str
    days: int | None
    on_time: bool | None
    state: State
    count: int


@dataclass(frozen=True)
class ReportRow:
    """Figures of one department and month; `month` None: all months, `department` None: all departments.

    `on_time_rate` is the share of posts answered in time among those answered. Days are working days, quantiles linear
    between neighbours (type 7 of Hyndman and Fan, the default of numpy and R). `undated` posts are closed or of unknown
    state without a dated answer; they count as received only.
    """

    department: str | None
    month: str | None
    received: int
    answered: int
    on_time: int
    on_time_rate: float | None
    median_days: float | None
    p90_days: float | None
    open: int
    overdue: int
    undated: int
    extended: int = 0


def report(tallies: Sequence[Tally], extended: Mapping[tuple[str, str], int] | None = None) -> list[ReportRow]:
    """Rows by department and month, each department's total after its months, the grand total last.

    `extended` is how many of them had their deadline extended, by department and month.
    """
    rows = []
    for department in sorted({tally.department for tally in tallies}):
        own = [tally for tally in tallies if tally.department == department]
        for month in sorted({tally.month for tally in own}):
            rows.append(_row(department, month, [tally for tally in own if tally.month == month], extended or {}))
        rows.append(_row(department, None, own, extended or {}))
    return [*rows, _row(None, None, tallies, extended or {})]


def _row(
    department: str | None, month: str | None, tallies: Sequence[Tally], extended: Mapping[tuple[str, str], int]
) -> ReportRow:
    def count(fits: Callable[[Tally], bool]) -> int:
        return sum(tally.count for tally in tallies if fits(tally))

    answered = count(lambda tally: tally.state == "answered")
    on_time = count(lambda tally: tally.state == "answered" and tally.on_time is True)
    weights: dict[int, int] = {}
    for tally in tallies:
        if tally.state == "answered" and tally.days is not None:
            weights[tally.days] = weights.get(tally.days, 0) + tally.count
    return ReportRow(
        department=department,
        month=month,
        received=count(lambda _: True),
        answered=answered,
        on_time=on_time,
        on_time_rate=on_time / answered if answered else None,
        median_days=quantile(weights, 0.5),
        p90_days=quantile(weights, 0.9),
        open=count(lambda tally: tally.state == "open"),
        overdue=count(lambda tally: tally.state == "overdue"),
        undated=count(lambda tally: tally.state in {"closed_undated", "unknown"}),
        extended=sum(extended.get(group, 0) for group in {(tally.department, tally.month) for tally in tallies}),
    )


def quantile(weights: dict[int, int], share: float) -> float | None:
    """The quantile of values that occur so many times each, linear between neighbours; None without values."""
    total = sum(weights.values())
    if total == 0:
        return None
    position = share * (total - 1)
    low = int(position)
    ordered = sorted(weights)
    below, above = _at(ordered, weights, low), _at(ordered, weights, min(low + 1, total - 1))
    return below + (position - low) * (above - below)


def _at(ordered: Sequence[int], weights: dict[int, int], index: int) -> int:
    """The value at that place of the sorted sequence in which each value stands as often as it occurs."""
    seen = 0
    for value in ordered:
        seen += weights[value]
        if index < seen:
            return value
    raise IndexError(index)
