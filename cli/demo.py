"""`yuqing demo`: the README's first command."""

import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import typer

from cli.output import JsonOption, moment, out, print_json, say, table
from core.clock import show
from demo import run as demo_run
from pipeline.settings import PROJECT, Settings

STAGE_ROWS = ("due_in_3", "due_in_1", "due_today")


def demo(
    data: Path = typer.Option(None, "--data", help="用自己的导出文件（CSV 或 XLSX）代替自带的 300 条示例留言。"),
    at: str = typer.Option(
        None, "--at", metavar="时间", help="演示的“现在”；示例数据默认 2026-01-09T08:30，自己的数据默认当前时间。"
    ),
    keep: bool = typer.Option(False, "--keep", help="结束后不停 Airflow，可打开它的网页看，按 Ctrl-C 结束。"),
    as_json: bool = JsonOption,
) -> None:
    """从留言到看板和提醒邮件，完整跑一遍：内置 Elasticsearch、真实的 Airflow、本机收信箱。"""
    settings = Settings({})
    folder = Path(os.environ.get("YUQING_DEMO") or PROJECT / "var" / "demo").resolve()
    when = moment(at) if at else (datetime.now(UTC) if data else demo_run.POSTS_AT)
    say(f"演示数据放在 {folder}；演示的“现在”是 {show(when)}。")
    file = (data or demo_run.POSTS).resolve()
    result = demo_run.run_demo(folder, file, when, settings.pipeline.embedded.port, say, _linger if keep else None)
    if as_json:
        print_json(asdict(result))
        return
    rows = [
        ("入库留言", result.posts),
        ("其中做过脱敏", result.masked),
        ("情感打分", result.scored),
        ("即将到期（3 个工作日内）", result.stages["due_in_3"] + result.stages["due_in_1"]),
        ("今日到期", result.stages["due_today"]),
        ("超期", result.overdue),
        ("热点（几条留言说同一件事）", result.matters),
        ("预警（负面留言突增）", result.warnings),
        ("答复后仍有人反复提出，建议二次解读", result.followups),
        ("邮件（每科室一封提醒，每件预警和二次解读各一封）", result.mails),
    ]
    table(f"完成，用时 {result.seconds:.0f} 秒", ("项目", "数量"), rows)
    variable = f"YUQING_DATA={_short(result.folder)}"
    out.print(f"网页 {result.dashboards}", style="bold")
    out.print(f"邮件在 {_short(result.mail_folder)}/（.eml，可用邮件软件打开）")
    out.print(f"网页和 Elasticsearch（{result.elasticsearch}）仍在运行。停止：")
    out.print(f"  {variable} ./do yuqing dashboards preview --stop")
    out.print(f"  {variable} ./do yuqing es stop")
    out.print("接下来可以试：")
    out.print(f"  {variable} ./do yuqing search 疫苗")
    out.print(f"  {variable} ./do yuqing deadlines report --at {show(when).replace(' ', 'T')}")
    out.print(f"  {variable} ./do yuqing alerts --at {show(when).replace(' ', 'T')} --dry-run")
    out.print("  ./do demo --data 你的导出.xlsx")


def _linger(url: str) -> None:
    say(f"Airflow 在 {url} ，按 Ctrl-C 结束。")
    try:
        while True:
            input()
    except (KeyboardInterrupt, EOFError):
        say("正在停止 Airflow……")


def _short(path: Path) -> str:
    """The path as one types it in the project folder."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
