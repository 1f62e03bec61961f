"""Reminders of the work ledger (台账): one mail for each section and run, its tasks sorted by urgency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Literal

from alerts.digest import LEADERSHIP_AFTER_WORKING_DAYS
from alerts.message import Envelope, compose
from core.clock import to_beijing
from core.post import STAGE_NAMES, Stage

LedgerStage = Stage | Literal["due_in_20"]
EARLY_STAGE: Literal["due_in_20"] = "due_in_20"
"""Earlier than any stage of posts."""

LEDGER_STAGE_NAMES: Mapping[str, str] = {**STAGE_NAMES, EARLY_STAGE: "20 个工作日内到期"}
SENDER_NAME = "政务公开台账提醒"
EXCERPT = 80


@dataclass(frozen=True)
class LedgerItem:
    """One task in a digest. `responsible` and `limit` are the ledger's words."""

    key: str
    year: int
    number: int
    text: str
    responsible: str
    limit: str
    due_at: datetime
    state: str
    stage: LedgerStage
    overdue_working_days: int


@dataclass(frozen=True)
class LedgerDigest:
    """One mail to one section. Items are the most overdue first, then by due time."""

    department: str
    at: datetime
    items: tuple[LedgerItem, ...]
    recipients: tuple[str, ...]
    cc: tuple[str, ...]
    message_id: str
    fallback_years: tuple[int, ...] = ()

    def count(self, *stages: LedgerStage) -> int:
        """How many items are in one of the stages."""
        return sum(item.stage in stages for item in self.items)


def render_ledger(digest: LedgerDigest, sender: str) -> EmailMessage:
    """The digest as a mail."""
    counts = {
        "超期": digest.count("overdue", "escalated"),
        "今日到期": digest.count("due_today"),
        "即将到期": digest.count("due_in_1", "due_in_3", EARLY_STAGE),
    }
    summary = "、".join(f"{name} {count} 项" for name, count in counts.items() if count)
    subject = f"【台账提醒】{digest.department}：{summary}（{to_beijing(digest.at):%Y-%m-%d}）"
    values: dict[str, object] = {
        "digest": digest,
        "summary": summary,
        "leadership_after": LEADERSHIP_AFTER_WORKING_DAYS,
        "stage_names": LEDGER_STAGE_NAMES,
        "excerpt": EXCERPT,
    }
    envelope = Envelope(subject, SENDER_NAME, sender, digest.recipients, digest.at, digest.message_id)
    message = compose(envelope, "ledger", values)
    if digest.cc:
        message["Cc"] = ", ".join(digest.cc)
    return message
