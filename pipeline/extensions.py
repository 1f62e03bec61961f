"""Extending the deadline of a disclosure request, once: 政府信息公开条例（国令第711号）第三十三条.

The entry in the audit trail is the only truth about an extension; of two who grant one at once, one wins. Whatever assesses
a deadline asks here, so that a run for a time before the extension finds the deadline as it was.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from alerts.deadlines import Extension
from core.clock import show
from core.errors import YuqingError
from core.post import OPEN_STATUSES, Deadline, Post
from nlp.masking import mask
from pipeline.post_changes import change_posts
from pipeline.runtime import Runtime
from store.audit import AuditEntry, entry_id
from store.posts import CHUNK_POSTS, refresh_posts

WORKING_DAYS, DUE_AT = "working_days", "due_at"


class NotExtended(YuqingError):
    """A deadline cannot be extended; the message says why."""


def deadlines(runtime: Runtime, posts: Iterable[Post], at: datetime) -> Iterator[tuple[Post, Deadline | None]]:
    """Each post with its deadline as of `at`, in their order. Extensions are looked up for many posts together."""
    rest = iter(posts)
    while some := list(islice(rest, CHUNK_POSTS)):
        ids = {entry_id("extension", post.id): post.id for post in some if runtime.book.is_extendable(post)}
        # Where no deadline can be extended, nothing is asked: a reply can be checked without Elasticsearch.
        found = runtime.audit.of(ids) if ids else {}
        granted = {ids[id_]: extension_of(entry) for id_, entry in found.items()}
        for post in some:
            yield post, runtime.book.assess(post, at, granted.get(post.id))


def assessed(runtime: Runtime, post: Post, at: datetime) -> Post:
    """The post with its deadline as of `at`."""
    ((_, deadline),) = deadlines(runtime, [post], at)
    return post.model_copy(update={"deadline": deadline})


def extension_of(entry: AuditEntry) -> Extension:
    """What the entry says was granted."""
    return Extension(entry.at, int(entry.after[WORKING_DAYS]))


def extend(runtime: Runtime, post_id: str, by: str, reason: str, at: datetime) -> AuditEntry:
    """Extend the post's deadline: `by` is the head of the office for open government, who consents, `at` when.

    Raises `NotExtended` when that may not be. One that was extended already shows so in the post when this ends, as a run
    that was killed may have left it.
    """
    by, reason = mask(by).text.strip(), mask(reason).text.strip()
    if not by:
        raise NotExtended("没有写明由谁同意延期。", "请用 --by 写上政府信息公开工作机构负责人的姓名。")
    if not reason:
        raise NotExtended("没有写延期的理由。", "请用 --reason 写明。")
    post = next(iter(runtime.matters.posts_by_id([post_id])), None) if post_id else None
    if post is None:
        raise NotExtended(f"没有编号为 {post_id} 的留言。", "编号见 yuqing search 的最后一列。")
    entry = _entry(runtime, post, by, reason, at)
    if not runtime.audit.add(entry):
        first = runtime.audit.find(entry.id)
        _show(runtime, post, at)
        raise _twice(post, first or entry)
    _show(runtime, post, at)
    runtime.audit.refresh()
    return entry


def _entry(runtime: Runtime, post: Post, by: str, reason: str, at: datetime) -> AuditEntry:
    """The entry that grants it. Raises `NotExtended` when the post's deadline cannot be extended at `at`."""
    book = runtime.book
    found, deadline = book.rule_of(post), book.assess(post, at)
    id_ = entry_id("extension", post.id)
    if found is None or deadline is None:
        raise NotExtended(f"{post.id} 没有逐条办理的时限，不需要延期。")
    _, rule = found
    if rule.extension_working_days is None:
        raise NotExtended(
            f"“{rule.title}”的办理时限（{rule.source}）不能延期。",
            "只有 config/deadlines.yml 里写了 extension_working_days 的可以，如政府信息公开申请。",
        )
    if first := runtime.audit.find(id_):
        _show(runtime, post, at)
        raise _twice(post, first)
    if at < post.posted_at:
        raise NotExtended(f"{show(at)} 早于收到申请的时间 {show(post.posted_at)}。", "请用 --at 写明实际的时间。")
    if deadline.answered_at:
        raise NotExtended(f"{post.id} 已于 {show(deadline.answered_at)} 答复，不能再延期。")
    if post.status not in OPEN_STATUSES and post.status is not None and post.first_reply_at is None:
        raise NotExtended(f"{post.id} 的状态是“{post.status}”，不能再延期。")
    if at > deadline.due_at:
        raise NotExtended(
            f"{post.id} 已于 {show(deadline.due_at)} 到期，到期以后不能再延期。",
            "请尽快答复；到期之前批准、现在才登记的，请用 --at 写明批准的时间。",
        )
    new = book.extended(deadline.due_at, rule.extension_working_days)
    return AuditEntry(
        id=id_,
        kind="deadline",
        action="extension",
        post_id=post.id,
        before={DUE_AT: deadline.due_at.isoformat()},
        after={DUE_AT: new.isoformat(), WORKING_DAYS: rule.extension_working_days},
        who=by,
        reason=reason,
        at=at,
    )


def _twice(post: Post, first: AuditEntry) -> NotExtended:
    due = datetime.fromisoformat(first.after[DUE_AT])
    return NotExtended(
        f"{post.id} 已由{first.who}于 {show(first.at)} 同意延期到 {show(due)}；只能延期一次。", "请在新的期限前答复。"
    )


def _show(runtime: Runtime, post: Post, at: datetime) -> None:
    """Show the extension in the post."""
    change_posts(runtime, [post.id], lambda one: assessed(runtime, one, at))
    refresh_posts(runtime.es, runtime.names)
