"""Mails about follow-ups and early warnings: each goes out once, whatever crashes in between.

The record is written as `sending` before the mail is begun and settled after, as with reminders (`pipeline.alerting`). A
mail left in doubt by a run that died, or that was not taken, goes out with the next run under the same Message-ID.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

from alerts.digest import MESSAGE_ID_DOMAIN
from alerts.mail import Mailer, NotSent, Uncertain
from pipeline.runtime import Runtime
from store.notices import About, NoticeRecord, notice_id

NO_MAIL = "没有配置邮件服务器（YUQING_SMTP_HOST 等，见 README）"


@dataclass(frozen=True)
class Notice:
    """A mail to go out. `write` makes it from the sender's address and the Message-ID."""

    subject: str
    department: str
    recipients: tuple[str, ...]
    write: Callable[[str, str], EmailMessage]


@dataclass
class Sent:
    """What became of notices, by the id of what they are about; `failed` with the reason. Those sent before are left out."""

    sent: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)


def send_notices(runtime: Runtime, about: About, notices: Sequence[Notice], at: datetime, sent_at: datetime) -> Sent:
    """Send those that were not sent before. `at` is the run's time, `sent_at` the real one. The caller holds a lock."""
    known = runtime.notices.of(about, [notice.subject for notice in notices])
    due = [notice for notice in notices if notice.subject not in known or known[notice.subject].state != "sent"]
    result = Sent()
    if not due:
        return result
    mail = runtime.settings.mail
    if mail is None:
        result.failed = [(notice.subject, NO_MAIL) for notice in due]
        return result
    try:
        with Mailer(mail) as mailer:
            for notice in due:
                _send(runtime, mailer, notice, _record(about, notice, known.get(notice.subject), at), sent_at, result)
    except NotSent as error:
        # The server cannot be reached.
        result.failed = [(notice.subject, error.message) for notice in due]
    return result


def _record(about: About, notice: Notice, before: NoticeRecord | None, at: datetime) -> NoticeRecord:
    key = hashlib.sha256(notice_id(about, notice.subject).encode()).hexdigest()
    return NoticeRecord(
        about=about,
        subject=notice.subject,
        department=notice.department,
        at=at,
        state="sending",
        message_id=f"<{key[:40]}@{MESSAGE_ID_DOMAIN}>",
        recipients=list(notice.recipients),
        attempts=before.attempts + 1 if before else 1,
    )


def _send(
    runtime: Runtime, mailer: Mailer, notice: Notice, record: NoticeRecord, sent_at: datetime, result: Sent
) -> None:
    runtime.notices.save(record)
    try:
        mailer.send(notice.write(mailer.settings.sender, record.message_id))
    except NotSent as error:
        runtime.notices.save(record.model_copy(update={"state": "failed", "error": str(error)}))
        result.failed.append((notice.subject, error.message))
    except Uncertain as error:
        result.failed.append((notice.subject, error.message))
    else:
        runtime.notices.save(record.model_copy(update={"state": "sent", "sent_at": sent_at}))
        result.sent.append(notice.subject)
