"""All kinds of sources, and the reading of `config/sources.yml`."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from collectors.feed import Feed
from collectors.message_board import MessageBoard
from collectors.session import Politeness
from collectors.site_list import SiteList
from collectors.spreadsheet import Spreadsheet
from core.config import Config, load_yaml

AnySource = Annotated[MessageBoard | Spreadsheet | Feed | SiteList, Field(discriminator="kind")]


class SourcesFile(Config):
    """`config/sources.yml`."""

    politeness: Politeness = Politeness()
    sources: tuple[AnySource, ...]

    @field_validator("sources")
    @classmethod
    def _names_once(cls, sources: tuple[AnySource, ...]) -> tuple[AnySource, ...]:
        names = [source.name for source in sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"来源名重复：{'、'.join(twice)}")
        return sources


def load_sources(path: Path) -> SourcesFile:
    """The file's sources. Raises `ConfigError` naming file, key and what is allowed."""
    return load_yaml(path, SourcesFile)
