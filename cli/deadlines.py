"""`yuqing deadlines`: figures of answering in time."""

import os
from dataclasses import asdict

import typer

from cli.output import AtOption, JsonOption, moment, out, print_json, table
from core.clock import show
from pipeline.deadlines import deadline_report, refresh_stages
from pipeline.runtime import Runtime

app = typer.Typer(help="办理时限：统计与重新计算。", no_args_is_help=True)
COLUMNS = ("科室", "月份", "收到", "已答复", "按时", "按时率", "中位数（工作日）", "90%（工作日）", "待办", "超期")


@app.command()
def report(at: str = AtOption, as_json: bool = JsonOption) -> None:
    """按科室和月份统计：收到、答复、按时率、答复用时、待办、超期。"""
    runtime = Runtime.from_environment(os.environ)
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
