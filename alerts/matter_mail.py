"""Mails about matters: the brief of a second explanation, and early warnings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from alerts.digest import MESSAGE_ID_DOMAIN
from core.clock import show, to_beijing

SENDER_NAME = "政务舆情监测"
MOST_POSTS = 20
EXCERPT = 120
WORD = ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document")

_templates = Environment(
    loader=PackageLoader("alerts"),
    autoescape=select_autoescape(["html.j2"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["time"] = show
# What people write must not look like another line of the plain text, nor an address run a program.
_templates.filters["one_line"] = lambda text: " ".join(str(text).split())
_templates.tests["web_address"] = lambda url: str(url).lower().startswith(("http://", "https://"))


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
    message = _message(subject, recipients, brief.at, sender, message_id)
    values = {"brief": brief, "picture_id": picture_id.strip("<>")}
    _set_body(message, "brief", values)
    html = message.get_body(("html",))
    assert isinstance(html, EmailMessage)  # noqa: S101  _set_body made it
    html.add_related(brief.picture, "image", "png", cid=picture_id, filename="时间线.png")
    message.add_attachment(brief.word, *WORD, filename=f"二次解读建议-{brief.followup_id}.docx")
    return message


def render_warning(warning: WarningMail, recipients: Sequence[str], sender: str, message_id: str) -> EmailMessage:
    """The warning as a mail."""
    kind = "紧急" if warning.urgent else "舆情预警"
    subject = f"【{kind}】{warning.name}（{to_beijing(warning.at):%Y-%m-%d %H:%M}）"
    message = _message(subject, recipients, warning.at, sender, message_id)
    values = {"warning": warning, "posts": warning.posts[:MOST_POSTS], "excerpt": EXCERPT}
    _set_body(message, "warning", values)
    return message


def _message(subject: str, recipients: Sequence[str], at: datetime, sender: str, message_id: str) -> EmailMessage:
    message = EmailMessage()
    # A line break in a header would start another header.
    message["Subject"] = " ".join(subject.split())
    message["From"] = Address(display_name=SENDER_NAME, addr_spec=sender)
    message["To"] = ", ".join(recipients)
    message["Date"] = format_datetime(to_beijing(at))
    message["Auto-Submitted"] = "auto-generated"
    message["Message-ID"] = message_id
    return message


def _set_body(message: EmailMessage, template: str, values: dict[str, object]) -> None:
    message.set_content(_templates.get_template(f"{template}.txt.j2").render(values), cte="base64")
    html = _templates.get_template(f"{template}.html.j2").render(values)
    message.add_alternative(html, subtype="html", cte="base64")
