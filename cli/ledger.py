"""`yuqing ledger`: the work ledger, its tasks, their progress, reminders, and a look back at last year's."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from cli.handling import show_history
from cli.ledger_reminders import remind
from cli.output import AtOption, JsonOption, leave, moment, out, print_json, say, table, typed_time
from cli.saving import save_as
from core.clock import show, to_beijing
from core.errors import ExitCode, YuqingError
from ledger.progress import OPEN, STEPS
from matters.decisions import Decision
from pipeline.ledger import (
    Imported,
    Seen,
    find,
    import_ledger,
    ledger_year,
    narrowed,
    section_names,
    seen,
    set_state,
    span,
    topics_by_number,
)
from pipeline.ledger_export import file_of, sheet_of
from pipeline.runtime import Runtime

app = typer.Typer(help="政务公开台账：导入、登记进展、提醒、回头看、导出。", no_args_is_help=True)
app.command("remind")(remind)
YearOption = typer.Option(None, "--year", metavar="年份", min=2000, max=2100, help="哪一年的台账；默认正在用的。")
SinceOption = typer.Option(None, "--since", metavar="时间", help="留言从什么时候数起；默认台账那年的 1 月 1 日。")
UntilOption = typer.Option(None, "--until", metavar="时间", help="留言数到什么时候（不含）；默认现在或那年年底。")
NumberArgument = typer.Argument(..., metavar="序号", min=1, help="任务的序号。")
MOST_MATTERS = 5


@app.command("import")
def import_file(
    file: Path = typer.Argument(..., metavar="文件", help="台账：文本，或 XLSX。"),
    year: int = typer.Option(
        None, "--year", metavar="年份", min=2000, max=2100, help="哪一年的台账；默认看文件名里的年份。"
    ),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """导入台账；再导入一次不会重复，登记过的进展都保留。"""
    runtime = Runtime.from_environment(os.environ)
    run = import_ledger(runtime, file, year, moment(at))
    if as_json:
        changed = [{"number": number, "parts": parts} for number, parts in run.changed.items()]
        print_json(asdict(run) | {"changed": changed})
    else:
        _show_import(run)
    if run.faults:
        leave(ExitCode.PARTIAL)


def _show_import(run: Imported) -> None:
    counts = f"新增 {len(run.added)} 项，更新 {len(run.changed)} 项，没有变化 {run.same} 项"
    out.print(f"{run.year} 年台账：{counts}；读不了 {len(run.faults)} 处。")
    for number, what in run.changed.items():
        out.print(f"更新 第 {number} 项：{'、'.join(what)}")
    for fault in run.faults:
        out.print(f"没有读入 {fault.where}：{fault.reason}", soft_wrap=True)
    if run.missing:
        numbers = "、".join(map(str, run.missing))
        out.print(
            f"文件里不再有第 {numbers} 项，没有删除。确实取消的请登记：yuqing ledger state 序号 已取消 --by 姓名 --note 原因"
        )
    for note in run.notes:
        out.print(f"注意：{note}", soft_wrap=True)


@app.command("list")
def list_tasks(
    section: str = typer.Option(None, "--section", metavar="标题", help="只看这个大类或小类的，写几个字即可。"),
    department: str = typer.Option(None, "--department", metavar="科室", help="只看这个科室牵头，或点名配合的。"),
    state: str = typer.Option(None, "--state", metavar="状态", help=f"只看这个状态的：{'、'.join(STEPS.states)}。"),
    year: int = YearOption,
    since: str = SinceOption,
    until: str = UntilOption,
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """列出台账任务：状态、到期、科室，有关的留言和热点各有多少。"""
    runtime = Runtime.from_environment(os.environ)
    when = moment(at)
    wanted = STEPS.named(state) if state else None
    known = section_names(runtime)
    if department and department not in known:
        raise YuqingError(f"没有“{department}”这个科室。", f"现有科室：{'、'.join(known)}")
    year = ledger_year(runtime, year, when)
    views = narrowed(seen(runtime, year, when, *_span(since, until)), known, section, department, wanted)
    if as_json:
        print_json([_as_json(one) for one in views])
        return
    begin, end = span(year, when, *_span(since, until))
    done = sum(not one.is_open for one in views)
    title = f"{year} 年台账 {len(views)} 项，已办结 {done} 项（截至 {show(when)}；留言 {show(begin)} 至 {show(end)}）"
    table(
        title,
        ("序号", "状态", "到期", "超期", "牵头", "工作任务", "留言", "热点"),
        [
            (
                one.record.number,
                one.state + ("（新台账已无）" if one.record.missing else ""),
                one.task.due,
                f"{one.overdue_working_days} 个工作日" if one.overdue_working_days else None,
                "、".join(one.task.who.lead),
                one.task.text[:30],
                one.concern.posts if one.concern else None,
                one.concern.matters if one.concern else None,
            )
            for one in views
        ],
    )


@app.command("show")
def show_task(
    number: int = NumberArgument,
    year: int = YearOption,
    since: str = SinceOption,
    until: str = UntilOption,
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """看一项任务：全文、科室、时限、登记经过、佐证，有关的留言和热点。"""
    runtime = Runtime.from_environment(os.environ)
    when = moment(at)
    year = ledger_year(runtime, year, when)
    begin, end = span(year, when, *_span(since, until))
    one = find(seen(runtime, year, when, begin, end), year, number)
    topics = topics_by_number(runtime, year)
    has_topics = number in topics
    matters = runtime.tasks.matters_of(topics[number], begin, end, MOST_MATTERS) if has_topics else []
    titles = {id_: record.title if (record := runtime.matters.find(id_)) else None for id_, _ in matters}
    if as_json:
        told = [{"id": id_, "title": titles[id_], "posts": posts} for id_, posts in matters]
        print_json(_as_json(one) | {"topics": topics.get(number) or ("all" if has_topics else []), "top_matters": told})
        return
    _show_task(one)
    if not has_topics:
        out.print("有关的留言：没有对应的主题（见 config/ledger.yml）。")
        return
    named = topics[number]
    about = "所有留言" if named is None else f"主题 {'、'.join(named)}"
    counted = one.concern
    if counted:
        out.print(
            f"有关的留言：{counted.posts} 条，属于 {counted.matters} 件热点（{about}；{show(begin)} 至 {show(end)}）"
        )
    if matters:
        rows = [(titles[id_], posts, id_) for id_, posts in matters]
        table(f"留言最多的热点 {len(rows)} 件", ("热点", "留言", "编号"), rows)


def _show_task(one: Seen) -> None:
    record, task = one.record, one.task
    out.print(f"{record.year} 年台账第 {record.number} 项", style="bold")
    out.print(" ".join(filter(None, (task.section, task.subsection))), soft_wrap=True)
    out.print(task.text, soft_wrap=True)
    who = task.who
    lead = "牵头" if who.led else "共同负责（台账没有写明牵头科室）"
    parts = {lead: who.lead, "配合": who.supporting, "落实": who.implementing}
    out.print(f"责任科室：{task.responsible}")
    out.print("；".join(f"{what}：{'、'.join(names)}" for what, names in parts.items() if names))
    due = f"{show(record.due_at)} 到期" if record.due_at else "看不出到期日，不提醒"
    overdue = f"，已超 {one.overdue_working_days} 个工作日" if one.overdue_working_days else ""
    out.print(f"完成时限：{task.limit}（{due}{overdue}）")
    if task.hints:
        out.print(f"文中提到的时间：{'、'.join(task.hints)}（仅供参考，到期日按完成时限）")
    if record.missing:
        out.print("最近导入的台账里已经没有这一项。", style="yellow")
    out.print(f"状态：{one.state}")
    show_history(one.history)
    for evidence in dict.fromkeys(link for entry in one.history for link in entry.evidence):
        out.print(f"佐证：{evidence}", soft_wrap=True)


@app.command("state")
def set_task(
    number: int = NumberArgument,
    state: str = typer.Argument(..., metavar="状态", help=f"{'、'.join(STEPS.states)}。"),
    by: str = typer.Option(..., "--by", metavar="姓名", help="谁登记的。"),
    note: str = typer.Option("", "--note", help="说明；“已取消”必须写。"),
    evidence: list[str] = typer.Option([], "--evidence", metavar="网址或文件", help="佐证；可以给几个。"),
    year: int = YearOption,
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """登记一项任务的进展和佐证；每次登记都保留，以最后一次为准。"""
    runtime = Runtime.from_environment(os.environ)
    when = moment(at)
    decision = Decision(STEPS.named(state), note.strip(), by.strip(), when)
    links = [_evidence(one) for one in evidence]
    record, news = set_state(runtime, ledger_year(runtime, year, when), number, decision, links)
    if as_json:
        print_json(record.model_dump(mode="json") | {"recorded": news})
        return
    out.print(f"{record.year} 年台账第 {record.number} 项：{record.state}")
    if not news:
        out.print("和上一次登记的相同，没有重复登记。")


def _evidence(text: str) -> str:
    """An address of the web as it is, a file by its whole path. Raises the usage error of what is neither."""
    if text.lower().startswith(("http://", "https://")):
        return text
    path = Path(text).expanduser().resolve()
    if not path.exists():
        raise typer.BadParameter(f"没有这个文件：{text}；网址应以 http:// 或 https:// 开头", param_hint="--evidence")
    return str(path)


@app.command("look-back")
def look_back(
    year: int = typer.Option(None, "--year", metavar="年份", min=2000, max=2100, help="看哪一年的；默认去年。"),
    file: Path = typer.Option(None, "--out", metavar="文件", help="同时存为 .xlsx 或 .docx。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """回头看：列出上一年台账里没有完成的任务。"""
    runtime = Runtime.from_environment(os.environ)
    when = moment(at)
    year = ledger_year(runtime, year or to_beijing(when).year - 1, when)
    views = [one for one in seen(runtime, year, when) if one.state in OPEN]
    _save(views, year, when, file, is_look_back=True)
    if as_json:
        print_json([_as_json(one) for one in views])
    elif views:
        rows = [
            (
                one.record.number,
                one.state,
                one.task.responsible,
                one.task.limit,
                f"{one.overdue_working_days} 个工作日" if one.overdue_working_days else None,
                one.task.text[:40],
                one.history[-1].note if one.history else None,
            )
            for one in views
        ]
        columns = ("序号", "状态", "责任科室", "完成时限", "超期", "工作任务", "最近说明")
        table(f"{year} 年台账没有完成的 {len(rows)} 项（截至 {show(when)}）", columns, rows)
    else:
        out.print(f"{year} 年台账的任务都已办结。")


@app.command("export")
def export(
    file: Path = typer.Argument(..., metavar="文件", help="存到哪里：.xlsx 或 .docx。"),
    year: int = YearOption,
    at: str = AtOption,
) -> None:
    """按台账原有的表格形式导出，带进展情况；导出的 XLSX 可以再导入。"""
    runtime = Runtime.from_environment(os.environ)
    when = moment(at)
    year = ledger_year(runtime, year, when)
    _save(seen(runtime, year, when), year, when, file)


def _save(views: Sequence[Seen], year: int, at: datetime, file: Path | None, *, is_look_back: bool = False) -> None:
    if file:
        save_as(file, file_of(sheet_of(views, year, at, look_back=is_look_back), file, at))
        say(f"已存为 {file}（{len(views)} 项）")


def _span(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    return (
        typed_time("--since", since) if since is not None else None,
        typed_time("--until", until) if until is not None else None,
    )


def _as_json(one: Seen) -> dict[str, Any]:
    """The task as it stood; the record's own state and history may be later."""
    return one.record.model_dump(mode="json", exclude={"state", "history"}) | {
        "state": one.state,
        "history": [entry.model_dump(mode="json") for entry in one.history],
        "overdue_working_days": one.overdue_working_days,
        "posts": one.concern.posts if one.concern else None,
        "matters": one.concern.matters if one.concern else None,
    }
