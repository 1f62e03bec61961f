"""Which of several replies is the best draft: it answers most of what is asked, is well written, and is not the oldest."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_ANSWERS = 40.0
"""Points (a grade has 100) for a reply that answers all questions."""
_PER_YEAR = 4.0
"""Points lost for each year a reply is older than the newest: policies change."""
_MOST_FOR_AGE = 20.0
_YEAR_SECONDS = 365.25 * 24 * 3600


@dataclass(frozen=True)
class Offer:
    """A reply that may become the draft. `grade` is 0 to 100 (`replies.quality`), `answered` the share of the questions."""

    post_id: str
    text: str
    grade: float
    answered: float
    replied_at: datetime | None = None
    organisation: str | None = None
    url: str | None = None


def points(offer: Offer, newest: datetime | None) -> float:
    """What the reply is worth as a draft; one without a date loses as much as the oldest."""
    age = _MOST_FOR_AGE
    if offer.replied_at and newest:
        age = min(_MOST_FOR_AGE, _PER_YEAR * (newest - offer.replied_at).total_seconds() / _YEAR_SECONDS)
    return offer.grade + _ANSWERS * offer.answered - age


def best(offers: Sequence[Offer]) -> Offer | None:
    """The offer worth most; of equal ones the newest, then the one with the lowest post id. None without any."""
    newest = max((one.replied_at for one in offers if one.replied_at), default=None)
    order = sorted(offers, key=lambda one: one.post_id)
    order.sort(key=lambda one: one.replied_at.timestamp() if one.replied_at else 0.0, reverse=True)
    return max(order, key=lambda one: points(one, newest), default=None)
