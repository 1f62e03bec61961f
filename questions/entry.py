"""An entry of the base: the question, the draft of its answer, where it comes from, what was decided, what is published."""

from datetime import datetime, timedelta
from typing import Any, Literal

from core.post import Record, UtcTime

State = Literal["草稿", "一审", "二审", "三审", "发布"]
Drafter = Literal["答复", "相似留言的答复", "人工", "模型"]

DRAFT: State = "草稿"
PUBLISHED: State = "发布"
REVIEWS: tuple[State, ...] = ("一审", "二审", "三审")
STATES: tuple[State, ...] = (DRAFT, *REVIEWS, PUBLISHED)
"""In this order (三审三校). An entry in the state 一审 has passed the first review."""
BY_MODEL = "由模型起草"
DAYS_OF_MONTH = 30.4375


class Source(Record):
    """The reply that an answer comes from."""

    post_id: str
    organisation: str | None = None
    replied_at: UtcTime | None = None
    url: str | None = None


class Step(Record):
    """One thing a person (or the language model) did with an entry; steps are only ever added."""

    state: State
    """The state the entry has from then on."""
    did: str
    who: str
    at: UtcTime
    note: str = ""
    changed: list[str] = []
    """What it changed in question and answer, in words."""
    text: str = ""
    """The answer as it stood after the step."""


class Suggestion(Record):
    """A reply that a later run found better than the one the entry has; a person takes it or leaves it.

    `source` is missing where the post was forgotten meanwhile (`yuqing forget`).
    """

    answer: str
    source: Source | None = None
    at: UtcTime


class Published(Record):
    """What everybody may read: as it was when it was published."""

    question: str
    answer: str
    source: Source | None = None
    reviewed_at: UtcTime
    at: UtcTime


class Entry(Record):
    """One question with its answer. `question` and `answer` are being worked on; `published` is what is answered from.

    `people` asked it in `posts` posts of `months` months; `example_ids` are the first of these posts. `names` are names of
    persons that seem to stand in the draft. `merged_into` is the entry that the matter's posts count for by now.
    """

    id: str
    question: str
    answer: str = ""
    variants: list[str] = []
    state: State = DRAFT
    drafted_by: Drafter = "答复"
    source: Source | None = None
    names: list[str] = []
    matter_id: str | None = None
    topic: str | None = None
    department: str | None = None
    sources: list[str] = []
    channels: list[str] = []
    places: list[str] = []
    people: int = 0
    posts: int = 0
    months: int = 0
    example_ids: list[str] = []
    first_at: UtcTime | None = None
    last_at: UtcTime | None = None
    created_at: UtcTime
    mined_at: UtcTime
    suggestion: Suggestion | None = None
    dismissed: list[str] = []
    """Posts whose replies were suggested and refused."""
    merged_into: str | None = None
    published: Published | None = None
    tokens: str = ""
    """The words of what is published, as searches find them; empty before."""
    history: list[Step] = []

    @property
    def is_touched(self) -> bool:
        """Whether a person, or the model at a person's wish, has done anything with it: its texts are theirs from then on."""
        return bool(self.history)


def needs_review(entry: Entry, at: datetime, months: int) -> bool:
    """Whether the answer has grown old: 需复核.

    A published one by its last review; one that is not yet published by the date of the reply it comes from.
    """
    limit = at - timedelta(days=months * DAYS_OF_MONTH)
    if entry.published:
        return entry.published.reviewed_at <= limit
    return bool(entry.source and entry.source.replied_at and entry.source.replied_at <= limit)


def review_again_at(entry: Entry, months: int) -> datetime | None:
    """When a published answer is to be looked at again."""
    return entry.published.reviewed_at + timedelta(days=months * DAYS_OF_MONTH) if entry.published else None


def as_dict(entry: Entry) -> dict[str, Any]:
    """The entry for machines."""
    return entry.model_dump(mode="json", exclude={"tokens"})
