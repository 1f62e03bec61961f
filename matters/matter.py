"""A matter as it is known at a moment: its posts, the folded copies among them, and what the office has said so far."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from core.post import Post

AnswerKind = Literal["答复", "解读"]


@dataclass(frozen=True)
class Explanation:
    """Something published for everyone: an explanation of a policy (解读), a notice. `at` is UTC."""

    at: datetime
    title: str
    text: str
    url: str | None = None


@dataclass(frozen=True)
class Answer:
    """What was said: a reply to single posts or a published explanation.

    `at` is missing where the source does not date a reply; `title` is the explanation's, or who replied. `posts` are the
    ids of the posts it was given to.
    """

    at: datetime | None
    kind: AnswerKind
    text: str
    title: str | None = None
    url: str | None = None
    posts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Matter:
    """`posts` are sorted by time; `duplicates` are ids of those that repeat another one almost word for word."""

    id: str
    posts: Sequence[Post]
    duplicates: AbstractSet[str] = frozenset()
    explanations: Sequence[Explanation] = ()

    def as_of(self, at: datetime) -> "Matter":
        """The matter as it was known at `at`: without later posts, replies and explanations.

        A reply without a date counts from when its post was collected: earlier nobody here could have known it.
        """
        return replace(
            self,
            posts=tuple(_as_of(post, at) for post in self.posts if post.posted_at <= at),
            explanations=tuple(one for one in self.explanations if one.at <= at),
        )

    def answers(self) -> tuple[Answer, ...]:
        """Everything said so far, earliest first and undated last; a text given to several posts once, at its first date."""
        said: dict[str, Answer] = {}
        for post in self.posts:
            for reply in post.replies:
                text = reply.body.strip()
                new = Answer(reply.replied_at, "答复", text, reply.organisation, post.url, (post.id,))
                said[text] = _merge(said[text], new) if text in said else new
        explained = [Answer(one.at, "解读", one.text, one.title, one.url) for one in self.explanations]
        return tuple(sorted([*said.values(), *explained], key=_when))

    def after(self, moment: datetime) -> tuple[Post, ...]:
        """Posts later than the moment."""
        return tuple(post for post in self.posts if post.posted_at > moment)


def people(posts: Iterable[Post], duplicates: AbstractSet[str] = frozenset()) -> set[str]:
    """The distinct people behind the posts, by author hash.

    A post without author counts as one of its own, unless it repeats another post: then it may be the same person again.
    """
    return {post.author_hash or post.id for post in posts if post.author_hash or post.id not in duplicates}


def _as_of(post: Post, at: datetime) -> Post:
    replies = [reply for reply in post.replies if (reply.replied_at or post.collected_at) <= at]
    return post if len(replies) == len(post.replies) else post.model_copy(update={"replies": replies})


def _merge(old: Answer, new: Answer) -> Answer:
    dates = [date for date in (old.at, new.at) if date]
    return replace(old, at=min(dates, default=None), posts=(*old.posts, *new.posts))


def _when(answer: Answer) -> tuple[bool, float]:
    return (answer.at is None, answer.at.timestamp() if answer.at else 0.0)
