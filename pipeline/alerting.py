"""Alerts: who is told today about which messages. Each (post, stage, day) is mailed once, whatever crashes in between.

The order of things makes it so: the record of an alert is written as `sending` before its mail is begun, and settled
after. A run that dies in between leaves `sending` behind; the next run sends that very mail again under the same
Message-ID, because a reminder that never came is worse than one that a mail server drops as a repeat.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from elasticsearch.dsl import Q

from alerts.digest import AlertItem, Digest, alert_id, build_digests, item_of
from alerts.mail import Mailer, NotSent, Uncertain, render
from core.clock import to_beijing
from core.errors import ConfigError
from core.post import Post
from pipeline.runtime import Runtime
from store.alert_log import AlertRecord
from store.posts import open_at, refresh_posts, scan_posts

HORIZON = timedelta(days=21)
"""Calendar days within which the last three working days before a due date surely lie, the longest holidays included."""


@dataclass
class AlertRun:
    """What a run found and did, in digests (one mail each) and alerts (one post each)."""

    digests: list[Digest] = field(default_factory=list)
    sent: list[Digest] = field(default_factory=list)
    resent: list[Digest] = field(default_factory=list)
    failed: list[tuple[Digest, str]] = field(default_factory=list)
    already_sent: int = 0


def plan(runtime: Runtime, at: datetime) -> AlertRun:
    """The digests that would go out at `at`, without what was sent before. Writes and sends nothing."""
    items = _due_items(runtime, at)
    states = runtime.alert_log.states([_id(item, at) for item in items])
    settled = {alert for alert, record in states.items() if record.state in {"sent", "sending"}}
    fresh = [item for item in items if _id(item, at) not in settled]
    run = AlertRun(already_sent=len(items) - len(fresh))
    run.digests = _digests(runtime, fresh, at)
    return run


def send_alerts(runtime: Runtime, at: datetime, sent_at: datetime) -> AlertRun:
    """Mail what is due at `at`; `sent_at` is the real time, kept in the record.

    Digests left in doubt by a run that died go first. A digest that could not be sent is recorded as failed, listed in
    the result and tried again by the next run. Raises when mail is not configured or another run is under way.
    """
    mail = runtime.settings.mail
    if mail is None:
        raise ConfigError(
            "没有配置邮件服务器。", "请设置 YUQING_SMTP_HOST 等环境变量（见 README），或用 --dry-run 只看不发。"
        )
    with runtime.lock("alerts"):
        doubtful = _doubtful_digests(runtime)
        run = plan(runtime, at)
        if not doubtful and not run.digests:
            return run
        with Mailer(mail) as mailer:
            for digest in doubtful:
                _send(runtime, mailer, digest, sent_at, run.resent, run)
            for digest in run.digests:
                _send(runtime, mailer, digest, sent_at, run.sent, run)
    return run


def _due_items(runtime: Runtime, at: datetime) -> list[AlertItem]:
    soon = Q("range", deadline__due_at={"lte": (at + HORIZON).isoformat()})
    refresh_posts(runtime.es, runtime.names)
    posts = scan_posts(runtime.es, runtime.names, open_at(at) & soon)
    return _items(runtime, posts, at)


def _items(runtime: Runtime, posts: Iterable[Post], at: datetime) -> list[AlertItem]:
    found = (item_of(post, runtime.book.assess(post, at), at, runtime.book) for post in posts)
    return [item for item in found if item is not None]


def _digests(runtime: Runtime, items: Sequence[AlertItem], at: datetime) -> list[Digest]:
    return build_digests(items, runtime.settings.departments, at, runtime.calendar.fallback_years)


def _doubtful_digests(runtime: Runtime) -> list[Digest]:
    """The mails a dead run may or may not have sent, put together again exactly as they were."""
    by_mail: dict[str, list[AlertRecord]] = {}
    for record in runtime.alert_log.in_doubt():
        by_mail.setdefault(record.message_id, []).append(record)
    digests = []
    for message_id, records in by_mail.items():
        at = records[0].at
        posts = scan_posts(runtime.es, runtime.names, Q("ids", values=[record.post_id for record in records]))
        stages = {record.post_id: record.stage for record in records}
        items = [replace(item, stage=stages[item.post_id]) for item in _items(runtime, posts, at)]
        digests += [replace(digest, message_id=message_id) for digest in _digests(runtime, items, at)]
    return digests


def _send(
    runtime: Runtime, mailer: Mailer, digest: Digest, sent_at: datetime, into: list[Digest], run: AlertRun
) -> None:
    records = _records(runtime, digest)
    runtime.alert_log.save(records)
    try:
        mailer.send(render(digest, mailer.settings.sender))
    except NotSent as error:
        runtime.alert_log.save(replace(record, state="failed", error=str(error)) for record in records)
        run.failed.append((digest, error.message))
    except Uncertain as error:
        run.failed.append((digest, error.message))
    else:
        runtime.alert_log.save(replace(record, state="sent", sent_at=sent_at) for record in records)
        into.append(digest)


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
    return alert_id(item.post_id, item.stage, to_beijing(at).date())
