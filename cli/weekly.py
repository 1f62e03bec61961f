"""`yuqing weekly`: the summary of a week, month or quarter for the leadership group."""

import os
from datetime import UTC, datetime
from pathlib import Path

import orjson
import typer

from cli.output import AtOption, JsonOption, leave, moment, out, print_json, table
from core.errors import ExitCode
from pipeline.runtime import Runtime
from pipeline.weekly import SummaryRun
from pipeline.weekly import weekly as run_weekly
from reports.content import DECISIONS, Table
from reports.period import Period, read_month, read_quarter, read_week


def weekly(
    week: str = typer.Option(None, "--week", metavar="周", help="哪一周，如 2020-W02；默认最近一个完整的周。"),
    month: str = typer.Option(None, "--month", metavar="月", help="改做月报，如 2020-01。"),
    quarter: str = typer.Option(None, "--quarter", metavar="季度", help="改做季报，如 2020-Q1。"),
    folder: Path = typer.Option(None, "--out", metavar="文件夹", help="文件存到这里；默认数据目录的 reports/。"),
    dry_run: bool = typer.Option(False, "--dry-run", help="只生成文件，不发邮件。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """给领导小组的周报（月报、季报）：生成 Word、网页、PDF 和 JSON，发一次邮件。"""
    runtime = (Runtime.for_reading if dry_run else Runtime.from_environment)(os.environ)
    when = moment(at)
    period = _period(week, month, quarter)
    run = run_weekly(runtime, period, when, datetime.now(UTC), folder, mail=not dry_run)
    if as_json:
        print_json(
            {
                "report": orjson.loads(run.summary.twin),
                "folder": str(run.files.folder),
                "files": run.files.names,
                "no_pdf": run.files.no_pdf,
                "mail": run.mailed,
                "recipients": run.recipients,
                "why": run.why,
            }
        )
    else:
        _show(run, dry_run)
    if run.mailed == "failed":
        leave(ExitCode.UNAVAILABLE)


def _period(week: str | None, month: str | None, quarter: str | None) -> Period | None:
    given = [
        read(text)
        for read, text in ((read_week, week), (read_month, month), (read_quarter, quarter))
        if text is not None
    ]
    if len(given) > 1:
        raise typer.BadParameter("只能用一个", param_hint="--week、--month、--quarter")
    return given[0] if given else None


def _show(run: SummaryRun, dry_run: bool) -> None:
    report = run.summary.report
    out.print(f"{report.title}  {report.subtitle}", style="bold")
    for paragraph in report.changes:
        out.print("".join(sentence.text for sentence in paragraph))
    out.print(DECISIONS, style="bold")
    for number, decision in enumerate(report.decisions, 1):
        out.print(f"{number}. {decision.what.text}{decision.why.text}")
    if not report.decisions:
        out.print(report.otherwise.text)
    if isinstance(report.numbers, Table):
        rows = [[cell.text for cell in row] for row in report.numbers.rows]
        table(report.numbers.title, report.numbers.columns, rows)
    out.print(f"文件在 {run.files.folder}：{'、'.join(run.files.names)}")
    if run.files.no_pdf:
        out.print(run.files.no_pdf)
    out.print(_told(run, dry_run))


def _told(run: SummaryRun, dry_run: bool) -> str:
    """What became of the mail."""
    to = "、".join(run.recipients)
    if dry_run:
        return "没有发邮件（--dry-run）。"
    if run.mailed == "sent":
        return f"已发给 {to}。"
    if run.mailed == "sent before":
        return f"以前已发给 {to}，没有重复发送。"
    if run.mailed == "failed":
        return f"没有发出：{run.why}（下次运行会再发）"
    return f"{run.why}，文件已生成，没有发邮件。"
