"""`yuqing alerts`: the deadline mails."""

import os
from datetime import UTC, datetime
from typing import Any

import typer
from rich.text import Text

from alerts.digest import Digest
from cli.output import AtOption, JsonOption, leave, moment, out, print_json, table
from core.clock import show, to_beijing
from core.errors import ExitCode
from core.post import STAGE_NAMES
from pipeline.alerting import AlertRun, plan, send_alerts
from pipeline.chat import channel_of, text_of, try_out
from pipeline.outbox import OutgoingMail
from pipeline.runtime import Runtime


def alerts(
    at: str = AtOption,
    dry_run: bool = typer.Option(False, "--dry-run", help="只看会发什么，不发送也不记录。"),
    try_channel: str = typer.Option(
        None, "--try-channel", metavar="通道", help="只向这个通道发一条测试消息，不发提醒。"
    ),
    as_json: bool = JsonOption,
) -> None:
    """给各科室发办理时限提醒邮件和群消息；发过的不再发。"""
    if try_channel is not None:
        out.print(try_out(Runtime.from_environment(os.environ), try_channel, moment(at)))
        return
    runtime = (Runtime.for_reading if dry_run else Runtime.from_environment)(os.environ)
    when = moment(at)
    run = plan(runtime, when) if dry_run else send_alerts(runtime, when, datetime.now(UTC))
    if as_json:
        print_json(_as_json(run, dry_run))
    else:
        _show(run, when, dry_run)
    if run.failed:
        leave(ExitCode.UNAVAILABLE)


def _show(run: AlertRun, when: datetime, dry_run: bool) -> None:
    verb = "将发送" if dry_run else "本次要发"
    out.print(f"{show(when)}：{verb} {len(run.digests)} 封；另有 {run.already_sent} 条提醒发过，不再发。")
    for digest in run.digests:
        rows = [
            (STAGE_NAMES[item.stage], f"{to_beijing(item.due_at):%m-%d %H:%M}", item.title[:40], item.topic)
            for item in digest.items
        ]
        to = "、".join(digest.recipients) + (f"；抄送 {'、'.join(digest.cc)}" if digest.cc else "")
        table(f"{digest.department} → {to}", ("状态", "到期", "标题", "主题"), rows)
    for chat in run.chats:
        out.print(f"群消息 {channel_of(chat)}（{chat.department}）：", style="bold")
        out.print(text_of(chat), soft_wrap=True)
    if not dry_run:
        again = f"，补发上次中断的 {len(run.resent)} 封" if run.resent else ""
        out.print(f"已发送 {len(run.sent)} 封{again}，失败 {len(run.failed)} 封。")
        if run.chats_sent:
            out.print(f"已发送群消息 {len(run.chats_sent)} 条。")
    for mail, reason in run.failed:
        out.print(Text.assemble(("没有发出", "red"), f" {mail.department}：{reason}（下次运行会再发）"))


def _as_json(run: AlertRun, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "already_sent": run.already_sent,
        "digests": [_digest(digest) for digest in run.digests],
        "chats": [_chat(chat) for chat in run.chats],
        "chats_sent": [chat.message_id for chat in run.chats_sent],
        "sent": [mail.message_id for mail in run.sent],
        "resent": [mail.message_id for mail in run.resent],
        "failed": [{"message_id": mail.message_id, "reason": reason} for mail, reason in run.failed],
    }


def _chat(chat: OutgoingMail) -> dict[str, Any]:
    return {
        "channel": channel_of(chat),
        "department": chat.department,
        "message_id": chat.message_id,
        "text": text_of(chat),
    }


def _digest(digest: Digest) -> dict[str, Any]:
    return {
        "department": digest.department,
        "message_id": digest.message_id,
        "to": digest.recipients,
        "cc": digest.cc,
        "items": [{"post_id": i.post_id, "stage": i.stage, "due_at": i.due_at, "title": i.title} for i in digest.items],
    }
