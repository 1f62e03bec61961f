"""Doctor: is everything there that a run needs? Each check says what it found and, where something is wrong, what to do."""

import shutil
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.metadata import PackageNotFoundError, version

from alerts.mail import Mailer
from core.clock import show, to_beijing
from core.errors import YuqingError
from pipeline import doctor_state as state
from pipeline.finding import Finding
from pipeline.runtime import Runtime
from store import distribution
from store.connection import NoIndex, NotAllowed, speaking_plainly
from store.posts import count_posts

DECEMBER = 12
PACKAGES = {"yuqing": "yuqing", "Airflow": "apache-airflow", "Elasticsearch 客户端": "elasticsearch"}
MOST_CLOCK_DRIFT_SECONDS = 120
NOTHING_YET = "还没有留言，索引在第一次入库时建立"
READERS_ADVICE = "只读的账号看不到这一项；用本系统自己的账号（yuqing_writer）运行就能看到。"


def examine(runtime: Runtime, at: datetime) -> list[Finding]:
    """Run every check as of `at`; none of them stops the others."""
    checks: dict[str, Callable[[Runtime, datetime], Finding]] = {
        "版本": _versions,
        "Java": _java,
        "配置文件": _configuration,
        "放假安排": _calendar,
        "数据目录": _disk,
        "Elasticsearch": _elasticsearch,
        "索引": state.indices,
        "节点磁盘": state.node_disk,
        "时钟": _clock,
        "来源": state.sources,
        "待入库": state.backlog,
        "待发邮件": state.outbox,
        "上次运行": state.last_runs,
        "备份": state.last_backup,
        "模型": state.models,
        "收件人": _recipients,
        "台账": state.ledger,
        "邮件服务器": _mail,
        "群消息": _channels,
    }
    findings = []
    for name, check in checks.items():
        try:
            findings.append(check(runtime, at))
        except NoIndex:
            findings.append(Finding(name, "ok", NOTHING_YET))
        except NotAllowed:
            findings.append(Finding(name, "warning", "当前账号没有查看的权限（403）", READERS_ADVICE))
        except YuqingError as error:
            findings.append(Finding(name, "error", error.message, error.advice))
    return findings


def _versions(runtime: Runtime, at: datetime) -> Finding:
    told = [f"{name} {_version(package)}" for name, package in PACKAGES.items()]
    return Finding("版本", "ok", "，".join([*told, f"Python {sys.version.split()[0]}"]))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "未安装"


def _java(runtime: Runtime, at: datetime) -> Finding:
    if runtime.settings.cluster:
        return Finding("Java", "ok", "使用单位自己的集群，不需要")
    return Finding("Java", "ok", str(distribution.java_home()))


def _configuration(runtime: Runtime, at: datetime) -> Finding:
    return Finding("配置文件", "ok", f"{runtime.settings.config} 全部读取正确")


def _calendar(runtime: Runtime, at: datetime) -> Finding:
    """This year's holidays; in December next year's as well, whose first deadlines are running."""
    day = to_beijing(at).date()
    years = [day.year, day.year + 1] if day.month == DECEMBER else [day.year]
    for year in years:
        runtime.calendar.is_working_day(date(year, 1, 1))
    unknown = [year for year in years if year in runtime.calendar.fallback_years]
    if unknown:
        return Finding(
            "放假安排",
            "warning",
            f"没有 {unknown[0]} 年的放假安排，按周一至周五计算",
            "升级 chinesecalendar，或在 config/calendar.yml 逐日补充。",
        )
    return Finding("放假安排", "ok", f"已有 {'、'.join(map(str, years))} 年的安排")


def _disk(runtime: Runtime, at: datetime) -> Finding:
    data = runtime.settings.data
    data.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(data).free
    told = f"{data}，剩余 {free / 1024**3:.1f} GB"
    if free < state.LEAST_FREE_BYTES:
        return Finding("数据目录", "error", told, "剩余不足 2 GB，请清理磁盘。")
    return Finding("数据目录", "ok", told)


def _elasticsearch(runtime: Runtime, at: datetime) -> Finding:
    posts = _posts(runtime)
    with speaking_plainly():
        health = runtime.es.cluster.health()
        # Not asked of `/`, which is a module that the embedded node does not have.
        nodes = runtime.es.nodes.info(metric="os")["nodes"].values()
    versions = "、".join(sorted({node["version"] for node in nodes}))
    told = f"{versions}，{health['cluster_name']}，状态 {health['status']}，{posts}"
    if health["status"] == "red":
        return Finding("Elasticsearch", "error", told, "有分片不可用，请查看节点日志和磁盘空间。")
    return Finding("Elasticsearch", "ok", told)


def _posts(runtime: Runtime) -> str:
    try:
        return f"留言 {count_posts(runtime.es, runtime.names)} 条"
    except NoIndex:
        return NOTHING_YET


def _clock(runtime: Runtime, at: datetime) -> Finding:
    """Compares with the cluster's clock: deadlines, cursors and versions all rest on the time of day."""
    now = datetime.now(UTC)
    try:
        with speaking_plainly():
            nodes = runtime.es.nodes.stats(metric="os")["nodes"].values()
    except YuqingError as error:
        return Finding("时钟", "warning", f"无法与 Elasticsearch 对时：{error.message}", error.advice)
    drift = max(abs(node["timestamp"] / 1000 - now.timestamp()) for node in nodes)
    if drift > MOST_CLOCK_DRIFT_SECONDS:
        return Finding("时钟", "warning", f"与 Elasticsearch 相差 {drift:.0f} 秒", "请用 NTP 校时。")
    local = now.astimezone()
    return Finding("时钟", "ok", f"北京时间 {show(now)}，与 Elasticsearch 一致；本机时区 UTC{local:%z}")


def _recipients(runtime: Runtime, at: datetime) -> Finding:
    placeholders = runtime.settings.departments.placeholder_addresses()
    if placeholders:
        return Finding(
            "收件人", "warning", f"还有 {len(placeholders)} 个示例地址", "请在 config/departments.yml 改成真实邮箱。"
        )
    return Finding("收件人", "ok", "已填写")


def _mail(runtime: Runtime, at: datetime) -> Finding:
    mail = runtime.settings.mail
    if mail is None:
        return Finding("邮件服务器", "warning", "没有配置", "设置 YUQING_SMTP_HOST 等环境变量后才能发提醒。")
    with Mailer(mail):
        return Finding("邮件服务器", "ok", f"{mail.host}:{mail.port} 可以登录")


def _channels(runtime: Runtime, at: datetime) -> Finding:
    """The chat channels; those used have an address, or nothing would have started. Nothing is sent."""
    channels, used = runtime.settings.channels, runtime.settings.departments.channels_used()
    told = "、".join(f"{name}（{channels[name].title}）" for name in used)
    if idle := [name for name in channels if name not in used]:
        return Finding(
            "群消息",
            "warning",
            f"有地址但没有人用：{'、'.join(idle)}" + (f"；在用：{told}" if told else ""),
            "在 config/departments.yml 里写到科室的 channels，或删去环境变量。",
        )
    return Finding("群消息", "ok", told or "没有启用")
