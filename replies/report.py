"""Reply quality by department and month. Pure: figures of graded replies come in."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from replies.dimensions import TITLES, Name
from replies.quality import Level, Quality, Verdict


@dataclass(frozen=True)
class Graded:
    """What the report needs of one reply. `month` (`2020-01`) is that of the reply."""

    department: str | None
    month: str | None
    total: float
    level: Level
    verdict: Verdict
    template_only: bool
    shares: dict[Name, float]


@dataclass(frozen=True)
class QualityRow:
    """Figures of one department and month; `month` None: all months, `department` None: all departments.

    Rates are shares from 0 to 1; `dimensions` holds mean points from 0 to 100, without those that no reply has.
    """

    department: str | None
    month: str | None
    replies: int
    mean: float
    median: float
    good_rate: float
    poor_rate: float
    no_answer_rate: float
    """Received, passed on or sent elsewhere without an answer, or nothing at all."""
    template_rate: float
    dimensions: dict[Name, float]


def graded(quality: Quality, department: str | None, month: str | None) -> Graded:
    """The figures of one reply."""
    shares = {one.name: one.share for one in quality.dimensions}
    return Graded(department, month, quality.total, quality.level, quality.verdict, quality.template_only, shares)


def report(replies: Iterable[Graded], unknown: str) -> list[QualityRow]:
    """Rows by department and month, each department's total after its months, the grand total last; empty without replies.

    `unknown` names the department, and the month, of replies that have none.
    """
    everything = list(replies)
    rows = []
    for department in sorted({one.department or unknown for one in everything}):
        own = [one for one in everything if (one.department or unknown) == department]
        for month in sorted({one.month or unknown for one in own}):
            rows.append(_row(department, month, [one for one in own if (one.month or unknown) == month]))
        rows.append(_row(department, None, own))
    return [*rows, _row(None, None, everything)] if everything else []


def _row(department: str | None, month: str | None, replies: Sequence[Graded]) -> QualityRow:
    def rate(fits: Callable[[Graded], bool]) -> float:
        return sum(map(fits, replies)) / len(replies)

    points = {name: [one.shares[name] for one in replies if name in one.shares] for name in TITLES}
    return QualityRow(
        department=department,
        month=month,
        replies=len(replies),
        mean=fmean(one.total for one in replies),
        median=median(one.total for one in replies),
        good_rate=rate(lambda one: one.level == "较好"),
        poor_rate=rate(lambda one: one.level == "较差"),
        no_answer_rate=rate(lambda one: one.verdict in {"empty", "received", "passed_on", "elsewhere"}),
        template_rate=rate(lambda one: one.template_only),
        dimensions={name: 100 * fmean(shares) for name, shares in points.items() if shares},
    )
