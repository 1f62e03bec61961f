"""How hot a matter is on a day, as a sum whose terms are kept beside it, so that the order of matters can be explained.

The terms that count something grow with the logarithm (each doubling adds the same): many people weigh more than one
post with thousands of votes. Votes against say that a matter is not shared and do not count; how votes grew from day to
day is not known, so that every day has the votes last seen.
"""

import math
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from core.clock import BEIJING, to_beijing, to_utc
from core.post import Post
from matters.matter import people
from matters.settings import HeatWeights

TermName = Literal["people", "posts", "copies", "votes", "recent", "negative", "freshness"]
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Term:
    """One term: what was measured (None: the source does not tell) and what it adds to the heat."""

    name: TermName
    value: float | None
    contribution: float


@dataclass(frozen=True)
class Heat:
    """The heat of a matter at `at`: the sum of its terms, always in the same order.

    people: distinct people. posts: without copies. copies: posts that repeat another one. votes: in favour. recent: posts
    without copies of the last `recent_days`. negative: share of negative posts among those with a sentiment, 0 to 1.
    freshness: 1 at the last post, halved every `half_life_days`.
    """

    at: datetime
    total: float
    terms: tuple[Term, ...]
    recent_days: int

    def value(self, name: TermName) -> float | None:
        """What was measured for a term."""
        return next(term.value for term in self.terms if term.name == name)

    def explain(self) -> str:
        """One line, such as `46 人, 112 赞, 7 天内 +18`; what is nought or not known is left out."""
        parts = [f"{self.value('people'):.0f} 人"]
        if votes := self.value("votes"):
            parts.append(f"{votes:.0f} 赞")
        if recent := self.value("recent"):
            parts.append(f"{self.recent_days} 天内 +{recent:.0f}")
        return ", ".join(parts)


def heat(posts: Sequence[Post], duplicates: AbstractSet[str], at: datetime, weights: HeatWeights) -> Heat:
    """The heat at `at`, of the posts up to then. `duplicates` are the ids of posts that repeat another one."""
    known = [post for post in posts if post.posted_at <= at]
    own = [post for post in known if post.id not in duplicates]
    since = at - weights.recent_days * _DAY
    up = [post.votes_up for post in known if post.votes_up is not None]
    feelings = [post.sentiment_label == "negative" for post in known if post.sentiment_label]
    last = max((post.posted_at for post in known), default=None)
    terms = (
        _counted("people", len(people(known, duplicates)), weights.people),
        _counted("posts", len(own), weights.posts),
        _counted("copies", len(known) - len(own), weights.copies),
        _counted("votes", sum(up) if up else None, weights.votes),
        _counted("recent", sum(post.posted_at > since for post in own), weights.recent),
        _share("negative", sum(feelings) / len(feelings) if feelings else None, weights.negative),
        _share("freshness", 0.5 ** ((at - last) / _DAY / weights.half_life_days) if last else None, weights.freshness),
    )
    return Heat(at, math.fsum(term.contribution for term in terms), terms, weights.recent_days)


def heat_by_day(
    posts: Sequence[Post], duplicates: AbstractSet[str], at: datetime, days: int, weights: HeatWeights
) -> dict[date, Heat]:
    """The heat at the end of each of the last `days` Beijing days, that of `at` the last one and as of `at`.

    Days before the matter's first post are left out.
    """
    if not posts:
        return {}
    today = to_beijing(at).date()
    first = max(today - (days - 1) * _DAY, to_beijing(min(post.posted_at for post in posts)).date())
    wanted = [first + number * _DAY for number in range((today - first).days + 1)]
    return {day: heat(posts, duplicates, min(_end_of(day), at), weights) for day in wanted}


def _end_of(day: date) -> datetime:
    return to_utc(datetime.combine(day, time.max, BEIJING))


def _counted(name: TermName, value: int | None, weight: float) -> Term:
    return Term(name, value, weight * math.log1p(max(value or 0, 0)))


def _share(name: TermName, value: float | None, weight: float) -> Term:
    return Term(name, value, weight * (value or 0.0))
