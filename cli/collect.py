"""`yuqing collect`, `import`, `enrich`, `replay`: from a source to the index."""

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

import typer

from cli.output import AtOption, JsonOption, fail, leave, moment, out, print_json, progress, say, table, typed_time
from core.clock import to_beijing
from core.errors import ExitCode, Unavailable, YuqingError
from pipeline import collect as stage
from pipeline.enrich import Enriched, enrich_pending
from pipeline.enrich import replay as replay_stage
from pipeline.runtime import Runtime

MOST_SHOWN = 20
MASKED_NAMES = {
    "phone": "电话",
    "identity_number": "身份证号",
    "bank_card": "银行卡号",
    "plate": "车牌",
    "email": "邮箱",
    "address": "住址",
    "name": "网友名",
}


def collect(
    sources: list[str] = typer.Argument(
        None, metavar="来源", help="来源名称（见 config/sources.yml）；默认全部启用的来源。"
    ),
    refresh: bool = typer.Option(False, "--refresh", help="不找新留言，只复查未办结留言的最新状态。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """从各来源收集新留言，存入落地目录（之后用 enrich 入库）。"""
    runtime = Runtime.from_environment(os.environ)
    when = moment(at)
    names = sources or stage.scheduled_sources(runtime, refreshable=refresh)
    for name in names:
        # A name that is none is told before anything is collected.
        runtime.source(name)
    run = stage.refresh if refresh else stage.collect
    results, failures = [], []
    for name in names:
        say(f"正在收集：{name}")
        try:
            results.append(run(runtime, name, when))
        except YuqingError as failure:
            failures.append((name, failure))
    if as_json:
        print_json({"collected": [asdict(r) for r in results], "failed": {name: e.message for name, e in failures}})
    else:
        table("收集结果", ("来源", "条数"), [(result.source, result.items) for result in results])
    for _, error in failures:
        fail(error)
    if failures:
        leave(ExitCode.PARTIAL if results else ExitCode.UNAVAILABLE)


def import_files(
    files: list[Path] = typer.Argument(..., metavar="文件", help="CSV 或 XLSX 文件，可以给多个。"),
    source: str = typer.Option(None, help="按哪个来源的列名读取；默认按表头自动认。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """导入表格文件（热线、留言板导出），直到可以检索。导入过的文件不会重复导入。"""
    runtime = Runtime.from_environment(os.environ)
    when = moment(at)
    total, failures = 0, []
    for path in files:
        # A file that cannot be read keeps no other from being imported.
        try:
            with progress(f"读取 {path.name}") as tick:
                imported = stage.import_file(runtime, path, when, source, tick)
        except Unavailable:
            raise
        except YuqingError as failure:
            fail(failure)
            failures.append((str(path), failure))
            continue
        if imported is None:
            say(f"{path.name} 以前导入过（内容完全相同），没有重复导入。要重新入库请用 yuqing replay。")
        else:
            total += imported.items
            say(f"{path.name}：读入 {imported.items} 行，来源 {imported.source}")
    if len(failures) == len(files):
        leave(failures[0][1].exit_code)
    with progress("入库", total or None) as tick:
        run = enrich_pending(runtime, when, tick=tick)
    _show(run, as_json, failures)


def enrich(
    source: str = typer.Option(None, help="只处理这个来源。"), at: str = AtOption, as_json: bool = JsonOption
) -> None:
    """把落地的留言脱敏、分词、研判并入库。"""
    runtime = Runtime.from_environment(os.environ)
    when = moment(at)
    with progress("入库") as tick:
        run = enrich_pending(runtime, when, source, tick)
    _show(run, as_json)


def replay(
    source: str = typer.Option(None, help="只重放这个来源。"),
    first: str = typer.Option(None, "--from", metavar="日期", help="从这一天落地的开始，如 2020-01-01。"),
    last: str = typer.Option(None, "--to", metavar="日期", help="到这一天落地的为止。"),
    at: str = AtOption,
    as_json: bool = JsonOption,
) -> None:
    """用已落地的原始数据重新入库（换了词表、规则或集群之后）。"""
    runtime = Runtime.from_environment(os.environ)
    when, from_day, to_day = moment(at), _day("--from", first), _day("--to", last)
    with progress("重放") as tick:
        run = replay_stage(runtime, when, source, from_day, to_day, tick)
    _show(run, as_json)


def _day(option: str, text: str | None) -> date | None:
    return None if text is None else to_beijing(typed_time(option, text)).date()


def _show(run: Enriched, as_json: bool, failures: Sequence[tuple[str, YuqingError]] = ()) -> None:
    if as_json:
        failed = {name: failure.message for name, failure in failures}
        # `asdict` takes a Counter's pairs for things to count.
        print_json(asdict(run) | {"masked": dict(run.masked), "failed": failed})
    else:
        masked = "、".join(f"{MASKED_NAMES[kind]} {count}" for kind, count in run.masked.most_common())
        out.print(
            f"处理 {run.items} 条：入库 {run.indexed}，已有更新状态而略过 {run.stale}，另存 {len(run.rejections)}。"
        )
        out.print(f"脱敏：{masked or '没有需要脱敏的内容'}")
        if run.rejections:
            rows = [(r.source, r.where, r.reason) for r in run.rejections[:MOST_SHOWN]]
            table(f"没有入库的（显示前 {MOST_SHOWN} 条）", ("来源", "位置", "原因"), rows)
    if run.rejections or failures:
        leave(ExitCode.PARTIAL)
