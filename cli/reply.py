"""`yuqing reply`: how good a reply is, before it is published and over time."""

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from cli.collect import MASKED_NAMES
from cli.output import AtOption, JsonOption, leave, moment, out, print_json, progress, table
from cli.train import show_faults
from core.errors import ExitCode, YuqingError
from nlp.clean import clean
from pipeline.labelled import Fault
from pipeline.reply_pairs import ReplyPair, read_pairs
from pipeline.reply_quality import (
    Checked,
    check_pairs,
    check_post,
    check_reply,
    index_report,
    quality_report,
    with_departments,
)
from pipeline.runtime import Runtime
from replies.dimensions import TITLES
from replies.report import QualityRow

app = typer.Typer(help="答复质量：发布前检查一条答复，或按科室和月份统计。", no_args_is_help=True)
BAR = 10
DAYS_IN_MONTH = 31


@app.command()
def check(
    file: Path = typer.Argument(
        None,
        metavar="文件",
        help="留言和答复的 CSV、XLSX 或 JSON；列名：留言主题、留言详情、答复意见、留言时间、答复时间。",
    ),
    post: str = typer.Option(
        None, "--post", metavar="编号", help="检查给这条留言的答复；草稿由标准输入或 --reply 给出。"
    ),
    message: str = typer.Option(None, "--message", help="留言的文字（第一行作标题）。"),
    reply: str = typer.Option(None, "--reply", help="答复草稿；不给则读标准输入。"),
    limit: int = typer.Option(20, min=0, help="文件里分数最低的显示多少条；0 表示全部。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """给答复打分（0 至 100），说明理由和发布前要改的地方。"""
    if sum(one is not None for one in (file, post, message)) != 1:
        raise typer.BadParameter("给出文件、--post 或 --message 其中之一。", param_hint="文件")
    if file and reply is not None:
        raise typer.BadParameter("与 --post 或 --message 同用。", param_hint="--reply")
    runtime = Runtime.for_reading(os.environ)
    if file:
        _check_file(runtime, file, limit, as_json)
        return
    draft = reply if reply is not None else _standard_input()
    if post:
        checked = check_post(runtime, post, None if draft is None else clean(draft), moment(at))
    elif draft is None:
        raise YuqingError("没有答复。", "用 --reply 给出，或从标准输入读入。")
    else:
        title, _, body = clean(message).partition("\n")
        checked = check_reply(runtime, ReplyPair(id="", title=title, body=body, reply=clean(draft)))
    if as_json:
        print_json(_as_json(checked))
    else:
        _show(checked)


@app.command("report")
def show_report(
    data: Path = typer.Option(None, "--data", help="不用索引，只统计这个文件里的答复。"),
    months: int = typer.Option(12, min=1, help="索引里最近多少个月的答复。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """按科室和答复月份统计：平均分、较差比例、没有实际答复的比例、套话比例、各维度得分。"""
    runtime = Runtime.for_reading(os.environ)
    faults: list[Fault] = []
    if data is None:
        with progress("评阅答复") as tick:
            rows = index_report(runtime, moment(at), months * DAYS_IN_MONTH, tick)
    else:
        pairs = with_departments(runtime, read_pairs(data, faults))
        with progress("评阅答复", len(pairs)) as tick:
            rows = quality_report(runtime, lambda: pairs, tick)
    if as_json:
        print_json({"rows": [asdict(row) for row in rows], "unreadable": [asdict(fault) for fault in faults]})
    else:
        show_faults(faults)
        _show_report(rows)
    if faults:
        leave(ExitCode.PARTIAL)


def _standard_input() -> str | None:
    """What is piped in; None when nothing is."""
    text = "" if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read()
    return text if text.strip() else None


def _check_file(runtime: Runtime, file: Path, limit: int, as_json: bool) -> None:
    faults: list[Fault] = []
    pairs = read_pairs(file, faults)
    with progress("评阅答复", len(pairs)) as tick:
        found = check_pairs(runtime, pairs, tick)
    if as_json:
        print_json({"replies": [_as_json(one) for one in found], "unreadable": [asdict(fault) for fault in faults]})
    else:
        show_faults(faults)
        if len(found) == 1:
            _show(found[0])
        else:
            _show_list(found, limit)
    if faults:
        leave(ExitCode.PARTIAL)


def _as_json(checked: Checked) -> dict[str, Any]:
    quality = checked.quality
    return {
        "id": checked.pair.id,
        "total": quality.total,
        "level": quality.level,
        "verdict": quality.verdict,
        "alike": quality.alike,
        "template_only": quality.template_only,
        "problems": quality.problems,
        "dimensions": {
            one.name: {"title": one.title, "score": round(100 * one.share, 1), "good": one.good, "bad": one.bad}
            for one in quality.dimensions
        },
        "advice": quality.advice,
        "personal_data": checked.personal,
    }


def _show(checked: Checked) -> None:
    quality = checked.quality
    out.print(f"总分 {quality.total:g}（{quality.level}）", style="bold")
    for problem in quality.problems:
        out.print(f"问题：{problem}")
    rows = [
        (one.title, f"{100 * one.share:.0f}", _bar(one.share), "\n".join([*one.good, *(f"× {bad}" for bad in one.bad)]))
        for one in quality.dimensions
    ]
    table("各维度", ("维度", "得分", "", "理由"), rows)
    if not any(one.name == "timeliness" for one in quality.dimensions):
        out.print("没有时间，未计及时性。")
    if quality.advice:
        out.print("发布前建议：", style="bold")
        for number, advice in enumerate(quality.advice, 1):
            out.print(f"  {number}. {advice}")
    if checked.personal:
        out.print(f"个人信息：疑有{_personal(checked)}，发布前请删去；是公开的办公信息的可以保留。", style="bold")


def _show_list(found: Sequence[Checked], limit: int) -> None:
    ordered = sorted(found, key=lambda one: one.quality.total)
    shown = ordered[:limit] if limit else ordered
    columns = ("编号", "总分", "等级", *TITLES.values(), "问题")
    rows = []
    for one in shown:
        shares = {side.name: f"{100 * side.share:.0f}" for side in one.quality.dimensions}
        worst = one.quality.problems or tuple(bad for side in one.quality.dimensions for bad in side.bad)[:2]
        told = [*worst, *([f"疑有{_personal(one)}"] if one.personal else [])]
        rows.append(
            (one.pair.id, one.quality.total, one.quality.level, *(shares.get(name) for name in TITLES), "；".join(told))
        )
    mean = sum(one.quality.total for one in found) / len(found) if found else 0.0
    table(f"答复 {len(found)} 条，平均 {mean:.1f} 分（显示分数最低的 {len(shown)} 条）", columns, rows)


def _show_report(rows: Sequence[QualityRow]) -> None:
    if not rows:
        out.print("这段时间没有答复。")
        return
    columns = ("科室", "月份", "答复", "平均分", "中位数", "较好", "较差", "没有实际答复", "套话", *TITLES.values())
    cells = [
        (
            row.department or "（全部）",
            row.month or "合计",
            row.replies,
            f"{row.mean:.1f}",
            f"{row.median:.1f}",
            *(f"{rate:.0%}" for rate in (row.good_rate, row.poor_rate, row.no_answer_rate, row.template_rate)),
            *(f"{row.dimensions[name]:.0f}" if name in row.dimensions else None for name in TITLES),
        )
        for row in rows
    ]
    table("答复质量", columns, cells)


def _personal(checked: Checked) -> str:
    return "、".join(f"{MASKED_NAMES[kind]} {count} 处" for kind, count in checked.personal.items())


def _bar(share: float) -> str:
    full = round(BAR * share)
    return "█" * full + "░" * (BAR - full)
