"""Whom or what to forget, and where posts of theirs lie: in the index, among what was landed, among what was set aside."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from collectors.base import BadItem, RawItem, Source
from collectors.landing import DAMAGED
from collectors.spreadsheet import Spreadsheet
from core.errors import ConfigError
from core.post import Post, post_id
from nlp.enrich import hash_author, mask_post
from pipeline.runtime import Runtime
from store.post_places import ids_of_posts

LONGEST_NAME = 64
"""Characters a cell may have to be looked at as somebody's name."""
IsTheirs = Callable[[str, RawItem], bool]
"""Whether a raw item of a source is of a forgotten post."""


@dataclass(frozen=True)
class Wanted:
    """Whom or what to forget: posts by id, and all posts of authors by their hash."""

    ids: frozenset[str] = frozenset()
    hashes: frozenset[str] = frozenset()

    def matches(self, post: Post) -> bool:
        """Whether the post, masked, is one of them."""
        return post.id in self.ids or post.author_hash in self.hashes


@dataclass
class Search:
    """What is known of the person before anything is removed."""

    posts: dict[str, Post] = field(default_factory=dict)
    indexed: int = 0
    landed: int = 0
    rejected: int = 0


def wanted_author(runtime: Runtime, name: str) -> Wanted:
    """All posts of the author of that name."""
    return Wanted(hashes=frozenset({hash_author(name.strip(), runtime.settings.author_key)}))


def look(runtime: Runtime, wanted: Wanted, at: datetime) -> list[Post]:
    """The posts that would be forgotten: those of the index, and those landed only. Changes nothing."""
    return sorted(search_for(runtime, wanted, at).posts.values(), key=lambda post: post.id)


def search_for(runtime: Runtime, wanted: Wanted, at: datetime) -> Search:
    search = Search()
    for post in landed_posts(runtime):
        if wanted.matches(post):
            search.posts[post.id] = post
            search.landed += 1
    query = {
        "bool": {"should": [{"terms": {"author_hash": sorted(wanted.hashes)}}, {"ids": {"values": sorted(wanted.ids)}}]}
    }
    indexed = list(ids_of_posts(runtime.es, runtime.names, query))
    search.posts |= {post.id: post for post in runtime.matters.posts_by_id(indexed)}
    search.indexed = len(indexed)
    search.rejected = _count_rejected(runtime, is_theirs_of(runtime, wanted, at))
    return search


def landed_posts(runtime: Runtime) -> Iterator[Post]:
    """Every landed item that can be read as a post, masked."""
    for segment in runtime.landing.segments():
        try:
            parser = runtime.source(segment.source)
        except ConfigError:
            continue
        try:
            seen_at, items = segment.read()
            whole = list(items)
        except DAMAGED:
            # The proof names the file.
            continue
        for raw in whole:
            try:
                yield mask_post(parser.parse(raw, seen_at), runtime.settings.author_key)
            except (BadItem, ValidationError):
                continue


def is_theirs_of(runtime: Runtime, wanted: Wanted, at: datetime) -> IsTheirs:
    """Tells raw items of forgotten posts. Of one that cannot be read as a post the cells are looked at."""
    key = runtime.settings.author_key
    sources = {source.name: source for source in runtime.settings.sources.sources}

    def is_theirs(source: str, raw: RawItem) -> bool:
        parser = sources.get(source)
        try:
            # The time does not matter to whose it is.
            post = parser.parse(raw, at) if parser else None
        except (BadItem, ValidationError):
            post = None
        if post:
            return post.id in wanted.ids or bool(post.author and hash_author(post.author, key) in wanted.hashes)
        cells = raw.get("cells", raw)
        if {post_id(source, one) for one in _own_ids(parser, raw, cells)} & wanted.ids:
            return True
        texts = (value.strip() for value in cells.values() if isinstance(value, str) and len(value) <= LONGEST_NAME)
        return bool(wanted.hashes) and any(hash_author(text, key) in wanted.hashes for text in texts if text)

    return is_theirs


def _own_ids(parser: Source | None, raw: RawItem, cells: Mapping[str, Any]) -> set[str]:
    """What an item that cannot be read may call its id."""
    named = [raw.get(name) for name in ("tid", "id", "url")]
    if isinstance(parser, Spreadsheet) and parser.columns.id:
        named.append(cells.get(parser.columns.id))
    return {str(one).strip() for one in named if one}


def _count_rejected(runtime: Runtime, is_theirs: IsTheirs) -> int:
    count = 0

    def look_at(source: str, aside: dict[str, Any]) -> bool:
        nonlocal count
        count += is_theirs(source, aside["item"]) if "item" in aside else False
        return True

    runtime.landing.rewrite_rejected(look_at)
    return count
