"""Figures of this period beside the one before and the mean of the four before; only where there is something to compare.

Of a figure `x` there are `x.before`, `x.change` (x less x.before) and `x.mean`. Nothing is compared with a time from before
the first post: a first week is no rise.
"""

from dataclasses import dataclass
from datetime import datetime

from reports.content import Cell
from reports.figures import Figures
from reports.period import Kind, Period
from reports.questions import COMPARED
from reports.takes import Path, Take
from reports.telling import NONE, Teller


@dataclass(frozen=True)
class Comparison:
    """Adds figures with those they are compared with; `before` and `four` say whether there were posts that long ago."""

    figures: Figures
    kind: Kind
    before: bool
    four: bool

    @classmethod
    def of(cls, figures: Figures, period: Period) -> "Comparison":
        """What the first post allows; it stands in the figure `first`."""
        name = figures.add("first", {"do": "at", "path": ["aggregations", "first", "value_as_string"]}, "first")
        first = datetime.fromisoformat(str(figures[name])) if figures.known(name) else period.end
        return cls(figures, period.kind, first < period.start, first < period.before(COMPARED - 1).start)

    def count(self, name: str, query: str, within: Path = ("doc_count",)) -> str:
        """A number of something, `within` each span of the query's answer; 0 where nothing stands there."""
        self.figures.add(name, {"do": "at", "path": _span("this", within), "else": 0}, query)
        if self.before:
            self.figures.add(f"{name}.before", {"do": "at", "path": _span("before", within), "else": 0}, query)
        if self.four:
            self.figures.add(f"{name}.four", {"do": "at", "path": _span("four", within), "else": 0}, query)
        return self._compared(name, {"do": "divide", "of": [f"{name}.four", COMPARED]})

    def share(self, name: str, part: str, whole: str) -> str:
        """One count in per cent of another; the four periods before taken as one."""
        self.figures.add(name, {"do": "percent", "of": [part, whole]})
        if self.before:
            self.figures.add(f"{name}.before", {"do": "percent", "of": [f"{part}.before", f"{whole}.before"]})
        return self._compared(name, {"do": "percent", "of": [f"{part}.four", f"{whole}.four"]})

    def median(self, name: str, query: str, within: Path) -> str:
        """A median of buckets; the four periods before taken as one."""
        self.figures.add(name, {"do": "median", "path": _span("this", within)}, query)
        if self.before:
            self.figures.add(f"{name}.before", {"do": "median", "path": _span("before", within)}, query)
        return self._compared(name, {"do": "median", "path": _span("four", within)}, query)

    def state(self, name: str, query: str) -> str:
        """A number of posts at the end of the period, and at the ends of those before."""
        ends: list[Path] = [
            ["aggregations", "at", "buckets", f"{name}.{end}", "doc_count"] for end in range(COMPARED + 1)
        ]
        self.figures.add(name, {"do": "at", "path": ends[0]}, query)
        if self.before:
            self.figures.add(f"{name}.before", {"do": "at", "path": ends[1]}, query)
        if not self.four:
            return self._compared(name, {})
        earlier = [
            self.figures.add(f"{name}.{end}", {"do": "at", "path": ends[end]}, query) for end in range(1, COMPARED + 1)
        ]
        return self._compared(name, {"do": "mean", "of": earlier})

    def _compared(self, name: str, mean: Take, query: str | None = None) -> str:
        if self.before:
            self.figures.add(f"{name}.change", {"do": "subtract", "of": [name, f"{name}.before"]})
        if self.four:
            self.figures.add(f"{name}.mean", mean, query)
        return name


def _span(name: str, within: Path) -> Path:
    return ["aggregations", "spans", "buckets", name, *within]


def row(teller: Teller, label: str, name: str, unit: str = "") -> tuple[Cell, ...]:
    """A row of the table of numbers: label, this period, the one before, difference, mean of four; a dash for what is
    not known."""
    points = " 个百分点" if unit == "%" else unit
    return (
        Cell(label),
        teller.cell(name, unit),
        teller.cell(f"{name}.before", unit),
        teller.signed(f"{name}.change", points) if teller.figures.known(f"{name}.change") else Cell(NONE),
        teller.cell(f"{name}.mean", unit),
    )
