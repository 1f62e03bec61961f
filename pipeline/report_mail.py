"""The mail of a report to the leadership group: once about each period to the same people (`pipeline.notices`).

An older version kept what it knew of a mail beside the report (`mail-….json`, the mail itself in `mail-….eml`). What such a
record says counts on: it is taken over the first time somebody asks, so that an update sends nobody a week again.
"""

from dataclasses import replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any, Literal

import orjson

from alerts.chat import Telling, plain
from pipeline.chat import Announcement, announce
from pipeline.notices import NO_MAIL, Notice, notice_id, send_notices
from pipeline.outbox import Outbox, OutgoingMail
from pipeline.runtime import Runtime
from reports.content import Report
from reports.files import ReportFiles
from reports.mail import message_id, to_mail
from store.alert_log import About, AlertRecord

ABOUT: About = "report"
NO_RECIPIENTS = "config/departments.yml 的 leadership_group 没有收件人"
Mailed = Literal["sent", "sent before", "failed", "not sent"]


def mail_report(
    runtime: Runtime, report: Report, files: ReportFiles, kept: Path, at: datetime, sent_at: datetime
) -> tuple[Mailed, str]:
    """Mail the report unless it was mailed before; what became of it, and why (Chinese) where it did not go out.

    The leaders' chat channels are told of it, once each. A message to them that did not go out counts as failed, too.
    `kept` is the report's folder below the data folder. The caller holds a lock.
    """
    chats = announce(runtime, ABOUT, [_announcement(runtime, report)], at, sent_at)
    mailed, why = _mail(runtime, report, files, kept, at, sent_at)
    if not chats.failed:
        return mailed, why
    reasons = [reason for _, reason in chats.failed]
    return "failed", "；".join([*reasons, why] if mailed in {"failed", "not sent"} else reasons)


def _mail(
    runtime: Runtime, report: Report, files: ReportFiles, kept: Path, at: datetime, sent_at: datetime
) -> tuple[Mailed, str]:
    recipients = runtime.settings.departments.leadership_group
    if not recipients:
        return "not sent", NO_RECIPIENTS
    id_ = message_id(report.period, recipients)

    def write(sender: str, _: str) -> EmailMessage:
        return to_mail(report, files.pictures, files.word, sender, recipients, at)

    notice = Notice(f"{report.period.key}|{_short(id_)}", report.made_for, recipients, write, id_)
    _take_over(runtime, notice, kept, id_)
    outcome = send_notices(runtime, ABOUT, [notice], at, sent_at)
    if notice.subject in outcome.sent:
        return "sent", ""
    reason = dict(outcome.failed).get(notice.subject)
    if reason is None:
        return "sent before", ""
    return ("not sent" if reason == NO_MAIL else "failed"), reason


def _announcement(runtime: Runtime, report: Report) -> Announcement:
    """What is to be decided, for the leaders' chat channels."""
    title = f"【{report.title}】{report.subtitle}"
    lines = (
        f"请研究决定的事项 {len(report.decisions)} 项。全文见邮件。" if report.decisions else report.otherwise.text,
    )
    entries = tuple(plain(decision.what.text, 100) for decision in report.decisions)
    channels = runtime.settings.departments.leadership_channels
    return Announcement(report.period.key, report.made_for, channels, lambda: Telling(title, lines, entries, unit="项"))


def _take_over(runtime: Runtime, notice: Notice, kept: Path, message_id: str) -> None:
    """Put an older version's record of the mail where such records are now; a mail in doubt goes into the outbox."""
    path = kept / f"mail-{_short(message_id)}.json"
    id_ = notice_id(ABOUT, notice.subject)
    if not path.is_file() or runtime.alert_log.states([id_]):
        return
    told: dict[str, Any] = orjson.loads(path.read_bytes())
    sent_at = told.get("sent_at")
    record = AlertRecord(
        id=id_,
        about=ABOUT,
        subject=notice.subject,
        department=notice.department,
        at=datetime.fromisoformat(told["at"]),
        state=told["state"],
        message_id=message_id,
        recipients=tuple(told["recipients"]),
        attempts=told["attempts"],
        sent_at=datetime.fromisoformat(sent_at) if sent_at else None,
        error=told.get("error"),
    )
    mail = path.with_suffix(".eml")
    if record.state == "sending" and mail.is_file():
        message = message_from_bytes(mail.read_bytes(), policy=SMTP)
        assert isinstance(message, EmailMessage)  # noqa: S101  the policy makes it one
        Outbox(runtime.settings.data, ABOUT).put(OutgoingMail(message, (replace(record, error=None),)))
    runtime.alert_log.save([record])


def _short(message_id: str) -> str:
    """Enough of a Message-ID to tell the people apart that one period's report goes to."""
    return message_id[1:13]
