"""`config/ledger.yml`: other names of sections, and which topics belong to which tasks of a year's ledger."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from core.config import Config

EVERYTHING = "all"
Topics = Annotated[tuple[str, ...], Field(min_length=1)] | Literal["all"]
"""`all`: every post, whatever it is about."""


class LedgerFile(Config):
    """`config/ledger.yml`."""

    aliases: dict[str, str] = {}
    """What a ledger calls a section, and its name in `config/departments.yml`."""
    tasks: dict[Annotated[int, Field(ge=2000, le=2100)], dict[Annotated[int, Field(ge=1)], Topics]] = {}
    """Topics by year of the ledger and number of the task."""

    @model_validator(mode="after")
    def _no_chains(self) -> "LedgerFile":
        twice = sorted(set(self.aliases) & set(self.aliases.values()))
        if twice:
            raise ValueError(f"aliases 里的“{'、'.join(twice)}”既是别名又是本名")
        return self

    def topics_of(self, year: int) -> Mapping[int, Topics]:
        """The topics of that year's tasks by number; empty where the file says nothing of the year.

        Those of another year do not stand in: the same number is another task there.
        """
        return self.tasks.get(year, {})

    def named_topics(self) -> dict[str, list[str]]:
        """Every topic the file names, with the places that do."""
        places: dict[str, list[str]] = {}
        for year, tasks in self.tasks.items():
            for number, topics in tasks.items():
                for topic in topics if topics != EVERYTHING else ():
                    places.setdefault(topic, []).append(f"tasks.{year}.{number}")
        return places
