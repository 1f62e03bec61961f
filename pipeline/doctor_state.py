"""The doctor's checks of what an installation holds: indices, disk of the node, sources, backlogs, backups, models."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.clock import show, to_beijing
from core.errors import YuqingError
from dashboards.words import ERRORS, STAGES
from pipeline.backup_files import FOLDER, SUFFIX
from pipeline.finding import Finding
from pipeline.ledger import disagreements_on
from pipeline.ledger_records import task_of
from pipeline.models import ModelKind, ModelShelf
from pipeline.runtime import Runtime
from store.connection import NoIndex, speaking_plainly
from store.documents import TEMPLATE_VERSION, template_versions

LEAST_FREE_BYTES = 2 * 1024**3
GIGABYTE = 1024**3
SILENT_FOR = timedelta(days=2)
"""A source that is asked every few minutes and has not been for so long is not being asked."""
WAITING_FOR = timedelta(days=1)
MOST_NAMES = 5
OLD_BACKUP = timedelta(days=2)
MODELS: Mapping[ModelKind, str] = {"topic": "主题", "topic-snownlp": "主题（SnowNLP）", "sentiment": "情感"}


def indices(runtime: Runtime, at: datetime) -> Finding:
    """Health and structure of each index. Asks the client that takes them as they are: others refuse old ones."""
    with speaking_plainly():
        versions = template_versions(runtime.client, runtime.names)
        # By alias: the names of hundreds of months are too long for one request.
        aliases = sorted({runtime.names.prefix + name for name, _ in versions.values()})
        health = runtime.client.cluster.health(index=aliases or None, level="indices")["indices"]
    red = [index for index, told in health.items() if told["status"] == "red"]
    if red:
        return Finding(
            "索引",
            "error",
            f"有数据不可用：{_some(red)}",
            "请查看节点日志和磁盘空间；必要时从备份恢复：yuqing restore",
        )
    old = [index for index, (_, version) in versions.items() if version is None or version < TEMPLATE_VERSION]
    if old:
        return Finding(
            "索引", "error", f"{len(old)} 个由旧版程序建立：{_some(old)}", "请运行 yuqing upgrade，数据不会丢失。"
        )
    new = [index for index, (_, version) in versions.items() if version and version > TEMPLATE_VERSION]
    if new:
        return Finding("索引", "error", f"由更新的版本建立：{_some(new)}", "请换回新版程序。")
    return Finding("索引", "ok", f"{len(versions)} 个，模板版本 {TEMPLATE_VERSION}，都可用")


def _some(names: list[str]) -> str:
    """The names, or the first of many."""
    return "、".join(names[:MOST_NAMES]) + (" 等" if len(names) > MOST_NAMES else "")


def node_disk(runtime: Runtime, at: datetime) -> Finding:
    """The fullest of the nodes' disks: Elasticsearch stops all writes when one is full."""
    with speaking_plainly():
        nodes = runtime.client.nodes.stats(metric="fs")["nodes"].values()
    free = min(node["fs"]["total"]["available_in_bytes"] for node in nodes)
    told = f"剩余 {free / GIGABYTE:.1f} GB"
    if free < LEAST_FREE_BYTES:
        return Finding("节点磁盘", "error", told, "不足 2 GB 时 Elasticsearch 很快会停止写入，请清理磁盘或扩容。")
    return Finding("节点磁盘", "ok", told)


def sources(runtime: Runtime, at: datetime) -> Finding:
    """How the last run of each source went, and when it was."""
    enabled = [source for source in runtime.settings.sources.sources if source.enabled]
    records = [(source, runtime.state.health(source.name)) for source in enabled]
    broken = [f"{source.title}：{record.error}" for source, record in records if record and record.error]
    if broken:
        return Finding("来源", "warning", "；".join(broken), "见 yuqing collect 来源名 的输出。")
    ran = {source.title: datetime.fromisoformat(one.last_run_at) for source, one in records if one and one.last_run_at}
    silent = [f"{title}（{show(last)}）" for title, last in ran.items() if at - last > SILENT_FOR]
    if silent and runtime.settings.schedule.collect:
        return Finding(
            "来源",
            "warning",
            f"很久没有收集过：{'、'.join(silent)}",
            "请看 Airflow 里的 collect_posts 是否暂停、是否报错。",
        )
    last = f"，最近一次 {show(max(ran.values()))}" if ran else ""
    return Finding("来源", "ok", f"启用 {len(enabled)} 个，其中 {len(ran)} 个收集过，最近一次都正常{last}")


def backlog(runtime: Runtime, at: datetime) -> Finding:
    """Landed segments that have not come to the index."""
    waiting = runtime.landing.pending()
    if not waiting:
        return Finding("待入库", "ok", "没有")
    oldest = min(segment.day for segment in waiting)
    told = f"{len(waiting)} 批，最早的是 {oldest} 收到的"
    if to_beijing(at).date() - oldest >= WAITING_FOR:
        return Finding("待入库", "warning", told, "请运行 yuqing enrich，看它报什么错。")
    return Finding("待入库", "ok", told)


def outbox(runtime: Runtime, at: datetime) -> Finding:
    """Mails that were begun and whose end is not known."""
    waiting = list((runtime.settings.data / "outbox").rglob("*.json"))
    if waiting:
        return Finding("待发邮件", "warning", f"{len(waiting)} 封没有发完", "下次运行会重发；一直有就检查邮件服务器。")
    return Finding("待发邮件", "ok", "没有")


def last_runs(runtime: Runtime, at: datetime) -> Finding:
    """How the last run of each stage went."""
    try:
        known = [run for run in runtime.metrics.last() if run.started_at <= at]
    except NoIndex:
        known = []
    if not known:
        return Finding("上次运行", "ok", "还没有运行过")
    failed = [
        f"{STAGES.get(run.stage, run.stage)}（{show(run.started_at)}，{ERRORS.get(run.error or '', run.error)}）"
        for run in known
        if run.outcome == "failed"
    ]
    if failed:
        return Finding("上次运行", "warning", f"没有成功的：{'、'.join(failed)}", "请看运行日志；修好以后再运行一次。")
    return Finding("上次运行", "ok", f"{len(known)} 项任务都成功，最近一次 {show(known[0].started_at)}")


def last_backup(runtime: Runtime, at: datetime) -> Finding:
    """When the last backup was made, by the archives there are."""
    made = [_made_at(path) for path in (runtime.settings.data / FOLDER).glob(f"*{SUFFIX}")]
    if not made:
        return Finding("备份", "warning", "还没有备份", "请运行 yuqing backup，并在 Airflow 里打开“backup”，每晚运行。")
    if at - max(made) > OLD_BACKUP:
        return Finding(
            "备份", "warning", f"最近一次是 {show(max(made))}", "请看 Airflow 里的“backup”是否暂停、是否报错。"
        )
    return Finding("备份", "ok", f"{len(made)} 份，最近一次 {show(max(made))}")


def _made_at(archive: Path) -> datetime:
    return datetime.strptime(archive.name.removesuffix(SUFFIX)[-15:], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)


def models(runtime: Runtime, at: datetime) -> Finding:
    """The trained models in use; reading posts with them is what shows that they can be read."""
    shelf = ModelShelf(runtime.settings.data)
    used = {name: path for kind, name in MODELS.items() if (path := shelf.in_use(kind))}
    told = "、".join(f"{name} {path.name}" for name, path in used.items())
    try:
        _ = runtime.enricher
    except YuqingError as error:
        return Finding("模型", "error", error.message, error.advice)
    return Finding("模型", "ok", told or "没有训练过：主题用关键词，情感用自带的模型")


def ledger(runtime: Runtime, at: datetime) -> Finding:
    """The last work ledger, and where it and the configuration do not agree."""
    records = runtime.tasks.all()
    if not records:
        return Finding("台账", "ok", "没有导入台账；要用就运行 yuqing ledger import 文件")
    year = max(record.year for record in records)
    tasks = [task_of(record) for record in records if record.year == year and not record.missing]
    if told := disagreements_on(runtime, year, tasks):
        found = f"{year} 年 {len(tasks)} 项；{' '.join(told)}"
        return Finding("台账", "warning", found, "请核对台账、config/departments.yml 和 config/ledger.yml。")
    return Finding("台账", "ok", f"{year} 年 {len(tasks)} 项，科室和主题都对得上")
