"""`Post`: the one record that goes all the way. Every stage reads it and adds fields; no stage reaches back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.clock import to_utc

Channel = Literal["message_board", "hotline", "mailbox", "disclosure_request", "media", "social"]
Kind = Literal["咨询", "建言", "投诉", "求助", "感谢"]
Status = Literal["待回复", "处理中", "已回复", "已办结"]
Stage = Literal["due_in_3", "due_in_1", "due_today", "overdue", "escalated"]
RiskGrade = Literal["低", "中", "高", "紧急"]
SentimentLabel = Literal["negative", "neutral", "positive"]
LONGEST_ID_BYTES = 512
"""What Elasticsearch takes as the id of a document."""
UtcTime = Annotated[datetime, AfterValidator(to_utc)]

KINDS: tuple[Kind, ...] = get_args(Kind)
STATUSES: tuple[Status, ...] = get_args(Status)
OPEN_STATUSES: frozenset[Status] = frozenset({"待回复", "处理中"})
STAGES: tuple[Stage, ...] = get_args(Stage)
STAGE_NAMES: Mapping[str, str] = {
    "escalated": "严重超期",
    "overdue": "超期",
    "due_today": "今日到期",
    "due_in_1": "1 个工作日内到期",
    "due_in_3": "3 个工作日内到期",
}
"""What people read for a stage, the most urgent first."""
SENTIMENT_NAMES: Mapping[str, str] = {"negative": "负面", "neutral": "中性", "positive": "正面"}
"""What people read for a sentiment."""


class Record(BaseModel):
    """Base of the records: unknown fields are refused, so that a misspelt one is noticed at once."""

    model_config = ConfigDict(extra="forbid")


class Reply(Record):
    """One answer to a post. `replied_at` is missing when the source does not tell it."""

    organisation: str | None = None
    body: str
    replied_at: UtcTime | None = None


class Deadline(Record):
    """What the office owes, from `alerts.deadlines.assess`.

    `stage` is as of the last assessment and missing while nothing is urgent, once answered, or where the source does
    not say whether posts are answered. `answered_in_working_days` counts from the day after posting (0: same day).
    Of a deadline that was extended by then, `due_at` is the new one, `first_due_at` what it was before `extended_at`.
    """

    rule: str
    due_at: UtcTime
    first_due_at: UtcTime | None = None
    extended_at: UtcTime | None = None
    stage: Stage | None = None
    answered_at: UtcTime | None = None
    answered_in_working_days: int | None = None
    on_time: bool | None = None


def _fits_an_index(post_id: str) -> str:
    if len(post_id.encode()) > LONGEST_ID_BYTES:
        raise ValueError(f"编号长达 {len(post_id)} 个字，可能是各列错了位")
    return post_id


class Post(Record):
    """A message from the public. Missing stays missing: `None` or an empty list, never an invented zero.

    `id` is stable: source name, a colon, the source's own id. `collected_at` is when this state of the post was seen
    at the source; a state seen later replaces one seen earlier. `checked_at` is when the source was last asked about it.
    `category` is a first-level category of the general taxonomy, `topic` the most specific matter known within it; their
    scores are probabilities of a trained model or shares of keyword weight. `corrected` names the fields a person set.
    `author` lives only between parsing and masking and is never stored (`author_hash` is).
    """

    id: Annotated[str, AfterValidator(_fits_an_index)]
    source: str
    source_id: str
    channel: Channel
    url: str | None = None
    title: str
    body: str
    author: str | None = Field(default=None, exclude=True, repr=False)
    author_hash: str | None = None
    posted_at: UtcTime
    collected_at: UtcTime
    checked_at: UtcTime | None = None
    forum: str | None = None
    kind: Kind | None = None
    domain: str | None = None
    status: Status | None = None
    replies: list[Reply] = Field(default_factory=list)
    votes_up: int | None = None
    votes_down: int | None = None
    satisfaction: float | None = None
    masked: dict[str, int] = Field(default_factory=dict)
    sentiment: float | None = None
    sentiment_label: SentimentLabel | None = None
    category: str | None = None
    category_score: float | None = None
    topic: str | None = None
    topic_score: float | None = None
    keywords: list[str] = Field(default_factory=list)
    places: list[str] = Field(default_factory=list)
    department: str | None = None
    tokens: list[str] = Field(default_factory=list)
    deadline: Deadline | None = None
    cluster_id: str | None = None
    risk: RiskGrade | None = None
    risk_reasons: list[str] = Field(default_factory=list)
    corrected: list[str] = Field(default_factory=list)

    @property
    def first_reply_at(self) -> datetime | None:
        """When the first dated reply was given (UTC), or None."""
        return min((reply.replied_at for reply in self.replies if reply.replied_at), default=None)

    @property
    def text(self) -> str:
        """Title and body as one text, for everything that reads the words of a post."""
        return f"{self.title}\n{self.body}"


def post_id(source: str, source_id: str) -> str:
    """The stable id of a post."""
    return f"{source}:{source_id}"
