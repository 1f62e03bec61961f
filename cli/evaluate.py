"""`yuqing evaluate`: every engine on the same labelled posts, side by side, as a table, as JSON and as a picture."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import typer

from cli.output import JsonOption, out, print_json, say, table
from cli.train import show_faults
from core.files import write_whole
from core.post import SENTIMENT_NAMES
from nlp.evaluation import Evaluation, picture
from pipeline.runtime import Runtime

if TYPE_CHECKING:
    # scikit-learn takes seconds to load, and no other command needs it.
    from pipeline.evaluation import Evaluated
    from pipeline.labelled import Task

app = typer.Typer(help="评测各个引擎：精确率、召回率、F1、混淆矩阵、速度。", no_args_is_help=True)
DataOption = typer.Option(..., "--data", help="有标签的 CSV 或 XLSX，可以给多次。")
OutOption = typer.Option(None, "--out", help="把结果写成这个文件夹里的 JSON 和 PNG；默认数据目录下的 evaluation。")


@app.command()
def topic(data: list[Path] = DataOption, folder: Path = OutOption, as_json: bool = JsonOption) -> None:
    """评测主题引擎；文件要有 留言主题、留言详情、一级标签。"""
    _evaluate("topic", data, folder, as_json)


@app.command()
def sentiment(data: list[Path] = DataOption, folder: Path = OutOption, as_json: bool = JsonOption) -> None:
    """评测情感引擎；文件要有 标题、内容、情感（负面、中性、正面）。"""
    _evaluate("sentiment", data, folder, as_json)


def _evaluate(task: "Task", data: list[Path], folder: Path | None, as_json: bool) -> None:
    from pipeline.evaluation import evaluate_engines

    runtime = Runtime.from_environment(os.environ)
    result = evaluate_engines(runtime, task, data, say)
    target = folder or runtime.settings.data / "evaluation"
    content = {
        "task": task,
        "data": [str(path) for path in data],
        "unused_rows": len(result.faults),
        "engines": [evaluation.as_json() for evaluation in result.evaluations],
    }
    write_whole(target / f"{task}.json", orjson.dumps(content, option=orjson.OPT_INDENT_2))
    title = {"topic": "主题引擎", "sentiment": "情感引擎"}[task]
    write_whole(target / f"{task}.png", picture(result.evaluations, f"{title}：宏平均 F1"))
    if as_json:
        print_json(content)
    else:
        _show(result)
        out.print(f"结果写在 {target}/{task}.json，图在 {target}/{task}.png")


def _show(result: "Evaluated") -> None:
    show_faults(result.faults)
    rows = [
        (e.engine, e.posts, f"{e.macro_f1:.4f}", f"{e.accuracy:.4f}", f"{e.posts_per_second or 0:,.0f}")
        for e in result.evaluations
    ]
    table("各引擎", ("引擎", "条数", "宏平均 F1", "准确率", "条/秒"), rows)
    for evaluation in result.evaluations:
        _show_classes(evaluation)


def _show_classes(evaluation: Evaluation) -> None:
    """Precision, recall and F1 of each class, and beside them its row of the confusion matrix."""
    columns = ("类别", "精确率", "召回率", "F1", "条数", *(f"判为{_name(label)}" for label in evaluation.predicted))
    rows: list[Sequence[object]] = [
        (_name(c.label), f"{c.precision:.3f}", f"{c.recall:.3f}", f"{c.f1:.3f}", c.support, *counts)
        for c, counts in zip(evaluation.classes, evaluation.confusion, strict=True)
    ]
    table(f"{evaluation.engine}：各类别和混淆矩阵（每行是真实类别）", columns, rows)


def _name(label: str) -> str:
    return SENTIMENT_NAMES.get(label, label)
