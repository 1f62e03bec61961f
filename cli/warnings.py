"""`yuqing warnings`: early warnings, the deadlines that started with them, and what people did about them."""

import os
from datetime import datetime
from typing import Any

import typer

from cli.handling import leave_if_unsent, show_found, show_history
from cli.output import AtOption, JsonOption, moment, out, print_json, table
from core.clock import show
from core.post import Post
from matters.decisions import Decision
from matters.response import OPEN, STEPS
from pipeline.runtime import Runtime
from pipeline.warning_handling import find, make_major, response_to, set_state
from pipeline.warnings import rule_named, warn
from store.warnings import WarningRecord

app = typer.Typer(help="舆情预警：负面留言突增的热点，研判为紧急的留言。", invoke_without_command=True)
IdArgument = typer.Argument(..., metavar="编号", help="预警编号（yuqing warnings 的第一列）。")
KINDS = {"surge": "负面突增", "urgent": "紧急留言"}
CLOSED = [state for state in STEPS.states if state not in OPEN]


@app.callback()
def warnings(
    context: typer.Context,
    top: int = typer.Option(20, min=1, max=10_000, help="最多显示多少条。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """列出预警：未办结的在前，按回应时限排列；已回应的注明是否按时。"""
    if context.invoked_subcommand:
        return
    runtime = Runtime.for_reading(os.environ)
    when = moment(at)
    records = runtime.warnings.listed(CLOSED, top)
    if as_json:
        print_json([_as_json(record, when) for record in records])
    elif records:
        _show_list(runtime, records, when)
    else:
        out.print("没有预警。")


def _show_list(runtime: Runtime, records: list[WarningRecord], when: datetime) -> None:
    rows = [
        (
            record.id,
            record.state,
            show(record.due_at),
            response_to(record, when).sentence,
            KINDS[record.kind] + ("（重大）" if record.major_by else ""),
            record.title[:40],
            record.department,
            f"{record.people} 人 {record.posts} 条",
            show(record.at),
        )
        for record in records
    ]
    waiting = sum(record.state in OPEN for record in records)
    table(
        f"预警 {len(rows)} 条，其中未办结 {waiting} 条",
        ("编号", "状态", "回应时限", "回应情况", "类型", "标题", "科室", "数量", "预警时间"),
        rows,
    )
    for name in dict.fromkeys(record.rule for record in records):
        rule = rule_named(runtime, name)
        out.print(f"回应时限：{rule.title} {rule.hours} 小时（{rule.source}）")


@app.command()
def run(at: str = AtOption, as_json: bool = JsonOption) -> None:
    """检查有没有需要预警的，并发出到时间的预警邮件（每条只发一次）。"""
    runtime = Runtime.from_environment(os.environ)
    when = moment(at)
    done = warn(runtime, when, moment(None))
    if as_json:
        print_json({"raised": [_as_json(one, when) for one in done.raised], "mails": done.mails})
    else:
        show_found(f"新预警 {len(done.raised)} 条", done.raised, done.mails)
    leave_if_unsent(done.mails)


@app.command("show")
def show_warning(warning_id: str = IdArgument, at: str = AtOption, as_json: bool = JsonOption) -> None:
    """看一条预警：原因、时限、处置经过和引起预警的留言。"""
    runtime = Runtime.for_reading(os.environ)
    when = moment(at)
    record = find(runtime, warning_id)
    posts = list(runtime.matters.posts_by_id(record.post_ids))
    if as_json:
        told = [post.model_dump(mode="json", exclude={"tokens"}) for post in posts]
        print_json(_as_json(record, when) | {"posts_named": told})
        return
    out.print(f"{KINDS[record.kind]}：{record.title}", style="bold")
    out.print(" · ".join(fact for fact in (show(record.at), record.place, record.department, record.id) if fact))
    out.print(record.reason, soft_wrap=True)
    _show_deadline(runtime, record, when)
    out.print(f"状态：{record.state}")
    show_history(record.history)
    _show_posts(posts)
    if record.matter_id:
        out.print(f"这件事的全部情况：yuqing matters show {record.matter_id}")


def _show_deadline(runtime: Runtime, record: WarningRecord, when: datetime) -> None:
    rule = rule_named(runtime, record.rule)
    told = response_to(record, when).sentence
    out.print(f"回应时限：{show(record.due_at)} 前（{rule.title}，{rule.source}）：{told}")
    if record.major_by:
        out.print(f"{show(record.major_at)} {record.major_by}登记为重大政务舆情：{_deadlines(record)}")


def _show_posts(posts: list[Post]) -> None:
    rows = [
        (show(post.posted_at), post.title[:40], " ".join(post.body.split())[:60], post.status, post.id)
        for post in posts
    ]
    table(f"引起预警的留言 {len(rows)} 条", ("时间", "标题", "内容", "状态", "编号"), rows)


@app.command("set")
def set_warning(
    warning_id: str = IdArgument,
    state: str = typer.Option(..., "--state", metavar="状态", help=f"{'、'.join(STEPS.states)}。"),
    by: str = typer.Option(..., "--by", metavar="姓名", help="谁决定的。"),
    note: str = typer.Option("", help="说明。"),
    at: str = AtOption,
) -> None:
    """登记处置情况；“已回应”按登记的时间（或 --at）判断是否按时。"""
    runtime = Runtime.from_environment(os.environ)
    when = moment(at)
    record = set_state(runtime, warning_id, Decision(STEPS.named(state), note, by, when))
    out.print(f"{record.id} {record.title}：{record.state}（{response_to(record, when).sentence}）")


@app.command()
def major(
    warning_id: str = IdArgument,
    by: str = typer.Option(..., "--by", metavar="姓名", help="谁认定的。"),
    at: str = AtOption,
) -> None:
    """登记为重大政务舆情：时限改为 5 小时内发布权威信息、24 小时内举行新闻发布会。"""
    runtime = Runtime.from_environment(os.environ)
    record = make_major(runtime, warning_id, by, moment(at))
    out.print(f"{record.id} {record.title}：{_deadlines(record)}")


def _deadlines(record: WarningRecord) -> str:
    return f"{show(record.due_at)} 前发布权威信息，{show(record.conference_due_at)} 前举行新闻发布会"


def _as_json(record: WarningRecord, at: datetime) -> dict[str, Any]:
    return record.model_dump(mode="json") | {"response": response_to(record, at)}
