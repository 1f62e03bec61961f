"""Reminders of the work ledger: who is told of which tasks. Each (task, section, stage) is mailed once (`pipeline.delivery`).

A section's chat channels hear of each once as well, before its mail goes out: a mail server that is down holds nothing back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Literal

from alerts.chat import telling_text
from alerts.ledger_mail import LedgerDigest, LedgerItem, ledger_telling, render_ledger
from alerts.mail import Mailer
from core.clock import to_beijing
from core.errors import ConfigError
from core.logs import logged
from ledger.progress import OPEN, state_at
from ledger.reminders import OpenTask, digest_of, items_by_section, reminder_id
from pipeline.chat import chat_id, known, outgoing, send_chats
from pipeline.delivery import deliver, in_doubt
from pipeline.ledger_records import task_of
from pipeline.outbox import Outbox, OutgoingMail
from pipeline.runtime import Runtime
from store.alert_log import AlertRecord

ABOUT: Literal["task"] = "task"


@dataclass
class ReminderRun:
    """What a run found and did, in digests: one mail for each section."""

    digests: list[LedgerDigest] = field(default_factory=list)
    sent: list[OutgoingMail] = field(default_factory=list)
    resent: list[OutgoingMail] = field(default_factory=list)
    failed: list[tuple[OutgoingMail, str]] = field(default_factory=list)
    already_sent: int = 0


def plan(runtime: Runtime, at: datetime) -> ReminderRun:
    """The digests that would go out at `at`, without what was sent before. Writes and sends nothing."""
    run = ReminderRun()
    waiting = {record.id for mail in _outbox(runtime).unsettled() for record in mail.records}
    departments = runtime.settings.departments
    for name, items in _due(runtime, at).items():
        states = runtime.alert_log.states([_id(item, name, at) for item in items])
        settled = waiting | {id_ for id_, record in states.items() if record.state == "sent"}
        fresh = [item for item in items if _id(item, name, at) not in settled]
        run.already_sent += len(items) - len(fresh)
        if fresh:
            run.digests.append(digest_of(departments, name, fresh, at, runtime.calendar.fallback_years))
    return run


@logged("remind")
def send_reminders(runtime: Runtime, at: datetime, sent_at: datetime) -> ReminderRun:
    """Mail what is due at `at`; `sent_at` is the real time, kept in the record.

    Mails left in doubt by a run that died go first. One that could not be sent is listed in the result and tried again by
    the next run. Raises when mail is not configured or another run is under way.
    """
    mail = runtime.settings.mail
    if mail is None:
        raise ConfigError(
            "没有配置邮件服务器。", "请设置 YUQING_SMTP_HOST 等环境变量（见 README），或用 --dry-run 只看不发。"
        )
    with runtime.lock("ledger-reminders"):
        outbox = _outbox(runtime)
        doubtful = in_doubt(runtime.alert_log, outbox)
        run = plan(runtime, at)
        run.failed += send_chats(runtime, ABOUT, _chats(runtime, at), sent_at).failed
        if not doubtful and not run.digests:
            return run
        with Mailer(mail) as mailer:
            written = [
                OutgoingMail(render_ledger(digest, mail.sender), _mail_records(runtime, digest))
                for digest in run.digests
            ]
            for into, mails in ((run.resent, doubtful), (run.sent, written)):
                for outgoing in mails:
                    if reason := deliver(runtime.alert_log, outbox, mailer, outgoing, sent_at):
                        run.failed.append((outgoing, reason))
                    else:
                        into.append(outgoing)
    return run


def _chats(runtime: Runtime, at: datetime) -> list[OutgoingMail]:
    """The messages to the sections' chat channels, without what was told to a channel before."""
    departments = runtime.settings.departments
    chats = []
    for name, items in _due(runtime, at).items():
        for channel in departments.named(name).channels:
            ids = {item.key: chat_id(_id(item, name, at), channel) for item in items}
            records, settled = known(runtime, ABOUT, list(ids.values()))
            fresh = [item for item in items if ids[item.key] not in settled]
            if fresh:
                digest = digest_of(departments, name, fresh, at, runtime.calendar.fallback_years)
                told = _records(digest, ids, records)
                write = partial(telling_text, ledger_telling(digest))
                chats.append(outgoing(runtime.settings.channels[channel], told, write))
    return chats


def _due(runtime: Runtime, at: datetime) -> dict[str, list[LedgerItem]]:
    """What each section is to be told of at `at`, whether it was or not."""
    return items_by_section(_open_tasks(runtime, at), runtime.settings.departments, at, runtime.book, runtime.calendar)


def _open_tasks(runtime: Runtime, at: datetime) -> list[OpenTask]:
    """The tasks with a limit that were not done at `at`, of every ledger there was then."""
    found = []
    for record in runtime.tasks.all():
        state = state_at(record.history, at)
        if record.due_at and state in OPEN and record.year <= to_beijing(at).year:
            found.append(OpenTask(record.id, task_of(record), record.due_at, state))
    return found


def _mail_records(runtime: Runtime, digest: LedgerDigest) -> tuple[AlertRecord, ...]:
    ids = {item.key: _id(item, digest.department, digest.at) for item in digest.items}
    return _records(digest, ids, runtime.alert_log.states(list(ids.values())))


def _records(
    digest: LedgerDigest, ids: Mapping[str, str], known_records: Mapping[str, AlertRecord]
) -> tuple[AlertRecord, ...]:
    """A record for each task of the digest; `ids` are the records' by the task's key."""
    return tuple(
        AlertRecord(
            id=id_,
            about=ABOUT,
            subject=item.key,
            department=digest.department,
            stage=item.stage,
            day=to_beijing(digest.at).date().isoformat(),
            at=digest.at,
            state="sending",
            message_id=digest.message_id,
            recipients=(*digest.recipients, *digest.cc),
            attempts=known_records[id_].attempts + 1 if id_ in known_records else 1,
        )
        for item in digest.items
        for id_ in [ids[item.key]]
    )


def _id(item: LedgerItem, department: str, at: datetime) -> str:
    return reminder_id(item, department, to_beijing(at).date())


def _outbox(runtime: Runtime) -> Outbox:
    return Outbox(runtime.settings.data, ABOUT)
