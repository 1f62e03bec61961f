"""Alerts: who is told today about which messages. Each (post, stage, day) is mailed once (`pipeline.delivery`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from elasticsearch.dsl import Q

from alerts.digest import AlertItem, Digest, build_digests, item_of
from alerts.mail import Mailer, render
from core.clock import to_beijing
from core.errors import ConfigError
from core.logs import logged
from core.post import Post
from pipeline.chat import digest_chats, send_chats
from pipeline.delivery import deliver, in_doubt
from pipeline.extensions import deadlines
from pipeline.outbox import OutgoingMail
from pipeline.runtime import Runtime
from store.alert_log import AlertRecord
from store.posts import open_at, refresh_posts, scan_posts

HORIZON = timedelta(days=21)
"""Calendar days within which the last three working days before a due date surely lie, the longest holidays included."""


@dataclass
class AlertRun:
    """What a run found and did, in digests (one mail each) and alerts (one post each).

    `chats` are the short messages about them, `chats_sent` those that went out; among the `failed` are both.
    """

    digests: list[Digest] = field(default_factory=list)
    sent: list[OutgoingMail] = field(default_factory=list)
    resent: list[OutgoingMail] = field(default_factory=list)
    failed: list[tuple[OutgoingMail, str]] = field(default_factory=list)
    chats: list[OutgoingMail] = field(default_factory=list)
    chats_sent: list[OutgoingMail] = field(default_factory=list)
    already_sent: int = 0

    @property
    def is_partial(self) -> bool:
        """Whether something did not go out."""
        return bool(self.failed)


def plan(runtime: Runtime, at: datetime) -> AlertRun:
    """The digests that would go out at `at`, without what was sent before. Writes and sends nothing."""
    items = _due_items(runtime, at)
    states = runtime.alert_log.states([_id(item, at) for item in items])
    settled = {alert for alert, record in states.items() if record.state == "sent"}
    settled |= {record.id for mail in runtime.outbox.unsettled() for record in mail.records}
    fresh = [item for item in items if _id(item, at) not in settled]
    run = AlertRun(already_sent=len(items) - len(fresh))
    run.digests = _digests(runtime, fresh, at)
    run.chats = digest_chats(runtime, _digests(runtime, items, at))
    return run


@logged("alerts")
def send_alerts(runtime: Runtime, at: datetime, sent_at: datetime) -> AlertRun:
    """Mail what is due at `at`, and tell it to the chat channels; `sent_at` is the real time, kept in the record.

    Digests left in doubt by a run that died go first. A digest that could not be sent is recorded as failed, listed in
    the result and tried again by the next run. Raises when mail is not configured or another run is under way.
    """
    mail = runtime.settings.mail
    if mail is None and not runtime.settings.departments.channels_used():
        raise _no_mail()
    with runtime.lock("alerts"):
        doubtful = in_doubt(runtime.alert_log, runtime.outbox)
        run = plan(runtime, at)
        # The chat channels first: they are told also where the mail server cannot be reached.
        chats = send_chats(runtime, None, run.chats, sent_at)
        run.chats_sent = chats.sent
        run.failed += chats.failed
        if mail is None:
            raise _no_mail()
        if not doubtful and not run.digests:
            return run
        with Mailer(mail) as mailer:
            for outgoing in doubtful:
                _send(runtime, mailer, outgoing, sent_at, run.resent, run)
            for digest in run.digests:
                outgoing = OutgoingMail(render(digest, mail.sender), tuple(_records(runtime, digest)))
                _send(runtime, mailer, outgoing, sent_at, run.sent, run)
    return run


def _no_mail() -> ConfigError:
    return ConfigError(
        "没有配置邮件服务器。", "请设置 YUQING_SMTP_HOST 等环境变量（见 README），或用 --dry-run 只看不发。"
    )


def _due_items(runtime: Runtime, at: datetime) -> list[AlertItem]:
    until = {"lte": (at + HORIZON).isoformat()}
    # A run for a time before an extension finds what was due then.
    soon = Q("range", deadline__due_at=until) | Q("range", deadline__first_due_at=until)
    refresh_posts(runtime.es, runtime.names)
    posts = scan_posts(runtime.es, runtime.names, open_at(at) & soon)
    return _items(runtime, posts, at)


def _items(runtime: Runtime, posts: Iterable[Post], at: datetime) -> list[AlertItem]:
    found = (item_of(post, deadline, at, runtime.book) for post, deadline in deadlines(runtime, posts, at))
    return [item for item in found if item is not None]


def _digests(runtime: Runtime, items: Sequence[AlertItem], at: datetime) -> list[Digest]:
    return build_digests(items, runtime.settings.departments, at, runtime.calendar.fallback_years)


def _send(
    runtime: Runtime, mailer: Mailer, mail: OutgoingMail, sent_at: datetime, into: list[OutgoingMail], run: AlertRun
) -> None:
    if reason := deliver(runtime.alert_log, runtime.outbox, mailer, mail, sent_at):
        run.failed.append((mail, reason))
    else:
        into.append(mail)


def _records(runtime: Runtime, digest: Digest) -> list[AlertRecord]:
    known = runtime.alert_log.states([_id(item, digest.at) for item in digest.items])
    records = []
    for item in digest.items:
        alert = _id(item, digest.at)
        records.append(
            AlertRecord(
                id=alert,
                post_id=item.post_id,
                department=digest.department,
                stage=item.stage,
                day=to_beijing(digest.at).date().isoformat(),
                at=digest.at,
                state="sending",
                message_id=digest.message_id,
                recipients=(*digest.recipients, *digest.cc),
                attempts=known[alert].attempts + 1 if alert in known else 1,
            )
        )
    return records


def _id(item: AlertItem, at: datetime) -> str:
    return item.alert_id(to_beijing(at).date())
