"""The figures of a matter: from its posts to the record that is kept and shown."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from core.post import Post
from matters.brief import lead_department
from matters.heat import Heat, heat, heat_by_day
from matters.matter import people
from matters.naming import cleaned
from matters.settings import HeatWeights
from nlp.matter_types import Matter, MatterPost
from store.matters import DayHeat, HeatRecord, MatterRecord

DAYS_OF_HEAT = 28


def matter_post(post: Post) -> MatterPost:
    """What clustering reads of a post."""
    return MatterPost(
        id=post.id,
        author=post.author_hash,
        posted_at=post.posted_at,
        title=post.title,
        body=post.body,
        tokens=tuple(post.tokens),
        places=tuple(post.places),
        votes_up=post.votes_up,
        votes_down=post.votes_down,
        sentiment=post.sentiment,
    )


def record_of(matter: Matter, posts: Sequence[Post], at: datetime, weights: HeatWeights, days: int) -> MatterRecord:
    """The matter with its figures as of `at`, and its heat on each of the last `days` days."""
    copies = frozenset(matter.copies)
    own = [post for post in posts if post.id not in copies]
    feelings = [post.sentiment_label == "negative" for post in posts if post.sentiment_label]
    by_day = heat_by_day(posts, copies, at, days, weights) if days else {}
    return MatterRecord(
        id=matter.id,
        title=cleaned(matter.title),
        place=matter.place,
        keywords=list(matter.keywords),
        posts=len(own),
        copies=len(posts) - len(own),
        people=len(people(posts, copies)),
        copy_ids=list(matter.copies),
        first_at=matter.first_at,
        last_at=matter.last_at,
        quiet=matter.quiet,
        source=sources(own),
        topic=most_common(post.topic for post in own),
        department=lead_department(sorted(own, key=lambda post: post.posted_at)),
        negative_share=round(sum(feelings) / len(feelings), 4) if feelings else None,
        heat=_heat_record(heat(posts, copies, at, weights)),
        heat_by_day=[DayHeat(day=day, **_terms(of_day)) for day, of_day in by_day.items()],
        updated_at=at,
    )


def _heat_record(found: Heat) -> HeatRecord:
    return HeatRecord(at=found.at, explained=found.explain(), **_terms(found))


def _terms(found: Heat) -> dict[str, Any]:
    told: dict[str, Any] = {
        term.name: {
            "value": None if term.value is None else round(term.value, 4),
            "contribution": round(term.contribution, 4),
        }
        for term in found.terms
    }
    return {"total": round(found.total, 4), **told}


def sources(posts: Iterable[Post]) -> list[str]:
    """The names of the sources these posts come from."""
    return sorted({post.source for post in posts})


def most_common(values: Iterable[str | None]) -> str | None:
    """The value that stands most often; of equally common ones the first in order. None without any."""
    counts = Counter(value for value in values if value)
    return max(sorted(counts), key=lambda value: counts[value], default=None)
