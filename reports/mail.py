"""A report as a mail and as a web page: HTML that Outlook (which sets pages with Word) and phones show well, its pictures
inside, a plain text of the same content, and the Word file attached.

The same report to the same people is the same mail to the byte: Message-ID and the marks between its parts are made of
period and recipients, the date is that of the run.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP

from alerts.digest import MESSAGE_ID_DOMAIN
from alerts.matter_mail import SENDER_NAME, WORD
from alerts.message import Envelope, templates_of, written
from core.numerals import numeral
from reports.content import CHANGES, DECISIONS, NUMBERS, Picture, Report, Sentence, Table
from reports.period import Period

CLOSING = "完整内容见附件（Word）。本邮件由系统自动发出，请勿直接回复。"
CLOSING_PAGE = "由系统自动生成。"

_templates = templates_of("reports")
_templates.filters["numeral"] = numeral
for _name, _kind in (("sentence", Sentence), ("table", Table), ("picture", Picture)):
    _templates.tests[_name] = lambda block, kind=_kind: isinstance(block, kind)


def message_id(period: Period, recipients: Sequence[str]) -> str:
    """The Message-ID of the report about a period to these people, whoever is named first."""
    key = "\n".join(["report", period.key, *sorted(recipients)])
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{MESSAGE_ID_DOMAIN}>"


def to_page(report: Report) -> str:
    """The report as a web page that shows the pictures lying beside it (`NAME.png`)."""
    return _render(report, "mail.html.j2", {one.name: f"{one.name}.png" for one in report.pictures}, CLOSING_PAGE)


def to_mail(
    report: Report, pictures: Mapping[str, bytes], word: bytes, sender: str, recipients: Sequence[str], at: datetime
) -> EmailMessage:
    """The mail as it is handed to the mail server. `pictures` are the charts (PNG) by name, `at` is the time of the run."""
    period, id_ = report.period, message_id(report.period, recipients)
    envelope = Envelope(f"【{report.title}】{report.subtitle}", SENDER_NAME, sender, recipients, at, id_)
    cids = {name: f"{period.key}.{name}@{MESSAGE_ID_DOMAIN}" for name in pictures}
    html = _render(report, "mail.html.j2", {name: f"cid:{cid}" for name, cid in cids.items()}, CLOSING)
    message = written(envelope, _render(report, "mail.txt.j2", {}, CLOSING), html, SMTP)
    shown = message.get_body(("html",))
    assert isinstance(shown, EmailMessage)  # noqa: S101  it was just added
    for name, picture in pictures.items():
        shown.add_related(picture, "image", "png", cid=f"<{cids[name]}>", filename=f"{name}.png")
    message.add_attachment(word, *WORD, filename=f"{report.title}-{period.key}.docx")
    # Left alone, the marks between the parts would be random.
    parts = [part for part in message.walk() if part.is_multipart()]
    for number, part in enumerate(parts):
        part.set_boundary(f"={number}={id_[1:41]}")
    return message


def _render(report: Report, template: str, sources: Mapping[str, str], closing: str) -> str:
    headings = {"changes": CHANGES, "decisions": DECISIONS, "numbers": NUMBERS}
    return _templates.get_template(template).render(report=report, sources=sources, headings=headings, closing=closing)
