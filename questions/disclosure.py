"""Candidates for proactive disclosure: what is asked for again and again, by disclosure requests and in questions.

Article 20 and the like of the 政府信息公开条例 list what is disclosed anyway; what people have to ask for repeatedly belongs
there, too (its article 44: where many applicants ask for the same, it may be added to what is disclosed on one's own).
Which item of the bureau's own directory (主动公开目录) it is, a person fills in.
"""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from core.clock import to_beijing
from core.post import Post
from matters.matter import people
from questions.drafting import draft_of

REQUEST = "disclosure_request"
LEAST_PEOPLE = 2
MOST_REPLIES = 3
GIST = 80


@dataclass(frozen=True)
class Wish:
    """Posts that ask for the same thing; `key` is their matter's id, or the first post's. `copies` repeat another post."""

    key: str
    title: str
    posts: Sequence[Post]
    copies: AbstractSet[str] = frozenset()


@dataclass(frozen=True)
class Reply:
    """An earlier reply: to which post, when, and where it begins to say something."""

    post_id: str
    replied_at: datetime | None
    gist: str


@dataclass(frozen=True)
class Suggestion:
    """What to disclose, and why. `people` asked in `months` different months; `requests` of the posts are formal ones."""

    key: str
    title: str
    people: int
    months: int
    posts: int
    requests: int
    departments: tuple[str, ...]
    replies: tuple[Reply, ...]
    post_ids: tuple[str, ...]
    why: str


def suggestions(wishes: Collection[Wish], start: datetime, end: datetime) -> list[Suggestion]:
    """What recurred up to `end` and was asked for from `start` on, by people, then months, then sections.

    A formal request counts from the second one on; a question when enough people asked it.
    """
    found = [one for wish in wishes if (one := _suggestion(wish, start, end))]
    return sorted(found, key=lambda one: (-one.people, -one.months, -len(one.departments), -one.requests, one.key))


def _suggestion(wish: Wish, start: datetime, end: datetime) -> Suggestion | None:
    posts = [post for post in wish.posts if post.posted_at < end]
    recent = [post for post in posts if post.posted_at >= start]
    askers = people(posts, wish.copies)
    if not recent or len(askers) < LEAST_PEOPLE:
        return None
    months = {f"{to_beijing(post.posted_at):%Y-%m}" for post in posts}
    requests = sum(post.channel == REQUEST for post in posts)
    departments = tuple(sorted({post.department for post in posts if post.department}))
    replies = _replies(posts, end)
    return Suggestion(
        key=wish.key,
        title=wish.title,
        people=len(askers),
        months=len(months),
        posts=len(posts),
        requests=requests,
        departments=departments,
        replies=tuple(replies),
        post_ids=tuple(post.id for post in posts),
        why=_why(len(askers), len(months), len(posts), len(recent), requests, len(replies)),
    )


def _why(askers: int, months: int, posts: int, recent: int, requests: int, replies: int) -> str:
    told = f"{askers} 人在 {months} 个月里提出 {posts} 次，本季度 {recent} 次"
    told += f"，其中依申请公开 {requests} 次" if requests else ""
    if replies:
        return f"{told}；已逐件答复，仍反复有人问。建议整理后主动公开，不再逐件答复。"
    return f"{told}；还没有答复过内容。建议由承办科室核定能否公开，能公开的主动公开。"


def _replies(posts: Sequence[Post], end: datetime) -> list[Reply]:
    """The latest replies that say something."""
    given = [
        Reply(post.id, reply.replied_at, text[:GIST])
        for post in posts
        for reply in post.replies
        if (reply.replied_at is None or reply.replied_at < end) and (text := draft_of(reply.body))
    ]
    given.sort(key=lambda one: one.replied_at.timestamp() if one.replied_at else 0.0, reverse=True)
    return given[:MOST_REPLIES]
