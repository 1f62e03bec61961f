"""Early warning: matters whose negative volume rises beyond their own history, and posts graded 紧急.

A warning is written before its mail goes out, and from it on the rules of repetition hold: a run that dies and starts again
raises nothing twice. Mails wait for the end of the quiet hours; those about 紧急 posts do not.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage

from elasticsearch.dsl import Q

from alerts.chat import Telling, plain
from alerts.deadlines import Rule
from alerts.departments import Department
from alerts.matter_mail import WarnedPost, WarningMail, render_warning
from core.clock import show
from core.errors import ConfigError
from core.logs import logged
from core.post import Post
from matters.brief import lead_department
from matters.matter import people
from matters.response import OPEN
from matters.warning import EarlyWarning, early_warning, is_news, mail_at
from pipeline.chat import Announcement, announce
from pipeline.matter_figures import most_common, sources
from pipeline.matter_reading import MatterReader
from pipeline.notices import Notice, Sent, send_notices
from pipeline.runtime import Runtime
from store.matters import MatterRecord
from store.posts import refresh_posts, scan_posts
from store.warnings import WarningKind, WarningRecord

LOCK = "warnings"
GENERAL = "opinion_general"
DAY = timedelta(days=1)
URGENT_WITHIN = timedelta(days=7)
"""An urgent post older than this comes from an old file, not from today's public."""
MAIL_WITHIN = timedelta(days=7)
"""A warning whose mail could not be sent for so long is no early warning any more."""


@dataclass
class WarningRun:
    """Warnings a run raised, and what became of mails (by warning id)."""

    raised: list[WarningRecord] = field(default_factory=list)
    mails: Sent = field(default_factory=Sent)

    @property
    def is_partial(self) -> bool:
        """Whether a mail did not go out."""
        return bool(self.mails.failed)


@logged("warn")
def warn(runtime: Runtime, at: datetime, sent_at: datetime) -> WarningRun:
    """Raise the warnings there are at `at` and send the mails that are due, those of earlier warnings as well.

    `sent_at` is the real time. A mail that could not be sent is listed in the result and goes out with the next run.
    """
    run = WarningRun()
    with runtime.lock(LOCK):
        reader = MatterReader(runtime)
        for warning in (*_urgent(runtime, reader, at), *_surges(runtime, reader, at)):
            runtime.warnings.save(warning)
            run.raised.append(warning)
        # Nobody needs to be told at seven of what was settled at night.
        due = [one for one in runtime.warnings.since(at - MAIL_WITHIN) if one.mail_at <= at and one.state in OPEN]
        chats = announce(runtime, "warning", [_announcement(runtime, one) for one in due], at, sent_at)
        mails = send_notices(runtime, "warning", [_notice(runtime, one) for one in due], at, sent_at)
        run.mails = mails.with_chats(chats)
    return run


def rule_named(runtime: Runtime, name: str) -> Rule:
    """The rule of `config/deadlines.yml`. Raises `ConfigError` when the office took it out."""
    rule = runtime.settings.deadlines.rules.get(name)
    if rule is None:
        raise ConfigError(f"config/deadlines.yml 里没有 {name} 这条规则，舆情预警要用它。", "请从原来的文件里补上。")
    return rule


def due_at(runtime: Runtime, rule: str, at: datetime) -> datetime:
    """When the time of a rule runs out that began at `at`."""
    return runtime.book.due_at(rule_named(runtime, rule), at)


def _surges(runtime: Runtime, reader: MatterReader, at: datetime) -> Iterator[WarningRecord]:
    rules = runtime.settings.matters.warnings
    for record, matter in reader.read(runtime.matters.heard_of(at - DAY, at)):
        found = early_warning(matter, at, rules)
        if found and is_news(found, _last(runtime, reader, record, at), rules):
            posts = [post for post in matter.posts if post.id in set(found.post_ids)]
            yield _record(runtime, "surge", found.reason, posts, found.people, at, record, found)


def _last(runtime: Runtime, reader: MatterReader, record: MatterRecord, at: datetime) -> EarlyWarning | None:
    """The last warning of the matter, or of one that was merged into it.

    One for a time soon after `at` counts as well: the clock was moved back, and people have been told.
    """
    repeat = timedelta(hours=runtime.settings.matters.warnings.repeat_hours)
    last = runtime.warnings.last_surge(reader.known_as(record.id), at + repeat)
    if last is None:
        return None
    return EarlyWarning(
        matter_id=record.id,
        at=last.at,
        people=last.people,
        posts=last.posts,
        expected=last.expected or 0.0,
        probability=last.probability or 0.0,
        post_ids=tuple(last.post_ids),
        reason=last.reason,
    )


def _urgent(runtime: Runtime, reader: MatterReader, at: datetime) -> Iterator[WarningRecord]:
    """One warning for the urgent posts of a matter that no warning has named yet, one for each that belongs to none."""
    refresh_posts(runtime.es, runtime.names)
    span = {"gt": (at - URGENT_WITHIN).isoformat(), "lte": at.isoformat()}
    query = Q("term", risk="紧急") & Q("range", posted_at=span)
    posts = list(scan_posts(runtime.es, runtime.names, query))
    told = runtime.warnings.urgent_posts_told([post.id for post in posts])
    groups: dict[str, list[Post]] = {}
    for post in sorted(posts, key=lambda one: (one.posted_at, one.id)):
        if post.id not in told:
            groups.setdefault(post.cluster_id or f" {post.id}", []).append(post)
    for matter_id, group in groups.items():
        record = runtime.matters.find(matter_id) if group[0].cluster_id else None
        reasons = "；".join(dict.fromkeys(reason for post in group for reason in post.risk_reasons))
        reason = f"{len(group)} 条留言研判为“紧急”：{reasons or '见留言'}。"
        yield _record(runtime, "urgent", reason, group, len(people(group)), at, record)


def _record(
    runtime: Runtime,
    kind: WarningKind,
    reason: str,
    posts: Sequence[Post],
    who: int,
    at: datetime,
    matter: MatterRecord | None,
    found: EarlyWarning | None = None,
) -> WarningRecord:
    urgent = any(post.risk == "紧急" for post in posts)
    department = matter.department if matter else lead_department(posts)
    key = "|".join([kind, at.isoformat() if kind == "surge" else "", *(post.id for post in posts)])
    return WarningRecord(
        id=hashlib.sha256(key.encode()).hexdigest()[:10],
        kind=kind,
        matter_id=matter.id if matter else None,
        title=matter.title if matter and kind == "surge" else posts[0].title,
        place=matter.place if matter else next(iter(posts[0].places), None),
        source=sources(posts),
        topic=matter.topic if matter else most_common(post.topic for post in posts),
        department=runtime.settings.departments.named(department).name,
        at=at,
        mail_at=mail_at(at, "紧急" if urgent else None, runtime.settings.matters.quiet_hours),
        people=who,
        posts=len(posts),
        expected=found.expected if found else None,
        probability=found.probability if found else None,
        post_ids=[post.id for post in posts],
        reason=reason,
        rule=found.deadline_rule if found else GENERAL,
        due_at=due_at(runtime, found.deadline_rule if found else GENERAL, at),
    )


def _told(runtime: Runtime, record: WarningRecord) -> list[Department]:
    """The lead section and the office."""
    departments = runtime.settings.departments
    return [departments.named(record.department), departments.named(departments.fallback)]


def _announcement(runtime: Runtime, record: WarningRecord) -> Announcement:
    """The short message to their chat channels."""
    told = _told(runtime, record)
    channels = dict.fromkeys(name for department in told for name in department.channels)

    def tell() -> Telling:
        rule = rule_named(runtime, record.rule)
        posts = runtime.matters.posts_by_id(record.post_ids)
        return Telling(
            title=f"【{'紧急' if record.kind == 'urgent' else '舆情预警'}】{plain(record.title)}",
            lines=(
                plain(record.reason, 200),
                f"请在 {show(record.due_at)} 前回应（{rule.title}）。详见邮件，编号 {record.id}。",
            ),
            entries=tuple(f"{plain(post.title, 40)}，{show(post.posted_at)}，编号 {plain(post.id)}" for post in posts),
        )

    return Announcement(record.id, told[0].name, tuple(channels), tell)


def _notice(runtime: Runtime, record: WarningRecord) -> Notice:
    """The mail to the lead department and the office."""
    told = _told(runtime, record)
    names = tuple(dict.fromkeys(department.name for department in told))
    recipients = tuple(dict.fromkeys(address for department in told for address in department.mail))

    def write(sender: str, message_id: str) -> EmailMessage:
        rule = rule_named(runtime, record.rule)
        mail = WarningMail(
            warning_id=record.id,
            matter_id=record.matter_id,
            urgent=record.kind == "urgent",
            departments=names,
            at=record.at,
            name=record.title,
            reason=record.reason,
            rule=rule.title,
            rule_source=rule.source,
            due_at=record.due_at,
            posts=tuple(map(_warned, runtime.matters.posts_by_id(record.post_ids))),
        )
        return render_warning(mail, recipients, sender, message_id)

    return Notice(record.id, names[0], recipients, write)


def _warned(post: Post) -> WarnedPost:
    return WarnedPost(post.id, post.title, post.body, post.url, post.posted_at, tuple(post.risk_reasons))
