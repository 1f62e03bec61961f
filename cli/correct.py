"""`yuqing correct`: a person knows better than the model."""

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import get_args

import typer

from cli.output import AtOption, JsonOption, leave, moment, out, print_json, table
from cli.who import current_user
from collectors.tables import Row, open_table
from core.errors import ExitCode, YuqingError
from core.post import SENTIMENT_NAMES, SentimentLabel
from pipeline.corrections import UnknownValue
from pipeline.corrections import correct as correct_posts
from pipeline.runtime import Runtime
from store.corrections import Correction

SENTIMENTS: dict[str, SentimentLabel] = {SENTIMENT_NAMES[label]: label for label in get_args(SentimentLabel)}
COLUMNS = ("编号", "主题", "情感", "科室", "修改人", "备注")
COLUMNS_TOLD = "、".join(COLUMNS)


def correct(
    post_id: str = typer.Argument(None, metavar="编号", help="留言编号（yuqing search 的最后一列）。"),
    topic: str = typer.Option(None, help="正确的主题。"),
    sentiment: str = typer.Option(None, help="正确的情感：负面、中性、正面。"),
    department: str = typer.Option(None, help="正确的科室。"),
    by: str = typer.Option(None, help="谁改的；默认当前用户。"),
    note: str = typer.Option(None, help="备注。"),
    file: Path = typer.Option(None, "--file", help=f"批量更正的 CSV 或 XLSX，列名：{COLUMNS_TOLD}。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """更正留言的主题、情感或科室；以后重新研判时以更正为准，并用于下次训练。"""
    if (post_id is None) == (file is None):
        raise typer.BadParameter("给出一个留言编号，或用 --file 给出一个文件。", param_hint="编号")
    runtime = Runtime.from_environment(os.environ)
    when, who = moment(at), by or current_user()
    if file is None:
        cells = {"编号": post_id, "主题": topic, "情感": sentiment, "科室": department, "修改人": who, "备注": note}
        changed = correct_posts(runtime, [_correction({k: v or "" for k, v in cells.items()}, who, when)])
        faults: list[tuple[int, str]] = []
    else:
        changed, faults = _correct_rows(runtime, file, who, when)
    if as_json:
        print_json({"corrected": changed, "refused": [{"row": row, "reason": reason} for row, reason in faults]})
    else:
        out.print(f"更正了 {changed} 条留言。")
        if faults:
            table("没有更正的", ("行", "原因"), faults)
    if faults:
        leave(ExitCode.PARTIAL)


def _correct_rows(runtime: Runtime, file: Path, who: str, when: datetime) -> tuple[int, list[tuple[int, str]]]:
    """Row by row, so that one that cannot be keeps back no other."""
    changed, faults = 0, []
    for row in _rows(file):
        try:
            changed += correct_posts(runtime, [_correction(row.cells, who, when)])
        except UnknownValue as error:
            faults.append((row.number, f"{error.message}{error.advice}"))
    return changed, faults


def _rows(file: Path) -> Iterator[Row]:
    if not file.is_file():
        raise YuqingError(f"找不到文件 {file}")
    with open_table(file, COLUMNS) as (header, rows):
        if "编号" not in header:
            raise YuqingError(f"{file.name} 没有“编号”这一列。", f"列名：{COLUMNS_TOLD}")
        yield from rows


def _correction(cells: dict[str, str], who: str, when: datetime) -> Correction:
    def cell(name: str) -> str | None:
        return cells.get(name, "").strip() or None

    sentiment = cell("情感")
    if sentiment and sentiment not in SENTIMENTS:
        raise UnknownValue(f"没有“{sentiment}”这种情感。", f"可用：{'、'.join(SENTIMENTS)}")
    return Correction(
        post_id=cell("编号") or "",
        by=cell("修改人") or who,
        at=when,
        topic=cell("主题"),
        sentiment_label=SENTIMENTS[sentiment] if sentiment else None,
        department=cell("科室"),
        note=cell("备注"),
    )
