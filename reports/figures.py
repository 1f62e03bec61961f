"""The figures of a report. Every number stands here under a name, with the query and the take that give it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from alerts.calendar import WorkCalendar
from reports.takes import Take, Taker, Value

Index = Literal["posts", "clusters", "followups", "warnings"]
"""An alias of `store.documents.Names`, without the installation's prefix."""


@dataclass(frozen=True)
class Query:
    """One search: its name in the report, the index it asks and the request body."""

    name: str
    index: Index
    body: dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """One figure: `take` says how the value comes from the answer to `query`, or from other figures where it is None."""

    name: str
    query: str | None
    take: Take
    value: Value


class Figures:
    """The figures worked out so far, and the answers they are taken from."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self.answers: dict[str, Any] = {}
        """The answer to each query, by the query's name."""
        self.calendar = calendar
        self._taker = Taker(calendar)
        self._figures: dict[str, Figure] = {}
        self._values: dict[str, Value] = {}

    def add(self, name: str, take: Take, query: str | None = None) -> str:
        """Work out a figure and keep it; gives its name back. The same name twice is a mistake of the program."""
        if name in self._figures:
            raise ValueError(f"figure {name} is there already")
        value = self._taker.value(take, self.answers[query] if query else None, self._values)
        self._figures[name] = Figure(name, query, take, value)
        self._values[name] = value
        return name

    def __getitem__(self, name: str) -> Value:
        return self._values[name]

    def number(self, name: str) -> float:
        """The figure as a number to reckon and compare with; 0 where it is missing or not there."""
        value = self._values.get(name)
        return value if isinstance(value, int | float) else 0

    def known(self, name: str) -> bool:
        """Whether the figure is there and has a value."""
        return self._values.get(name) is not None

    def __iter__(self) -> Iterator[Figure]:
        yield from (self._figures[name] for name in sorted(self._figures))


def hits(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The hits of an answer."""
    found: list[dict[str, Any]] = answer["hits"]["hits"]
    return found


def buckets(answer: Mapping[str, Any], aggregation: str) -> list[dict[str, Any]]:
    """The buckets of an aggregation that lists them."""
    found: list[dict[str, Any]] = answer["aggregations"][aggregation]["buckets"]
    return found
