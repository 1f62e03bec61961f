"""A panel: one search over one index, and how its answer is shown.

Whoever shows panels (Kibana's export, the local preview, the reports) reads these classes; nobody defines a panel anew.
A search says what is always asked. The reader's choice (time, source, topic, department) comes on top of it: in the
preview through `Panel.asked`, in Kibana through the dashboard's own context.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as field_
from datetime import datetime
from typing import Any, Literal

from elasticsearch.dsl import Q, Search

Index = Literal["posts", "clusters", "followups", "warnings", "tasks", "collector-state", "metrics"]
"""An alias of `store.documents.Names`, without the installation's prefix."""

TIME_FIELDS: Mapping[Index, str] = {
    "posts": "posted_at",
    "clusters": "last_at",
    "followups": "updated_at",
    "warnings": "at",
    "tasks": "updated_at",
    "collector-state": "last_run_at",
    "metrics": "started_at",
}
"""The field of an index that the choice of time acts on."""

CONTROLS: Mapping[str, str] = {"source": "来源", "topic": "主题", "department": "科室"}
"""The fields a reader may choose values of, with the word for each. Indices have them under the same names."""


@dataclass(frozen=True)
class Column:
    """One column of a table: `field` is a dotted path into a row. `share` is a number from 0 to 1, shown in per cent.

    `words` says what is shown for a value; one that is not among them is shown as it is. An `optional` column is left out
    where no row has a value for it and the page can do without.
    """

    field: str
    title: str
    kind: Literal["text", "number", "share", "date", "time", "link"] = "text"
    words: Mapping[str, str] = field_(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True)
class Chart:
    """A Vega-Lite specification (version 5, without `$schema`, `data`, `width` and `height`) over the rows of the answer.

    `narrows` says what a click on a mark chooses: the field of a mark's datum, and the field of the index it is a value of.
    """

    spec: Mapping[str, Any]
    narrows: Mapping[str, str] = field_(default_factory=dict)


@dataclass(frozen=True)
class WordCloud:
    """The rows as words, larger the more often: `word` and `count` are fields of a row, `narrows` the index's field."""

    word: str
    count: str
    narrows: str


@dataclass(frozen=True)
class Table:
    """The rows as a table."""

    columns: Sequence[Column]


@dataclass(frozen=True)
class Choice:
    """What a reader has narrowed the panels to. `since` counts, `until` does not; `values` are by field."""

    since: datetime | None = None
    until: datetime | None = None
    values: Mapping[str, Sequence[str]] = field_(default_factory=dict)


@dataclass(frozen=True)
class Panel:
    """One panel. `rows` is the dotted path of the rows in the answer; `empty` the sentence shown when there are none.

    `controls` are those that act on it: all of them where its index has the fields.
    """

    id: str
    title: str
    about: str
    index: Index
    search: Search
    rows: str
    picture: Chart | WordCloud | Table
    empty: str
    controls: Sequence[str] = tuple(CONTROLS)

    def asked(self, choice: Choice) -> Search:
        """The search narrowed to what the reader chose."""
        search = self.search
        for name, values in choice.values.items():
            if values and self.takes(name):
                search = search.filter("terms", **{name: list(values)})
        bounds = {"gte": choice.since, "lt": choice.until}
        known = {bound: moment.isoformat() for bound, moment in bounds.items() if moment}
        return search.filter(Q("range", **{TIME_FIELDS[self.index]: known})) if known else search

    def takes(self, name: str) -> bool:
        """Whether a choice of values of this field acts on the panel. What is no control is a field of posts only."""
        return name in self.controls if name in CONTROLS else self.index == "posts"


@dataclass(frozen=True)
class Dashboard:
    """Panels on one page, row by row. `days` is how far back it looks when nobody has chosen a time."""

    id: str
    title: str
    about: str
    days: int
    layout: Sequence[Sequence[Panel]]
