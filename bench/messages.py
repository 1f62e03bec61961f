"""Makes any number of posts out of the real messages of `../shared/data`, as clustering reads them, years of them.

Each round through the messages is another year in another town: places get other names, people too, sentences are left
out or change their order, words are missed. So the matters of a year are as large as the real ones, and there are more
of them the longer the history.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path

from collectors.spreadsheet import best_match
from nlp.matter_types import MatterPost
from pipeline.collect import spreadsheets
from pipeline.matter_figures import matter_post
from pipeline.reading import post_reader
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT

MESSAGES = PROJECT.parent / "shared" / "data" / "messages_voted.csv"
SEED = 20260109
YEAR = timedelta(days=365)
_AT = datetime(2026, 1, 9, 0, 30, tzinfo=UTC)
_SENTENCE_END = re.compile(r"(?<=[。！？；\n])")
_FIRST_CHARACTER, _CHARACTERS = 0x4E00, 20_900


def read_messages(runtime: Runtime, file: Path = MESSAGES) -> list[MatterPost]:
    """The messages of the file, read as an import reads them, the oldest first."""
    source = best_match(spreadsheets(runtime), file)
    items = (item for batch in source.read_file(file) for item in batch.items)
    with post_reader(runtime) as reader:
        posts = {post.id: matter_post(post) for batch in reader.read(source.name, _AT, items) for post in batch.posts}
    return sorted(posts.values(), key=lambda post: (post.posted_at, post.id))


def years_of(messages: list[MatterPost], posts: int) -> list[MatterPost]:
    """So many posts in order of time; the same for the same messages, and fewer are the beginning of more."""
    span = messages[-1].posted_at - messages[0].posted_at
    every_round = (_elsewhere(messages, number, max(span, YEAR)) for number in count())
    return list(islice((post for one_round in every_round for post in one_round), posts))


def _elsewhere(messages: list[MatterPost], number: int, span: timedelta) -> Iterator[MatterPost]:
    chance = random.Random(SEED + number)
    for post in messages:
        yield _told_otherwise(post, number, span, chance) if number else post


def _told_otherwise(post: MatterPost, number: int, span: timedelta, chance: random.Random) -> MatterPost:
    sentences = [sentence for sentence in _SENTENCE_END.split(post.body) if chance.random() > 0.25]
    if chance.random() < 0.5:
        chance.shuffle(sentences)
    title, body = post.title, "".join(sentences) or post.body
    names = {place: _renamed(place, number) for place in post.places}
    for place, name in names.items():
        title, body = title.replace(place, name), body.replace(place, name)
    return replace(
        post,
        id=f"{post.id}-{number}",
        author=f"{post.author}-{number}" if post.author else None,
        posted_at=post.posted_at + number * span,
        title=title,
        body=body,
        tokens=tuple(names.get(token, token) for token in post.tokens if chance.random() > 0.2),
        places=tuple(names.values()),
    )


def _renamed(place: str, number: int) -> str:
    """Another place of the same kind: all characters of its name but the last are others."""
    if len(place) < 3:
        return place
    others = (_FIRST_CHARACTER + (ord(character) * 7919 + number * 104_729) % _CHARACTERS for character in place[:-1])
    return "".join(map(chr, others)) + place[-1]
