"""Reminders of the work ledger (台账): one mail for each section and run, its tasks sorted by urgency."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Literal

from alerts.chat import Telling, plain
from alerts.digest import LEADERSHIP_AFTER_WORKING_DAYS
from alerts.message import Envelope, compose
from core.clock import show, to_beijing
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

    @property
    def summary(self) -> str:
        """How many tasks are how urgent, in words."""
        counts = {
            "超期": self.count("overdue", "escalated"),
            "今日到期": self.count("due_today"),
            "即将到期": self.count("due_in_1", "due_in_3", EARLY_STAGE),
        }
        return "、".join(f"{name} {count} 项" for name, count in counts.items() if count)


def render_ledger(digest: LedgerDigest, sender: str) -> EmailMessage:
    """The digest as a mail."""
    subject = f"【台账提醒】{digest.department}：{digest.summary}（{to_beijing(digest.at):%Y-%m-%d}）"
    values: dict[str, object] = {
        "digest": digest,
        "summary": digest.summary,
        "leadership_after": LEADERSHIP_AFTER_WORKING_DAYS,
        "stage_names": LEDGER_STAGE_NAMES,
        "excerpt": EXCERPT,
    }
    envelope = Envelope(subject, SENDER_NAME, sender, digest.recipients, digest.at, digest.message_id)
    message = compose(envelope, "ledger", values)
    if digest.cc:
        message["Cc"] = ", ".join(digest.cc)
    return message


def ledger_telling(digest: LedgerDigest) -> Telling:
    """The digest as a short message to a chat channel, the most urgent tasks of it."""
    lines = (f"截至 {show(digest.at)}，台账任务{digest.summary}没有完成。详见邮件。",)
    return Telling(f"【台账提醒】{plain(digest.department)}", lines, tuple(map(_entry, digest.items)), "项")


def _entry(item: LedgerItem) -> str:
    late = f"（已超 {item.overdue_working_days} 个工作日）" if item.overdue_working_days else ""
    task = f"{item.year} 年第 {item.number} 项 {plain(item.text, 40)}"
    return f"{LEDGER_STAGE_NAMES[item.stage]}{late}：{task}，{to_beijing(item.due_at):%m-%d} 到期"
