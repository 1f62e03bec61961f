"""What a source is: a typed entry of `config/sources.yml` that can fetch raw items and parse one into a `Post`.

Fetching and parsing are apart on purpose. `fetch` yields batches of raw items just as the source gave them; the runner
lands each batch on disk, and only then saves the cursor that came with it. `parse` turns one landed item into a `Post`,
so a mistake in parsing is mended and replayed without asking the source again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from collectors.session import PoliteSession
from core.config import Config
from core.errors import YuqingError
from core.post import Channel, Post

RawItem = dict[str, Any]
Cursor = dict[str, Any]
"""Incremental state of a source. Plain JSON; only the source that wrote it reads it."""


class BadItem(ValueError):
    """One raw item cannot become a post. The item is set aside with this reason (Chinese) and counted."""


class SourceFailed(YuqingError):
    """A source's run cannot go on or broke its assertions. The message names the source; the cursor has not moved."""


@dataclass(frozen=True)
class Batch:
    """Raw items to land together, then the state to save once they are on disk.

    `cursor` replaces the source's cursor; None leaves it. `finished` names a piece of work never to be done again
    (a file's content hash), to be asked for later through `Context.is_finished`.
    """

    items: Sequence[RawItem]
    cursor: Cursor | None = None
    finished: str | None = None


@dataclass(frozen=True)
class Context:
    """What a source is given to work with; nothing is reached for behind its back."""

    http: PoliteSession
    now: datetime
    cursor: Cursor = field(default_factory=dict)
    is_finished: Callable[[str], bool] = lambda _: False
    home: Path = Path()
    """The project's folder; relative paths in the configuration start here."""


class Assertions(Config):
    """What a healthy run yields. A run that stays below fails loudly: a source that goes silent is heard of."""

    min_items: int = Field(default=0, ge=0)
    """Fewest raw items one run may yield."""
    max_silent_days: int | None = Field(default=None, ge=1)
    """Most days without any new item before the source counts as silent."""
    max_bad_share: float = Field(default=0.5, ge=0, le=1)
    """Largest share of items of a run that may be set aside."""


class Source(Config):
    """One entry of `config/sources.yml`. A subclass adds its own settings and the two methods."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    """Name for people, in Chinese."""
    enabled: bool = True
    channel: Channel
    forum: str | None = None
    """Whom the posts are addressed to, where the source itself does not say."""
    anonymous_names: tuple[str, ...] = ("匿名", "匿名网友", "网友", "游客")
    """Author names that stand for nobody in particular: such posts have no author."""
    assertions: Assertions = Assertions()

    def fetch(self, context: Context) -> Iterator[Batch]:
        """Yield what is new since `context.cursor`. Raises `SourceFailed` or an `Unavailable` when it cannot go on."""
        raise NotImplementedError

    def parse(self, raw: RawItem, seen_at: datetime) -> Post:
        """The post one landed item stands for, as seen at `seen_at`. Raises `BadItem` when it is none."""
        raise NotImplementedError

    def author(self, name: object) -> str | None:
        """The author's name, or None for a blank or an anonymous one."""
        text = str(name or "").strip()
        return text if text and text not in self.anonymous_names else None


@dataclass(frozen=True)
class OpenPost:
    """A post waiting for an answer: the source's own id, the forum it stands in, and its address."""

    source_id: str
    forum: str | None
    url: str | None


@dataclass(frozen=True)
class Refreshed:
    """One answer to a refresh: raw items to land, the ids it settles, and those of them that are no longer there."""

    items: Sequence[RawItem]
    seen: frozenset[str]
    gone: frozenset[str] = frozenset()


class Refreshable(Source):
    """A source that can be asked again about posts already known."""

    def refresh(self, context: Context, open_posts: Sequence[OpenPost]) -> Iterator[Refreshed]:
        """Ask again about the posts, in the order given, within the source's budget of requests."""
        raise NotImplementedError
