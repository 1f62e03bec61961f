"""How indices are named: `posts-000001-2020.01` is the first generation of the posts of January 2020.

The generation counts the copies that upgrades and restores have made. Posts lie apart by the Beijing month (or year) they
were posted in, so that an index stays small however long the history gets, and a query about a few weeks leaves the other
months out by itself. A month is written to by an alias of its own, `posts-in-2020.01`: whatever generation is in use, the
server knows it at the moment of the write.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

from core.clock import to_beijing

Period = Literal["month", "year"]
FIRST_YEAR, LAST_YEAR = 2005, 2049
OTHER = "other"
"""Where posts of all other years go, so that wrong dates cannot make indices without end. This index is always there."""
NUMBER_DIGITS = 6
_FORM = re.compile(r"(?P<alias>.+)-(?P<number>\d{6,})(?:-(?P<part>other|\d{4}(?:\.\d\d)?))?")


@dataclass(frozen=True)
class IndexName:
    """The name of an index taken apart. `part` is a month `2020.01`, a year `2020`, or `other`; None: all in one index."""

    alias: str
    number: int
    part: str | None = None

    @classmethod
    def parse(cls, index: str) -> Self:
        """The name that the project gave to an index. Raises `ValueError` for another's."""
        form = _FORM.fullmatch(index)
        if form is None:
            raise ValueError(index)
        return cls(form["alias"], int(form["number"]), form["part"])

    def __str__(self) -> str:
        name = f"{self.alias}-{self.number:0{NUMBER_DIGITS}d}"
        return f"{name}-{self.part}" if self.part else name

    @property
    def aliases(self) -> dict[str, dict[str, Any]]:
        """The aliases that lead to the index while it is in use; the only one of them that takes writes says so."""
        if self.part is None:
            return {self.alias: {"is_write_index": True}}
        return {self.alias: {"is_write_index": False}, part_alias(self.alias, self.part): {"is_write_index": True}}


def part_of(posted_at: datetime, period: Period) -> str:
    """The part in which a post of that time lies."""
    day = to_beijing(posted_at)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return OTHER
    return f"{day:%Y.%m}" if period == "month" else f"{day:%Y}"


def part_alias(alias: str, part: str) -> str:
    """What the part is written to by."""
    return f"{alias}-in-{part}"


def is_part_of(part: str | None, period: Period) -> bool:
    """Whether posts that are kept apart by `period` may lie in such an index."""
    return part == OTHER or (part is not None and ("." in part) == (period == "month"))
