"""`yuqing questions`: the base of questions and answers, its three reviews, its exports, and what to disclose."""

import os
from datetime import datetime
from pathlib import Path

import orjson
import typer

from cli.output import AtOption, JsonOption, moment, out, print_json, say, table
from cli.saving import save_as
from core.clock import show
from core.errors import YuqingError
from pipeline import question_review as steps
from pipeline.disclosure import disclosure as find_disclosure
from pipeline.disclosure_word import disclosure_word
from pipeline.explanation import read_explanation
from pipeline.question_writer import language_model
from pipeline.question_writer import reword as reword_entry
from pipeline.questions import add_question, found_entry, mine_questions
from pipeline.runtime import Runtime
from questions.disclosure import Suggestion
from questions.entry import DRAFT, STATES, as_dict, needs_review, review_again_at
from questions.export import SCHEMA, as_csv, as_document
from questions.review import Act
from reports.period import read_quarter
from store.questions import QuestionRecord

app = typer.Typer(help="问答库：常见问题、草稿、三审三校、发布、导出，主动公开建议。", no_args_is_help=True)
IdArgument = typer.Argument(..., metavar="编号", help="编号（yuqing questions list 的第一列）。")
ByOption = typer.Option(..., "--by", metavar="姓名", help="谁办的。")
NoteOption = typer.Option("", "--note", help="说明或原因。")
QuestionOption = typer.Option(None, "--question", help="改后的问题。")
AnswerOption = typer.Option(None, "--answer", help="改后的答案。")
FileOption = typer.Option(None, "--answer-file", help="改后的答案所在的文件（.txt、.md、.docx）。")


@app.command()
def mine(at: str = AtOption, as_json: bool = JsonOption) -> None:
    """从热点里找常见问题：新的列为草稿，已有的更新数字；人改过的文字不动，有更好的答复时只提示。"""
    run = mine_questions(_runtime(), moment(at))
    if as_json:
        print_json(run)
        return
    out.print(
        f"新列入 {len(run.new)} 条，更新 {len(run.renewed)} 条，其中有更好的答复 {len(run.suggested)} 条；"
        f"随热点合并 {len(run.merged)} 条。"
    )


@app.command("list")
def list_entries(
    state: str = typer.Option(None, help=f"只看这个状态的：{'、'.join(STATES)}。"),
    old: bool = typer.Option(False, "--old", help="只看需复核的。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """列出问答库的条目，问的人多的在前。"""
    runtime = Runtime.for_reading(os.environ)
    if state and state not in STATES:
        raise YuqingError(f"没有“{state}”这个状态。", f"可用：{'、'.join(STATES)}")
    when, months = moment(at), _months(runtime)
    entries = runtime.questions.all([state] if state else [])
    entries = [one for one in entries if not old or needs_review(one, when, months)]
    if as_json:
        print_json([as_dict(one) | {"needs_review": needs_review(one, when, months)} for one in entries])
        return
    if not entries:
        out.print("问答库里没有这样的条目。先用 yuqing questions mine 从热点里找。")
        return
    rows = [
        (one.id, _state(one), one.question[:40], one.department, one.people, one.months, _marks(one, when, months))
        for one in entries
    ]
    table(f"问答库 {len(rows)} 条", ("编号", "状态", "问题", "科室", "人数", "月数", "提示"), rows)


@app.command("show")
def show_entry(entry_id: str = IdArgument, at: str = AtOption, as_json: bool = JsonOption) -> None:
    """看一条的问题、答案、出处、审核经过和要注意的地方。"""
    runtime = Runtime.for_reading(os.environ)
    entry, when, months = found_entry(runtime, entry_id), moment(at), _months(runtime)
    if as_json:
        print_json(as_dict(entry) | {"needs_review": needs_review(entry, when, months)})
        return
    _show(entry, _marks(entry, when, months), months)


@app.command()
def add(
    post_id: str = typer.Argument(..., metavar="留言编号", help="编号（yuqing search 的最后一列）。"),
    at: str = AtOption,
) -> None:
    """把一条留言（或它所在的热点）提出的问题列入问答库。"""
    _tell(add_question(_runtime(), post_id, moment(at)))


@app.command()
def edit(
    entry_id: str = IdArgument,
    by: str = ByOption,
    question: str = QuestionOption,
    answer: str = AnswerOption,
    answer_file: Path = FileOption,
    note: str = NoteOption,
    at: str = AtOption,
) -> None:
    """修改草稿的问题或答案。"""
    act = Act(by, moment(at), note)
    _tell(steps.edit(_runtime(), entry_id, act, question, _answer(answer, answer_file)))


@app.command()
def review(
    entry_id: str = IdArgument,
    by: str = ByOption,
    question: str = QuestionOption,
    answer: str = AnswerOption,
    answer_file: Path = FileOption,
    note: str = NoteOption,
    at: str = AtOption,
) -> None:
    """通过下一审（一审、二审、三审），可以同时修改；三审要由三个人分别做。"""
    act = Act(by, moment(at), note)
    _tell(steps.pass_review(_runtime(), entry_id, act, question, _answer(answer, answer_file)))


@app.command()
def publish(entry_id: str = IdArgument, by: str = ByOption, note: str = NoteOption, at: str = AtOption) -> None:
    """发布三审通过的条目；发布后 yuqing ask 才会用它作答。"""
    _tell(steps.publish(_runtime(), entry_id, Act(by, moment(at), note)))


@app.command()
def back(entry_id: str = IdArgument, by: str = ByOption, note: str = NoteOption, at: str = AtOption) -> None:
    """退回草稿，写明原因，重新三审；已发布的答案在重新发布之前继续有效。"""
    _tell(steps.send_back(_runtime(), entry_id, Act(by, moment(at), note)))


@app.command()
def withdraw(entry_id: str = IdArgument, by: str = ByOption, note: str = NoteOption, at: str = AtOption) -> None:
    """撤下已发布的答案，写明原因。"""
    _tell(steps.withdraw(_runtime(), entry_id, Act(by, moment(at), note)))


@app.command()
def suggestion(
    entry_id: str = IdArgument,
    take: bool = typer.Option(..., "--take/--leave", help="采用，或不采用（以后不再提示这条答复）。"),
    by: str = ByOption,
    note: str = NoteOption,
    at: str = AtOption,
) -> None:
    """采用或不采用系统找到的更好的答复。"""
    _tell(steps.settle_suggestion(_runtime(), entry_id, Act(by, moment(at), note), take=take))


@app.command()
def reword(entry_id: str = IdArgument, by: str = ByOption, note: str = NoteOption, at: str = AtOption) -> None:
    """让语言模型根据已有的答复起草（要先在 config/pipeline.yml 启用）；只成为草稿。"""
    runtime = _runtime()
    _tell(reword_entry(runtime, entry_id, Act(by, moment(at), note), language_model(runtime)))


@app.command()
def export(
    json_file: Path = typer.Option(None, "--json-file", metavar="文件", help="存为 JSON。"),
    csv_file: Path = typer.Option(None, "--csv", metavar="文件", help="存为 CSV（Excel 可直接打开）。"),
    schema: bool = typer.Option(False, "--schema", help="只显示 JSON 文件的格式说明。"),
    at: str = AtOption,
) -> None:
    """导出已发布的条目，供政府网站的问答机器人使用；不给文件名则在屏幕上输出 JSON。"""
    if schema:
        print_json(SCHEMA)
        return
    runtime = Runtime.for_reading(os.environ)
    when, months = moment(at), _months(runtime)
    entries = runtime.questions.all()
    document = as_document(entries, months, when)
    if json_file:
        save_as(json_file, orjson.dumps(document, option=orjson.OPT_INDENT_2))
        say(f"已存为 {json_file}（{len(document['entries'])} 条）")
    if csv_file:
        save_as(csv_file, as_csv(entries, months))
        say(f"已存为 {csv_file}（{len(document['entries'])} 条）")
    if not (json_file or csv_file):
        print_json(document)


@app.command()
def disclosure(
    quarter: str = typer.Option(..., "--quarter", metavar="季度", help="如 2020Q1 或 2020-Q1。"),
    word: Path = typer.Option(None, "--word", help="把建议存为这个 Word 文件。"),
    top: int = typer.Option(30, min=1, max=10_000, help="最多列多少项。"),
    as_json: bool = JsonOption,
) -> None:
    """主动公开建议：反复有人申请公开或询问的事项，按人数排列。"""
    runtime = Runtime.for_reading(os.environ)
    period = read_quarter(quarter if "-" in quarter else quarter.upper().replace("Q", "-Q"))
    found = find_disclosure(runtime, period.start, period.end)[:top]
    if word:
        save_as(word, disclosure_word(found, period))
        say(f"已存为 {word}")
    if as_json:
        print_json(found)
        return
    if not found:
        out.print(f"{period.key} 没有可以建议主动公开的事项。")
        return
    rows = [
        (number, one.title[:40], one.people, one.months, one.requests, "、".join(one.departments) or None, one.why)
        for number, one in enumerate(found, 1)
    ]
    columns = ("序号", "事项", "人数", "月数", "依申请", "科室", "建议")
    table(f"{period.key} 主动公开建议 {len(found)} 项", columns, rows)
    for one in found:
        _show_replies(one)


def _show_replies(one: Suggestion) -> None:
    if one.replies:
        out.print(one.title, style="bold")
    for reply in one.replies:
        out.print(f"  {show(reply.replied_at)[:10]} 答复 {reply.post_id}：{reply.gist}", soft_wrap=True)


def _runtime() -> Runtime:
    return Runtime.from_environment(os.environ)


def _months(runtime: Runtime) -> int:
    return runtime.settings.pipeline.questions.again_after_months


def _answer(answer: str | None, file: Path | None) -> str | None:
    if answer and file:
        raise YuqingError("--answer 和 --answer-file 只能用一个。")
    return read_explanation(file)[1] if file else answer


def _tell(entry: QuestionRecord) -> None:
    out.print(f"{entry.id} {entry.question[:40]}：{_state(entry)}", soft_wrap=True)
    if entry.history and entry.history[-1].changed:
        for line in entry.history[-1].changed:
            out.print(f"  {line}", soft_wrap=True)
    if entry.names:
        out.print(f"  请核对，可能有人名：{'、'.join(entry.names)}", style="yellow", soft_wrap=True)


def _state(entry: QuestionRecord) -> str:
    return f"{entry.state}（旧版已发布）" if entry.state == DRAFT and entry.published else entry.state


def _marks(entry: QuestionRecord, at: datetime, months: int) -> str | None:
    marks = []
    if needs_review(entry, at, months):
        marks.append("需复核")
    if entry.suggestion:
        marks.append("有更好的答复")
    if entry.names:
        marks.append("可能有人名")
    if entry.drafted_by == "模型":
        marks.append("由模型起草")
    if not entry.answer:
        marks.append("没有答案")
    if entry.merged_into:
        marks.append(f"已并入 {entry.merged_into}")
    return "、".join(marks) or None


def _show(entry: QuestionRecord, marks: str | None, months: int) -> None:
    out.print(entry.question, style="bold", soft_wrap=True)
    facts = [entry.id, _state(entry), entry.topic, entry.department, marks]
    out.print(" · ".join(one for one in facts if one), soft_wrap=True)
    out.print(f"{entry.people} 人在 {entry.months} 个月里提出 {entry.posts} 次，如 {'、'.join(entry.example_ids[:3])}")
    for variant in entry.variants:
        out.print(f"  也这样问：{variant}", soft_wrap=True)
    out.print(f"答案（{entry.drafted_by}）：{entry.answer or '还没有'}", soft_wrap=True)
    if entry.source:
        told = [entry.source.organisation, show(entry.source.replied_at), entry.source.post_id, entry.source.url]
        out.print(f"出处：{'，'.join(one for one in told if one)}", soft_wrap=True)
    if entry.names:
        out.print(f"请核对，可能有人名：{'、'.join(entry.names)}", style="yellow", soft_wrap=True)
    if entry.suggestion:
        source = entry.suggestion.source
        out.print(
            f"更好的答复（{source.post_id if source else '留言已删除'}）：{entry.suggestion.answer}", soft_wrap=True
        )
    if entry.published:
        again = show(review_again_at(entry, months))[:10]
        out.print(f"已于 {show(entry.published.at)} 发布，{again} 起需复核：{entry.published.answer}", soft_wrap=True)
    for step in entry.history:
        out.print(f"{show(step.at)} {step.who}：{step.did} {step.note}".rstrip(), soft_wrap=True)
        for line in step.changed:
            out.print(f"  {line}", soft_wrap=True)
