"""Mails about follow-ups, early warnings and reports: one about each, sent once whatever crashes in between (`pipeline.delivery`)."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

from alerts.digest import MESSAGE_ID_DOMAIN
from alerts.mail import Mailer, NotSent
from pipeline.chat import ChatRun
from pipeline.delivery import deliver, in_doubt
from pipeline.outbox import Outbox, OutgoingMail
from pipeline.runtime import Runtime
from store.alert_log import About, AlertRecord

NO_MAIL = "没有配置邮件服务器（YUQING_SMTP_HOST 等，见 README）"


@dataclass(frozen=True)
class Notice:
    """A mail to go out. `subject` is the id of what it is about; `write` makes it from sender and Message-ID.

    The Message-ID is made of what the mail is about, unless one is given.
    """

    subject: str
    department: str
    recipients: tuple[str, ...]
    write: Callable[[str, str], EmailMessage]
    message_id: str | None = None


@dataclass
class Sent:
    """What became of notices, by the id of what they are about; `failed` with the reason. Those sent before are left out.

    `chats` are those that a chat channel was told, once for each channel; among the `failed` are both.
    """

    sent: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)
    chats: list[str] = field(default_factory=list)

    def with_chats(self, run: ChatRun) -> "Sent":
        """The same, and what became of the chat messages."""
        failed = [(_subject(chat), reason) for chat, reason in run.failed]
        return Sent(self.sent, [*self.failed, *failed], [_subject(chat) for chat in run.sent])


def send_notices(runtime: Runtime, about: About, notices: Sequence[Notice], at: datetime, sent_at: datetime) -> Sent:
    """Send those that were not sent before. `at` is the run's time, `sent_at` the real one. The caller holds a lock.

    Mails left in doubt by a run that died go first, as they were. One that could not be sent is written anew and tried
    again by the next run.
    """
    outbox = Outbox(runtime.settings.data, about)
    doubtful = in_doubt(runtime.alert_log, outbox)
    known = runtime.alert_log.states([notice_id(about, notice.subject) for notice in notices])
    settled = {id_ for id_, record in known.items() if record.state == "sent"}
    settled |= {record.id for mail in doubtful for record in mail.records}
    due = [notice for notice in notices if notice_id(about, notice.subject) not in settled]
    waiting = [_subject(mail) for mail in doubtful] + [notice.subject for notice in due]
    settings = runtime.settings.mail
    if not waiting or settings is None:
        return Sent(failed=[(subject, NO_MAIL) for subject in waiting])
    result = Sent()
    try:
        with Mailer(settings) as mailer:
            mails = [*doubtful, *(_outgoing(about, notice, known, settings.sender, at) for notice in due)]
            for mail in mails:
                if reason := deliver(runtime.alert_log, outbox, mailer, mail, sent_at):
                    result.failed.append((_subject(mail), reason))
                else:
                    result.sent.append(_subject(mail))
    except NotSent as error:
        # The server cannot be reached.
        return Sent(failed=[(subject, error.message) for subject in waiting])
    return result


def notice_id(about: About, subject: str) -> str:
    """The id of the record of the mail about a follow-up, warning or report."""
    return f"{about}|{subject}"


def _outgoing(about: About, notice: Notice, known: dict[str, AlertRecord], sender: str, at: datetime) -> OutgoingMail:
    id_ = notice_id(about, notice.subject)
    message_id = notice.message_id or f"<{hashlib.sha256(id_.encode()).hexdigest()[:40]}@{MESSAGE_ID_DOMAIN}>"
    record = AlertRecord(
        id=id_,
        about=about,
        subject=notice.subject,
        department=notice.department,
        at=at,
        state="sending",
        message_id=message_id,
        recipients=notice.recipients,
        attempts=known[id_].attempts + 1 if id_ in known else 1,
    )
    return OutgoingMail(notice.write(sender, message_id), (record,))


def _subject(mail: OutgoingMail) -> str:
    return mail.records[0].subject or ""
