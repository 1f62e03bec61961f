"""What a report is made of, whoever shows it: sentences, tables, pictures, matters to decide, and their order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reports.period import Period


@dataclass(frozen=True)
class Sentence:
    """One or more sentences, and the names of the figures that stand in them."""

    text: str
    figures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cell:
    """One cell of a table; `figure` is the name of the figure it shows, `url` where it leads."""

    text: str
    figure: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Table:
    """A table. `widths` are the columns' shares of the page; all columns but the first `words` hold numbers."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]
    words: int = 1


@dataclass(frozen=True)
class Picture:
    """A chart: its Vega-Lite specification, the rows drawn in it and the query they come from; `about` is its text for
    whoever does not see it."""

    name: str
    title: str
    about: str
    query: str
    rows: Sequence[Mapping[str, Any]]
    spec: Mapping[str, Any]


@dataclass(frozen=True)
class Heading:
    """A heading of the second rank."""

    text: str


Block = Sentence | Table | Picture | Heading


@dataclass(frozen=True)
class Section:
    """A heading of the first rank and what stands below it."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Decision:
    """Something leaders should decide: what, why, the rule that brought it here, and the matter or section it is about."""

    what: Sentence
    why: Sentence
    rule: str
    about: str


@dataclass(frozen=True)
class Report:
    """A report. The first page: `changes` (paragraphs), `decisions` (or `otherwise`), `numbers`; then the sections."""

    period: Period
    title: str
    made_for: str
    changes: tuple[tuple[Sentence, ...], ...]
    decisions: tuple[Decision, ...]
    otherwise: Sentence
    numbers: Table | Sentence
    sections: tuple[Section, ...] = field(default=())

    @property
    def subtitle(self) -> str:
        """Which period it is about."""
        return f"{self.period.title}（{self.period.dates}）" if self.period.kind == "week" else self.period.title

    @property
    def pictures(self) -> list[Picture]:
        """All pictures, in the order of the sections."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, Picture)]

    @property
    def tables(self) -> list[Table]:
        """All tables, that of the first page first."""
        first = [self.numbers] if isinstance(self.numbers, Table) else []
        return first + [block for section in self.sections for block in section.blocks if isinstance(block, Table)]


CHANGES, DECISIONS, NUMBERS = "主要变化", "请研究决定的事项", "主要数据"
"""The headings of the first page."""
