"""`yuqing ask`: the published answer to a question, or that there is none and what was asked before that is like it.

Answers come from what three people reviewed and published, and from nothing else. It changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from core.post import Post
from pipeline.likeness import CANDIDATES, like_posts, likeness, sought_text
from pipeline.runtime import Runtime
from questions.likeness import Candidate
from store.questions import QuestionRecord

KNOWN_FROM = 0.6
"""Likeness from which a published entry is taken for the answer. Chosen on the judged questions that are not held out, so
that few questions without an answer get one; `tests/questions/test_judged.py` measures it on the held-out ones."""
MOST_SIMILAR = 5
SIMILAR_FROM = 0.12
"""Likeness below which a post is not shown as a similar one."""


@dataclass(frozen=True)
class Reply:
    """What is known: the published entry (None: nothing is), how alike it is, and posts that ask the like."""

    entry: QuestionRecord | None
    likeness: float
    similar: tuple[Post, ...]


def ask(runtime: Runtime, text: str, at: datetime) -> Reply:
    """The answer as it could be given at `at`; similar posts are looked for only where there is none."""
    sought = sought_text(runtime, text)
    found = runtime.questions.published(sought.tokens, sought.asked.title, at, CANDIDATES)
    entries = {entry.id: entry for _, entry in found}
    ranked = likeness().rank(sought.asked, [_candidate(entry, score) for score, entry in found])
    best = max(ranked, key=lambda one: one.likeness, default=None)
    if best and best.likeness >= KNOWN_FROM:
        return Reply(entries[best.key], best.likeness, ())
    similar = [post for one, post in like_posts(runtime, sought, at) if one.likeness >= SIMILAR_FROM]
    return Reply(None, best.likeness if best else 0.0, tuple(similar[:MOST_SIMILAR]))


def _candidate(entry: QuestionRecord, score: float) -> Candidate:
    published = entry.published
    assert published is not None  # noqa: S101  only such are searched for
    return Candidate(
        entry.id,
        published.question,
        "\n".join(entry.variants),
        published.answer,
        frozenset(entry.places),
        score,
    )
