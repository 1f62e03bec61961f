"""What `yuqing followups` and `yuqing warnings` share: telling what a run found, and what people decided."""

from collections.abc import Sequence

from cli.output import leave, out
from core.clock import show
from core.errors import ExitCode
from pipeline.notices import Sent
from store.followups import FollowUpRecord
from store.record_index import Decided
from store.warnings import WarningRecord


def show_found(sentence: str, found: Sequence[FollowUpRecord | WarningRecord], mails: Sent) -> None:
    """A run in one sentence, what it found, and the mails that did not go out."""
    chats = f"，群消息 {len(mails.chats)} 条" if mails.chats else ""
    out.print(f"{sentence}；发出邮件 {len(mails.sent)} 封{chats}。")
    for one in found:
        out.print(f"  {one.id} {one.title}（{one.department}）：{one.reason}")
    for subject, reason in mails.failed:
        out.print(f"没有发出 {subject}：{reason}（下次运行会再发）")


def leave_if_unsent(mails: Sent) -> None:
    """End the command as `unavailable` when some mails did not go out."""
    if mails.failed:
        leave(ExitCode.UNAVAILABLE)


def show_history(history: Sequence[Decided]) -> None:
    """A line for each decision, the first one first."""
    for one in history:
        out.print(f"{show(one.at)} {one.who}：{one.state} {one.note}".rstrip())
