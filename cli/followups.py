"""`yuqing followups`: candidates for a second explanation, their briefs, and what people decide about them."""

import os
from pathlib import Path

import typer

from cli.handling import leave_if_unsent, show_found
from cli.output import AtOption, JsonOption, moment, out, print_json, say, table
from cli.saving import save_as
from core.clock import show
from core.errors import YuqingError
from matters.decisions import Decision
from matters.followups import STEPS
from pipeline.explanation import read_explanation
from pipeline.followups import closing_files, effects, set_state
from pipeline.followups import followups as run_followups
from pipeline.runtime import Runtime
from store.followups import ExplanationRecord, FollowUpRecord

app = typer.Typer(help="二次解读：答复后仍有人反复提出的热点。", invoke_without_command=True)
IdArgument = typer.Argument(..., metavar="编号", help="编号（yuqing followups 的第一列）。")


@app.callback()
def followups(
    context: typer.Context,
    state: str = typer.Option(None, help=f"只看这个状态的：{'、'.join(STEPS.states)}。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """列出二次解读对象；已解读的附前后对比。"""
    if context.invoked_subcommand:
        return
    runtime = Runtime.for_reading(os.environ)
    records = runtime.followups.all([STEPS.named(state)] if state else [])
    told = effects(runtime, records, moment(at))
    if as_json:
        print_json([_as_json(one) | {"effect": told.get(one.id)} for one in records])
        return
    if not records:
        out.print("没有二次解读对象。")
        return
    rows = [
        (one.id, one.state, one.title, one.department, one.people_before, one.people_after, show(one.created_at))
        for one in records
    ]
    table(
        f"二次解读对象 {len(rows)} 件", ("编号", "状态", "名称", "科室", "答复前人数", "答复后人数", "列入时间"), rows
    )
    for one in records:
        if one.id in told:
            out.print(f"{one.id} {one.title}：{told[one.id].sentence}")


@app.command()
def run(at: str = AtOption, as_json: bool = JsonOption) -> None:
    """找出新的二次解读对象，生成材料，发给牵头科室（每件只发一次）。"""
    runtime = Runtime.from_environment(os.environ)
    when = moment(at)
    done = run_followups(runtime, when, moment(None))
    if as_json:
        print_json(
            {
                "new": [_as_json(one) for one in done.new],
                "renewed": [one.id for one in done.renewed],
                "mails": done.mails,
            }
        )
    else:
        show_found(f"新列入 {len(done.new)} 件，更新 {len(done.renewed)} 件", done.new, done.mails)
    leave_if_unsent(done.mails)


@app.command("show")
def show_followup(
    followup_id: str = IdArgument,
    word: Path = typer.Option(None, "--word", help="把材料存为这个 Word 文件。"),
    markdown: Path = typer.Option(None, "--markdown", help="把材料存为这个 Markdown 文件。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """看一件的材料、处理经过和前后对比，或另存为 Word、Markdown。"""
    runtime = Runtime.for_reading(os.environ)
    record = runtime.followups.find(followup_id)
    if record is None:
        raise YuqingError(f"没有编号为 {followup_id} 的二次解读对象。", "编号见 yuqing followups。")
    when = moment(at)
    files = closing_files(runtime, record, when)
    for path, kept in ((word, files.word), (markdown, files.markdown)):
        if path:
            save_as(path, kept.read_bytes())
            say(f"已存为 {path}")
    if as_json:
        print_json(_as_json(record) | {"effect": effects(runtime, [record], when).get(record.id)})
        return
    if not (word or markdown):
        out.print(files.markdown.read_text("utf-8"), soft_wrap=True)
    out.print(f"状态：{record.state}；材料在 {files.folder}")


@app.command("set")
def set_followup(
    followup_id: str = IdArgument,
    state: str = typer.Argument(..., metavar="状态", help=f"{'、'.join(STEPS.states)}。"),
    by: str = typer.Option(..., "--by", metavar="姓名", help="谁决定的。"),
    note: str = typer.Option("", help="说明。"),
    explanation: Path = typer.Option(None, "--explanation", help="发布的解读稿（.docx、.txt、.md），与“已解读”同用。"),
    url: str = typer.Option(None, help="解读发布的网址，与“已解读”同用。"),
    at: str = AtOption,
) -> None:
    """登记处理意见；已解读的会继续跟踪，比较解读前后的数量。"""
    runtime = Runtime.from_environment(os.environ)
    when, wanted = moment(at), STEPS.named(state)
    if (explanation or url) and wanted != "已解读":
        raise YuqingError("--explanation 和 --url 只与“已解读”同用。")
    title, text = read_explanation(explanation) if explanation else ("二次解读", "")
    told = ExplanationRecord(at=when, title=title, text=text, url=url) if wanted == "已解读" else None
    record = set_state(runtime, followup_id, Decision(wanted, note, by, when), told)
    out.print(f"{record.id} {record.title}：{record.state}")


def _as_json(record: FollowUpRecord) -> dict[str, object]:
    return record.model_dump(mode="json", exclude={"markdown"})
