"""`yuqing warnings`: early warnings and the deadlines that started with them."""

import os

import typer

from cli.output import AtOption, JsonOption, leave, moment, out, print_json, table
from core.clock import show
from core.errors import ExitCode
from pipeline.runtime import Runtime
from pipeline.warnings import make_major, rule_named, warn
from store.warnings import WarningRecord

app = typer.Typer(help="舆情预警：负面留言突增的热点，研判为紧急的留言。", invoke_without_command=True)
KINDS = {"surge": "负面突增", "urgent": "紧急留言"}


@app.callback()
def warnings(
    context: typer.Context,
    top: int = typer.Option(20, min=1, max=10_000, help="显示最近多少条。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """列出最近的预警和回应时限。"""
    if context.invoked_subcommand:
        return
    runtime = Runtime.from_environment(os.environ)
    records = runtime.warnings.latest(top)
    if as_json:
        print_json([record.model_dump(mode="json") for record in records])
        return
    if not records:
        out.print("没有预警。")
        return
    when = moment(at)
    rows = [
        (
            record.id,
            show(record.at),
            KINDS[record.kind],
            record.title[:40],
            record.department,
            f"{record.people} 人 {record.posts} 条",
            rule_named(runtime, record.rule).title,
            show(record.due_at) + ("（已过）" if when > record.due_at else ""),
        )
        for record in records
    ]
    table(f"预警 {len(rows)} 条", ("编号", "时间", "类型", "标题", "科室", "数量", "时限规则", "回应时限"), rows)


@app.command()
def run(at: str = AtOption, as_json: bool = JsonOption) -> None:
    """检查有没有需要预警的，并发出到时间的预警邮件（每条只发一次）。"""
    runtime = Runtime.from_environment(os.environ)
    done = warn(runtime, moment(at), moment(None))
    if as_json:
        print_json({"raised": [one.model_dump(mode="json") for one in done.raised], "mails": done.mails})
    else:
        out.print(f"新预警 {len(done.raised)} 条，发出邮件 {len(done.mails.sent)} 封。")
        for one in done.raised:
            out.print(f"  {one.id} {one.title}：{one.reason}")
        for subject, reason in done.mails.failed:
            out.print(f"没有发出 {subject}：{reason}（下次运行会再发）")
    if done.mails.failed:
        leave(ExitCode.UNAVAILABLE)


@app.command()
def major(
    warning_id: str = typer.Argument(..., metavar="编号", help="预警编号（yuqing warnings 的第一列）。"),
    by: str = typer.Option(..., "--by", metavar="姓名", help="谁认定的。"),
    at: str = AtOption,
) -> None:
    """登记为重大政务舆情：时限改为 5 小时内发布权威信息、24 小时内举行新闻发布会。"""
    runtime = Runtime.from_environment(os.environ)
    record = make_major(runtime, warning_id, by, moment(at))
    out.print(f"{record.id} {record.title}：{_deadlines(record)}")


def _deadlines(record: WarningRecord) -> str:
    return f"{show(record.due_at)} 前发布权威信息，{show(record.conference_due_at)} 前举行新闻发布会"
