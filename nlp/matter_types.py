"""What goes into the clustering of matters and what comes out."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

LEAST_POSTS = 2
"""A single post is nobody's matter yet."""

EventKind = Literal["born", "grew", "merged", "split", "quiet", "returned"]


@dataclass(frozen=True)
class MatterPost:
    """What is read of a post. `author` is a hash; `tokens` and `places` come from enrichment."""

    id: str
    author: str | None
    posted_at: datetime
    title: str
    body: str
    tokens: tuple[str, ...]
    places: tuple[str, ...] = ()
    votes_up: int | None = None
    votes_down: int | None = None
    sentiment: float | None = None


@dataclass(frozen=True)
class MatterEvent:
    """Something that happened to a matter at the time of a run.

    `born`: a matter has its second post. `grew`, `returned` (after being quiet): `posts` are the new ones.
    `merged`: `matters` are the surviving and the absorbed one, `posts` those of the absorbed one. `split`: `matters` are
    the one that was left and the one (new or old) that `posts` went to. `quiet`: no new post for a month.
    """

    kind: EventKind
    matters: tuple[str, ...]
    at: datetime
    posts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matter:
    """A matter as it stands. `copies` are those of its posts that only repeat another one.

    `title` is that of the most central post, `place` the place most posts share (None without any),
    `keywords` the words of the titles that mark the matter off from others, the most telling first.
    """

    id: str
    posts: tuple[str, ...]
    copies: tuple[str, ...]
    title: str
    place: str | None
    keywords: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    quiet: bool


@dataclass
class Taken:
    """A post as it is kept: without its body, with a checksum of its text."""

    post: MatterPost
    text: int
    copy_of: int | None = None
    copies: list[int] = field(default_factory=list)
    """The posts that repeat this one."""
    group: int | None = None
    """The number of the matter it belongs to; None only while it is being placed."""


@dataclass
class Group:
    """A matter inside: post numbers in order of arrival. `voices` are its latest different posts, which represent it."""

    id: str
    latest_at: datetime
    members: list[int] = field(default_factory=list)
    voices: list[int] = field(default_factory=list)
    quiet: bool = False
