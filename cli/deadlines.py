"""`yuqing deadlines`: figures of answering in time, and extensions."""

import os
from dataclasses import asdict
from datetime import datetime

import typer

from cli.output import AtOption, JsonOption, moment, out, print_json, table
from core.clock import show
from pipeline import extensions
from pipeline.deadlines import deadline_report, refresh_stages
from pipeline.runtime import Runtime

app = typer.Typer(help="办理时限：统计、延期与重新计算。", no_args_is_help=True)
COLUMNS = (
    "科室",
    "月份",
    "收到",
    "已答复",
    "按时",
    "按时率",
    "中位数（工作日）",
    "90%（工作日）",
    "待办",
    "超期",
    "已延期",
)


@app.command()
def report(at: str = AtOption, as_json: bool = JsonOption) -> None:
    """按科室和月份统计：收到、答复、按时率、答复用时、待办、超期。"""
    runtime = Runtime.for_reading(os.environ)
    when = moment(at)
    rows = deadline_report(runtime, when)
    if as_json:
        print_json({"at": when, "rows": [asdict(row) for row in rows]})
        return
    cells = [
        (
            row.department or "（全部）",
            row.month or "合计",
            row.received,
            row.answered,
            row.on_time,
            None if row.on_time_rate is None else f"{row.on_time_rate:.1%}",
            None if row.median_days is None else f"{row.median_days:g}",
            None if row.p90_days is None else f"{row.p90_days:g}",
            row.open,
            row.overdue,
            row.extended,
        )
        for row in rows
    ]
    table(f"办理时限统计（截至 {show(when)}）", COLUMNS, cells)
    if runtime.calendar.fallback_years:
        years = "、".join(str(year) for year in sorted(runtime.calendar.fallback_years))
        out.print(f"注意：没有 {years} 年的放假安排，按周一至周五计算；可在 config/calendar.yml 补充。")


@app.command()
def refresh(at: str = AtOption) -> None:
    """按给定时间重新计算每条未答复留言的时限状态。"""
    runtime = Runtime.from_environment(os.environ)
    out.print(f"更新了 {refresh_stages(runtime, moment(at))} 条留言的时限状态。")


@app.command()
def extend(
    post_id: str = typer.Argument(..., metavar="编号", help="留言编号（yuqing search 的最后一列）。"),
    by: str = typer.Option(..., "--by", metavar="姓名", help="同意延期的政府信息公开工作机构负责人。"),
    reason: str = typer.Option(..., "--reason", metavar="理由", help="为什么要延期。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """登记延长政府信息公开申请的答复期限：到期之前，只能一次，最长 20 个工作日，要经负责人同意并告知申请人。"""
    runtime = Runtime.from_environment(os.environ)
    entry = extensions.extend(runtime, post_id, by, reason, moment(at))
    first, new = (datetime.fromisoformat(told[extensions.DUE_AT]) for told in (entry.before, entry.after))
    days = entry.after[extensions.WORKING_DAYS]
    if as_json:
        told = {"post_id": post_id, "by": entry.who, "reason": entry.reason, "at": entry.at}
        print_json(told | {"first_due_at": first, "due_at": new, "working_days": days})
        return
    out.print(f"{post_id} 的答复期限由 {show(first)} 延长到 {show(new)}（{days} 个工作日），由{entry.who}同意。")
    out.print("请把延长的期限和理由告知申请人（政府信息公开条例第三十三条）。")
