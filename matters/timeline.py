"""The course of a matter: when it began, how many posts each day, its peaks, what was said to it and what came after."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from core.clock import to_beijing
from core.post import Post
from matters.matter import Answer, Matter, people

MAD_TO_SIGMA = 1.4826
"""Median absolute deviation times this is the standard deviation of a normal distribution."""
_PEAK_SIGMAS = 3.0
_PEAK_LEAST_POSTS = 3


@dataclass(frozen=True)
class DayCount:
    """Posts of one Beijing day, copies included, and the distinct people behind them."""

    day: date
    posts: int
    people: int


@dataclass(frozen=True)
class Timeline:
    """A matter up to `at`. `days` are the days with posts; `answers` come with those without date last.

    `posts_after` and `people_after` are later than the first dated answer, None without one.
    """

    matter_id: str
    at: datetime
    first_seen: datetime
    last_seen: datetime
    days: tuple[DayCount, ...]
    peaks: tuple[DayCount, ...]
    answers: tuple[Answer, ...]
    first_answer_at: datetime | None
    posts_after: int | None
    people_after: int | None


def timeline(matter: Matter, at: datetime) -> Timeline | None:
    """The course of the matter as known at `at`; None before its first post."""
    known = matter.as_of(at)
    if not known.posts:
        return None
    counts = _by_day(known)
    answers = known.answers()
    answered = next((answer.at for answer in answers if answer.at), None)
    after = known.after(answered) if answered else None
    return Timeline(
        matter_id=matter.id,
        at=at,
        first_seen=known.posts[0].posted_at,
        last_seen=known.posts[-1].posted_at,
        days=counts,
        peaks=peaks(counts),
        answers=answers,
        first_answer_at=answered,
        posts_after=None if after is None else len(after),
        people_after=None if after is None else len(people(after, known.duplicates)),
    )


def peaks(days: Sequence[DayCount]) -> tuple[DayCount, ...]:
    """Days that stand out: three robust standard deviations above the median of the days with posts, the top of each run.

    The standard deviation is that of the median absolute deviation, but no less than chance alone makes it (the square
    root of the median, as in a Poisson process): otherwise 1, 1, 1, 2 would have a peak.
    """
    if not days:
        return ()
    counts = [day.posts for day in days]
    middle = median(counts)
    sigma = max(MAD_TO_SIGMA * median(abs(count - middle) for count in counts), middle**0.5)
    least = max(middle + _PEAK_SIGMAS * sigma, _PEAK_LEAST_POSTS)
    found: list[DayCount] = []
    previous: date | None = None
    for day in days:
        if day.posts < least:
            continue
        if previous == day.day - timedelta(days=1):
            found[-1] = max(found[-1], day, key=lambda one: one.posts)
        else:
            found.append(day)
        previous = day.day
    return tuple(found)


def _by_day(matter: Matter) -> tuple[DayCount, ...]:
    days: dict[date, list[Post]] = {}
    for post in matter.posts:
        days.setdefault(to_beijing(post.posted_at).date(), []).append(post)
    return tuple(DayCount(day, len(posts), len(people(posts, matter.duplicates))) for day, posts in days.items())
