"""`yuqing ledger remind`: the mails about tasks whose limit is near or past."""

import os
from typing import Any

import typer
from rich.text import Text

from alerts.ledger_mail import LEDGER_STAGE_NAMES, LedgerDigest
from cli.output import AtOption, JsonOption, leave, moment, out, print_json, table
from core.clock import show, to_beijing
from core.errors import ExitCode
from pipeline.ledger_reminders import ReminderRun, plan, send_reminders
from pipeline.runtime import Runtime


def remind(
    at: str = AtOption,
    dry_run: bool = typer.Option(False, "--dry-run", help="只看会发什么，不发送也不记录。"),
    as_json: bool = JsonOption,
) -> None:
    """给牵头科室发台账提醒邮件：20、3、1 个工作日前，当日，超期后每周；发过的不再发。"""
    runtime = Runtime.from_environment(os.environ)
    when = moment(at)
    run = plan(runtime, when) if dry_run else send_reminders(runtime, when, moment(None))
    if as_json:
        print_json(_as_json(run, dry_run))
    else:
        verb = "将发送" if dry_run else "本次要发"
        out.print(f"{show(when)}：{verb} {len(run.digests)} 封；另有 {run.already_sent} 项提醒发过，不再发。")
        for digest in run.digests:
            _show_digest(digest)
        if not dry_run:
            again = f"，补发上次中断的 {len(run.resent)} 封" if run.resent else ""
            out.print(f"已发送 {len(run.sent)} 封{again}，失败 {len(run.failed)} 封。")
        for mail, reason in run.failed:
            out.print(Text.assemble(("没有发出", "red"), f" {mail.department}：{reason}（下次运行会再发）"))
    if run.failed:
        leave(ExitCode.UNAVAILABLE)


def _show_digest(digest: LedgerDigest) -> None:
    rows = [
        (LEDGER_STAGE_NAMES[item.stage], f"{to_beijing(item.due_at):%Y-%m-%d}", item.year, item.number, item.text[:40])
        for item in digest.items
    ]
    to = "、".join(digest.recipients) + (f"；抄送 {'、'.join(digest.cc)}" if digest.cc else "")
    table(f"{digest.department} → {to}", ("状态", "到期", "年份", "序号", "工作任务"), rows)


def _as_json(run: ReminderRun, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "already_sent": run.already_sent,
        "digests": [
            {
                "department": digest.department,
                "message_id": digest.message_id,
                "to": digest.recipients,
                "cc": digest.cc,
                "items": [
                    {"task": item.key, "stage": item.stage, "due_at": item.due_at, "state": item.state}
                    for item in digest.items
                ],
            }
            for digest in run.digests
        ],
        "sent": [mail.message_id for mail in run.sent],
        "resent": [mail.message_id for mail in run.resent],
        "failed": [{"message_id": mail.message_id, "reason": reason} for mail, reason in run.failed],
    }
