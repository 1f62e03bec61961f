"""`yuqing train`: a model from labelled posts, used only where it is better."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli.output import AtOption, JsonOption, moment, out, print_json, say, table
from nlp.evaluation import Evaluation
from pipeline.runtime import Runtime

if TYPE_CHECKING:
    # scikit-learn takes seconds to load, and no other command needs it.
    from pipeline.labelled import Fault, Task
    from pipeline.training import Training

app = typer.Typer(help="训练模型：只有在检验留言上不比原来差，才会启用。", no_args_is_help=True)
MOST_SHOWN = 20
FilesArgument = typer.Argument(
    None,
    help="有标签的 CSV 或 XLSX（主题：留言主题、留言详情、一级标签；情感：标题、内容、情感）；不给则用索引里的留言。",
)
ForceOption = typer.Option(False, "--force", help="不管检验结果，一定启用。")


@app.command()
def topic(
    files: list[Path] = FilesArgument, force: bool = ForceOption, at: str = AtOption, as_json: bool = JsonOption
) -> None:
    """训练主题模型（一级分类；有二级标签时也学二级）。"""
    _train("topic", files, force, at, as_json)


@app.command()
def sentiment(
    files: list[Path] = FilesArgument, force: bool = ForceOption, at: str = AtOption, as_json: bool = JsonOption
) -> None:
    """在自带的标注之上训练情感模型；不给文件则用留言类型、满意度和人工更正。"""
    _train("sentiment", files, force, at, as_json)


def _train(task: "Task", files: list[Path] | None, force: bool, at: str | None, as_json: bool) -> None:
    from pipeline.training import train

    runtime = Runtime.from_environment(os.environ)
    training = train(runtime, task, files or [], moment(at), say, force=force)
    if as_json:
        print_json(_as_json(training))
    else:
        _show(training)


def _show(training: "Training") -> None:
    from pipeline.training import UNKNOWN_ADVICE, told_counts

    show_faults(training.faults)
    if training.left_out:
        out.print(f"太少而没有学的类别：{told_counts(training.left_out)}")
    if training.unknown:
        out.print(f"不认识而没有学的分类：{told_counts(training.unknown)}。\n{UNKNOWN_ADVICE}")
    rows = [_row("新模型", training.new)] + ([_row("正在使用的", training.old)] if training.old else [])
    table("在留作检验的留言上（两个模型都没有见过）", ("模型", "条数", "宏平均 F1", "准确率"), rows)
    verdict = (
        "已启用，新留言用它研判；已入库的用 yuqing replay 重新研判"
        if training.in_use
        else "没有原来的好，没有启用；要启用加 --force"
    )
    out.print(f"用 {training.posts} 条训练的模型{verdict}。\n文件：{training.path}")


def _row(name: str, evaluation: Evaluation) -> tuple[str, int, str, str]:
    return name, evaluation.posts, f"{evaluation.macro_f1:.4f}", f"{evaluation.accuracy:.4f}"


def show_faults(faults: "list[Fault]") -> None:
    """The rows that could not be used, the first of them with reasons."""
    if faults:
        rows = [(fault.where, fault.reason) for fault in faults[:MOST_SHOWN]]
        table(f"没有用上的 {len(faults)} 行", ("位置", "原因"), rows)


def _as_json(training: "Training") -> dict[str, Any]:
    return {
        "task": training.task,
        "posts": training.posts,
        "held_out": training.new.posts,
        "new": training.new.as_json(),
        "old": training.old.as_json() if training.old else None,
        "in_use": training.in_use,
        "model": str(training.path),
        "left_out": training.left_out,
        "unknown_labels": training.unknown,
        "unused_rows": len(training.faults),
    }
