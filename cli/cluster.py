"""`yuqing cluster`: posts about the same thing become one matter, in the index or in one file."""

import os
from pathlib import Path
from typing import Any

import orjson
import typer

from cli.output import AtOption, JsonOption, moment, out, print_json, progress, say, table
from cli.saving import save_as
from core.clock import show, to_beijing
from core.errors import YuqingError
from pipeline.matter_file import ClusteredFile, FileMatter, cluster_file
from pipeline.matters import Clustered
from pipeline.matters import cluster as cluster_index
from pipeline.matters import recheck as recheck_index
from pipeline.runtime import Runtime

EVENTS = {"born": "新出现", "grew": "增加", "merged": "合并", "split": "拆分", "quiet": "平息", "returned": "再起"}


def cluster(
    data: Path = typer.Option(None, "--data", help="不用索引，只归并这个 CSV 或 XLSX 文件里的留言。"),
    result: Path = typer.Option(None, "--out", help="把结果写入这个 JSON 文件（与 --data 同用）。"),
    top: int = typer.Option(20, min=0, help="取热度最高的多少件；0 表示全部（与 --data 同用）。"),
    recheck: bool = typer.Option(False, "--recheck", help="同时复核合并与拆分，并更新每件的热度。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """把说同一件事的留言归并为热点；不给 --data 时处理索引里新增和有变化的留言。"""
    runtime = Runtime.from_environment(os.environ)
    if data is None:
        if result:
            raise YuqingError("--out 要与 --data 同用。", "索引里的热点用 yuqing matters 看。")
        when = moment(at)
        _show_run(recheck_index(runtime, when) if recheck else cluster_index(runtime, when), as_json)
        return
    with progress(f"读取 {data.name}") as tick:
        found = cluster_file(runtime, data, moment(at) if at else None, tick)
    chosen = found.matters[:top] if top else found.matters
    told = [_as_json(one) for one in chosen]
    if result:
        save_as(result, orjson.dumps(told, option=orjson.OPT_INDENT_2))
        say(f"{len(told)} 件写入 {result}")
    if as_json:
        print_json(told)
    else:
        _show_file(found, chosen)


def _as_json(one: FileMatter) -> dict[str, Any]:
    record = one.record
    terms = record.heat.model_dump(exclude={"at", "total", "explained"})
    return {
        "id": record.id,
        "title": record.title,
        "place": record.place,
        "keywords": record.keywords,
        "heat": {
            "total": record.heat.total,
            "explained": record.heat.explained,
            "at": to_beijing(record.heat.at).isoformat(),
            "terms": terms,
        },
        "time_range": [to_beijing(record.first_at).isoformat(), to_beijing(record.last_at).isoformat()],
        "people": record.people,
        "posts": record.posts + record.copies,
        "copies": record.copies,
        "留言编号": one.source_ids,
    }


def _show_file(found: ClusteredFile, chosen: tuple[FileMatter, ...]) -> None:
    unread = f"，认不出 {found.unreadable} 行" if found.unreadable else ""
    rows = [
        (
            number,
            f"{one.record.heat.total:.1f}",
            one.record.heat.explained,
            one.record.title,
            one.record.place,
            f"{to_beijing(one.record.first_at):%Y-%m-%d} 至 {to_beijing(one.record.last_at):%Y-%m-%d}",
            len(one.source_ids),
        )
        for number, one in enumerate(chosen, 1)
    ]
    title = f"{found.posts} 条留言{unread}，归并为 {len(found.matters)} 件；热度截至 {show(found.at)}"
    table(title, ("序号", "热度", "说明", "标题", "地点", "时间", "留言"), rows)


def _show_run(run: Clustered, as_json: bool) -> None:
    events = {kind: run.events[kind] for kind in EVENTS if run.events[kind]}
    if as_json:
        print_json({"posts": run.posts, "relabelled": run.relabelled, "matters": run.matters, "events": events})
        return
    told = "、".join(f"{EVENTS[kind]} {count}" for kind, count in events.items())
    out.print(f"读取新增和有变化的留言 {run.posts} 条，更新热点 {run.matters} 件：{told or '没有变化'}。")
