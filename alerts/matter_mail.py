"""Mails about matters: the brief of a second explanation, and early warnings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from alerts.digest import MESSAGE_ID_DOMAIN
from alerts.message import Envelope, compose
from core.clock import to_beijing

SENDER_NAME = "政务舆情监测"
MOST_POSTS = 20
EXCERPT = 120
WORD = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")


@dataclass(frozen=True)
class BriefSection:
    """A heading, and its items or, where there is none, what is said instead."""

    heading: str
    items: tuple[str, ...]
    otherwise: str


@dataclass(frozen=True)
class BriefMail:
    """A brief for the section that leads. `at` is when it was made, `word` the whole of it as .docx, `picture` a PNG."""

    followup_id: str
    department: str
    at: datetime
    name: str
    title: str
    summary: str
    sections: tuple[BriefSection, ...]
    word: bytes
    picture: bytes


@dataclass(frozen=True)
class WarnedPost:
    """A post that a warning is about."""

    id: str
    title: str
    body: str
    url: str | None
    posted_at: datetime
    risk_reasons: tuple[str, ...]


@dataclass(frozen=True)
class WarningMail:
    """An early warning. `urgent`: of posts graded 紧急, not of a rise. `rule`, its source and `due_at`: the deadline running."""

    warning_id: str
    matter_id: str | None
    urgent: bool
    departments: tuple[str, ...]
    at: datetime
    name: str
    reason: str
    rule: str
    rule_source: str
    due_at: datetime
    posts: tuple[WarnedPost, ...]


def render_brief(brief: BriefMail, recipients: Sequence[str], sender: str, message_id: str) -> EmailMessage:
    """The brief as a mail, with its picture shown and the Word file attached."""
    subject = f"【二次解读建议】{brief.name}（{to_beijing(brief.at):%Y-%m-%d}）"
    # Not a random one: a mail that goes out again is the same mail.
    picture_id = f"<{brief.followup_id}.timeline@{MESSAGE_ID_DOMAIN}>"
    values: dict[str, object] = {"brief": brief, "picture_id": picture_id.strip("<>")}
    message = compose(Envelope(subject, SENDER_NAME, sender, recipients, brief.at, message_id), "brief", values)
    html = message.get_body(("html",))
    assert isinstance(html, EmailMessage)  # noqa: S101  compose made it
    html.add_related(brief.picture, "image", "png", cid=picture_id, filename="时间线.png")
    message.add_attachment(brief.word, *WORD, filename=f"二次解读建议-{brief.followup_id}.docx")
    return message


def render_warning(warning: WarningMail, recipients: Sequence[str], sender: str, message_id: str) -> EmailMessage:
    """The warning as a mail."""
    kind = "紧急" if warning.urgent else "舆情预警"
    subject = f"【{kind}】{warning.name}（{to_beijing(warning.at):%Y-%m-%d %H:%M}）"
    values: dict[str, object] = {"warning": warning, "posts": warning.posts[:MOST_POSTS], "excerpt": EXCERPT}
    return compose(Envelope(subject, SENDER_NAME, sender, recipients, warning.at, message_id), "warning", values)
