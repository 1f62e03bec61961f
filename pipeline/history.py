"""What happened to a post, in the order of time: the one reader of everything that is kept about it.

Each fact is kept once and read from there: corrections and extensions in the audit trail, decisions about warnings and
follow-ups in those records, mails in the record of alerts, the course of a matter in its events. Only reads, so that the
account of a reader is enough.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from elasticsearch.dsl import Q

from core.errors import YuqingError
from core.post import STAGE_NAMES, Post
from dashboards.words import ACTIONS, changed
from pipeline.runtime import Runtime
from store.alert_log import AlertLog, AlertRecord
from store.audit import AuditEntry, AuditTrail
from store.followups import FollowUpRecord, FollowUps
from store.matters import MatterStore
from store.posts import scan_posts
from store.record_index import Decided
from store.warnings import WarningRecord, Warnings

Kind = Literal["post", "correction", "extension", "mail", "matter", "warning", "followup"]
SYSTEM = "系统"
EVENTS: Mapping[str, str] = {
    "born": "归为热点",
    "grew": "归入热点",
    "returned": "归入热点",
    "merged": "所在热点并入另一件",
    "split": "从热点分出",
}
"""What happened to the post where an event of its matter names it."""
SENT: Mapping[str, str] = {"sent": "已发出", "sending": "发送中", "failed": "没有发出"}


@dataclass(frozen=True)
class Line:
    """One fact: when, what, by whom. `before` and `after` are what it changed, by the names the records have."""

    at: datetime
    kind: Kind
    what: str
    who: str
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class History:
    """A post as it stands, and what happened to it, the earliest first."""

    post: Post
    lines: tuple[Line, ...]


def history_of(runtime: Runtime, post_id: str, until: datetime | None = None) -> History:
    """The history of a post, up to `until` if one is given. Raises `YuqingError` when there is no such post."""
    es, names = runtime.client, runtime.names
    # Elasticsearch refuses a query with an empty id.
    post = next(scan_posts(es, names, Q("ids", values=[post_id])), None) if post_id else None
    if post is None:
        raise YuqingError(f"没有编号为 {post_id} 的留言。", "编号见 yuqing search 的最后一列。")
    warnings = Warnings(es, names).naming(post.id)
    followups = FollowUps(es, names).of_matter(post.cluster_id) if post.cluster_id else []
    mails = AlertLog(es, names).about(post.id, [one.id for one in (*warnings, *followups)])
    lines = [
        *_of_post(post),
        *map(_of_entry, AuditTrail(es, names).of_post(post.id)),
        *map(_of_mail, mails),
        *(line for one in warnings for line in _of_warning(one)),
        *(line for one in followups for line in _of_followup(one)),
        *_of_matter(MatterStore(es, names), post),
    ]
    known = [line for line in lines if until is None or line.at <= until]
    return History(post, tuple(sorted(known, key=lambda line: line.at)))


def told(change: Mapping[str, Any]) -> str:
    """What was before or after, in words."""
    return str(change["state"]) if "state" in change else changed(change)


def _of_post(post: Post) -> Iterator[Line]:
    yield Line(post.posted_at, "post", "留言", "群众")
    for reply in post.replies:
        if reply.replied_at:
            yield Line(reply.replied_at, "post", "答复", reply.organisation or "答复单位")


def _of_entry(entry: AuditEntry) -> Line:
    kind: Kind = "extension" if entry.action == "extension" else "correction"
    return Line(entry.at, kind, ACTIONS[entry.action], entry.who, entry.before, entry.after, entry.reason or "")


def _of_mail(record: AlertRecord) -> Line:
    way = "群消息" if record.channel else "邮件"
    what = {"warning": f"预警{way}", "followup": f"二次解读{way}"}.get(record.about or "", way)
    if record.stage:
        what = f"提醒{way}：{STAGE_NAMES.get(record.stage, record.stage)}"
    to = f"发给{record.department}（{record.channel or f'{len(record.recipients)} 个收件人'}）"
    return Line(record.sent_at or record.at, "mail", what, SYSTEM, after={"state": SENT[record.state]}, reason=to)


def _of_warning(record: WarningRecord) -> Iterator[Line]:
    yield Line(record.at, "warning", f"引起预警 {record.id}", SYSTEM, reason=record.reason)
    if record.major_by and record.major_at:
        yield Line(record.major_at, "warning", f"预警 {record.id} 登记为重大政务舆情", record.major_by)
    yield from _decisions("warning", f"预警 {record.id} 处置", record.history, "待处置")


def _of_followup(record: FollowUpRecord) -> Iterator[Line]:
    yield Line(record.created_at, "followup", f"所在热点列为二次解读对象 {record.id}", SYSTEM, reason=record.reason)
    yield from _decisions("followup", f"二次解读 {record.id} 处理", record.history, "待研判")


def _decisions(kind: Kind, what: str, history: Iterable[Decided], first: str) -> Iterator[Line]:
    before = first
    for one in history:
        yield Line(one.at, kind, what, one.who, {"state": before}, {"state": one.state}, one.note)
        before = one.state


def _of_matter(store: MatterStore, post: Post) -> Iterator[Line]:
    if post.cluster_id is None:
        return
    for event in store.events(post.cluster_id):
        if post.id in event.posts:
            yield Line(event.at, "matter", f"{EVENTS[event.kind]}（{'、'.join(event.matters)}）", SYSTEM)
