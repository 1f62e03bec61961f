"""`yuqing upgrade`: bring the indices to this version's structure."""

import os
from collections.abc import Sequence
from dataclasses import asdict

import typer

from cli.output import JsonOption, out, print_json, progress, table
from pipeline.runtime import Runtime
from pipeline.upgrade import upgrade as upgrade_stage

STATES = {"current": "已是最新", "mapped": "补充了字段", "copied": "复制到了新索引"}


def upgrade(
    drop_old: bool = typer.Option(False, "--drop-old", help="删除升级后留下的旧索引（先确认一切正常）。"),
    as_json: bool = JsonOption,
) -> None:
    """换了新版程序之后升级索引；期间暂停写入，数据不会丢失，中断了再运行一次即可。"""
    with progress("升级索引") as tick:
        run = upgrade_stage(Runtime.from_environment(os.environ), tick, drop_old=drop_old)
    if as_json:
        print_json(asdict(run))
        return
    rows = [
        (one.alias, STATES[one.state], one.version, one.documents, _named(one.indices), _named(one.old))
        for one in run.indices
    ]
    table("升级结果", ("索引", "结果", "原模板版本", "条数", "现用", "旧索引"), rows)
    if run.dropped:
        out.print(f"删除了旧索引：{'、'.join(run.dropped)}")
    elif any(one.old for one in run.indices):
        out.print("旧索引还留着，确认一切正常后可以删除：yuqing upgrade --drop-old")


def _named(indices: Sequence[str]) -> str:
    """The index, or the first and the number of many."""
    return f"{indices[0]} 等 {len(indices)} 个" if len(indices) > 1 else "".join(indices)
