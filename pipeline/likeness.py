"""Finding what was asked before: Elasticsearch names candidates, `questions.likeness` puts them in order."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from core.post import Post
from matters.sentences import asks, sentences
from nlp.clean import clean
from nlp.matter_vectors import USUAL_TEXTS
from nlp.places import PlaceFinder
from nlp.segment import Segmenter
from pipeline.runtime import Runtime
from questions.likeness import Asked, Candidate, Likeness, Ranked
from replies.parts import read_reply
from store.questions import similar_posts

CANDIDATES = 50
SHORT = 60
"""Characters of a question that is its own title."""


@dataclass(frozen=True)
class Sought:
    """A question ready to be searched for."""

    asked: Asked
    tokens: tuple[str, ...]


@cache
def likeness() -> Likeness:
    """Knows which pairs of characters are rare in what people write to an office; made once."""
    with USUAL_TEXTS.open(encoding="utf-8", newline="") as file:
        return Likeness(f"{row['title']} {row['text']}" for row in csv.DictReader(file))


def sought_text(runtime: Runtime, text: str) -> Sought:
    """A question as somebody typed it. A long one is known by the first sentence that asks."""
    cleaned = clean(text)
    title = cleaned
    if len(cleaned) > SHORT:
        title = next((one for one in sentences(cleaned) if asks(one)), cleaned[:SHORT])
    places = frozenset(PlaceFinder(runtime.settings.places).find(cleaned))
    body = "" if title == cleaned else cleaned
    return Sought(Asked(title, body, places), tuple(_words(runtime, cleaned)))


def sought_post(post: Post) -> Sought:
    """A post as a question."""
    return Sought(Asked(post.title, post.body, frozenset(post.places)), tuple(post.tokens))


def like_posts(
    runtime: Runtime, sought: Sought, before: datetime, *, answered: bool = False, without: Sequence[str] = ()
) -> list[tuple[Ranked, Post]]:
    """Posts written before that ask the like, the most alike first. `answered`: only those replied to before."""
    found = similar_posts(
        runtime.es,
        runtime.names,
        sought.tokens,
        sought.asked.title,
        before,
        CANDIDATES,
        answered=answered,
        without=without,
    )
    posts = {post.id: post for _, post in found}
    ranked = likeness().rank(sought.asked, [_candidate(post, score, before, answered) for score, post in found])
    return [(one, posts[one.key]) for one in ranked]


def words_of(runtime: Runtime, texts: Sequence[str]) -> str:
    """The words of texts as they are searched for."""
    return " ".join(_words(runtime, "\n".join(texts)))


def _words(runtime: Runtime, text: str) -> list[str]:
    return _segmenter(runtime.settings.config / "user_dict.txt").words(text)


@cache
def _segmenter(user_dict: Path) -> Segmenter:
    return Segmenter(user_dict)


def _candidate(post: Post, score: float, before: datetime, answered: bool) -> Candidate:
    replies = [one.body for one in post.replies if one.replied_at is None or one.replied_at < before]
    reply = "\n".join(replies)
    says = not answered or bool(read_reply(reply).of("says"))
    return Candidate(post.id, post.title, post.body, reply, frozenset(post.places), score, says)
