"""`yuqing backup`, `backups`, `restore`: keep a copy of everything, and bring one back."""

import os
from dataclasses import asdict
from pathlib import Path

import typer

from cli.output import AtOption, JsonOption, leave, moment, out, print_json, table
from core.clock import show
from core.errors import ExitCode
from pipeline import backup as stage
from pipeline.backup import Backup
from pipeline.runtime import Runtime

FromOption = typer.Option(None, "--from", metavar="文件夹", help="从 yuqing backup --to 写过的文件夹读取。")


def backup(
    to: Path = typer.Option(None, "--to", metavar="文件夹", help="另存一份完整副本的文件夹，如移动硬盘、共享盘。"),
    keep: int = typer.Option(None, min=1, help="保留最近几份；默认见 config/pipeline.yml。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """备份：索引的快照，以及原始数据、模型、作者密钥、未发完的邮件、周报。"""
    run = stage.backup(Runtime.from_environment(os.environ), moment(at), to, keep)
    if as_json:
        print_json(_told(run.backup) | {"dropped": run.dropped, "kept_on": run.kept_on, "copied_to": run.copied_to})
    else:
        _show(run)
    if run.kept_on:
        leave(ExitCode.PARTIAL)


def _show(run: stage.BackupRun) -> None:
    out.print(f"备份 {run.backup.name} 已完成，留言 {_posts(run.backup)} 条；原始数据等在 {run.backup.archive}")
    if run.copied_to:
        out.print(f"副本：{run.copied_to}")
    if run.dropped:
        out.print(f"删除了较早的：{'、'.join(run.dropped)}")
    if run.kept_on:
        out.print(f"没有删掉较早的：{'、'.join(run.kept_on)}。{stage.MAY_NOT_DELETE}")
    out.print(f"恢复：yuqing restore {run.backup.name}")


def backups(source: Path = FromOption, as_json: bool = JsonOption) -> None:
    """列出已有的备份。"""
    found = stage.backups(Runtime.from_environment(os.environ), source)
    if as_json:
        print_json([_told(one) for one in found])
    elif found:
        rows = [
            (one.name, show(one.snapshot.made_at), _posts(one), "完整" if one.is_whole else "不完整，不能恢复")
            for one in found
        ]
        table("备份", ("名称", "时间", "留言", "状态"), rows)
    else:
        out.print("还没有备份。备份：yuqing backup")


def restore(
    name: str = typer.Argument(..., metavar="名称", help="备份的名称，见 yuqing backups。"),
    source: Path = FromOption,
    yes: bool = typer.Option(False, "--yes", help="用备份代替现有的数据。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """恢复一份备份：先在旁边恢复并核对条数，再一次换上；备份有损坏时什么也不改。"""
    restored = stage.restore(Runtime.from_environment(os.environ), name, moment(at), source, replace=yes)
    if as_json:
        print_json(asdict(restored))
        return
    table("已恢复", ("索引", "条数"), sorted(restored.counts.items()))
    if restored.forgotten:
        out.print(f"备份之后按要求删除过的 {restored.forgotten} 条留言，已再次删除。")
    out.print(f"另恢复文件 {restored.files} 个。热点会在下次归并时按留言重建：yuqing cluster")


def _told(one: Backup) -> dict[str, object]:
    return {
        "name": one.name,
        "made_at": one.snapshot.made_at,
        "whole": one.is_whole,
        "archive": one.archive,
        "counts": one.manifest.after if one.manifest else None,
    }


def _posts(one: Backup) -> int | None:
    if one.manifest is None:
        return None
    return next((count for alias, count in one.manifest.after.items() if alias.endswith("posts")), None)
