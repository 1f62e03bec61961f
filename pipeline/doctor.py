"""Doctor: is everything there that a run needs? Each check says what it found and, where something is wrong, what to do."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from alerts.mail import Mailer
from core.clock import show, to_beijing
from core.errors import YuqingError
from pipeline.runtime import Runtime
from store import distribution
from store.connection import speaking_plainly
from store.posts import count_posts

Verdict = Literal["ok", "warning", "error"]
LEAST_FREE_BYTES = 2 * 1024**3
MOST_CLOCK_DRIFT_SECONDS = 120


@dataclass(frozen=True)
class Finding:
    """The outcome of one check; texts in Chinese."""

    check: str
    verdict: Verdict
    found: str
    advice: str = ""


def examine(runtime: Runtime, at: datetime) -> list[Finding]:
    """Run every check as of `at`; none of them stops the others."""
    checks: dict[str, Callable[[Runtime, datetime], Finding]] = {
        "Python": _python,
        "Java": _java,
        "配置文件": _configuration,
        "放假安排": _calendar,
        "数据目录": _disk,
        "Elasticsearch": _elasticsearch,
        "时钟": _clock,
        "来源": _sources,
        "收件人": _recipients,
        "邮件服务器": _mail,
    }
    findings = []
    for name, check in checks.items():
        try:
            findings.append(check(runtime, at))
        except YuqingError as error:
            findings.append(Finding(name, "error", error.message, error.advice))
    return findings


def _python(runtime: Runtime, at: datetime) -> Finding:
    return Finding("Python", "ok", sys.version.split()[0])


def _java(runtime: Runtime, at: datetime) -> Finding:
    if runtime.settings.cluster:
        return Finding("Java", "ok", "使用单位自己的集群，不需要")
    return Finding("Java", "ok", str(distribution.java_home()))


def _configuration(runtime: Runtime, at: datetime) -> Finding:
    return Finding("配置文件", "ok", f"{runtime.settings.config} 全部读取正确")


def _calendar(runtime: Runtime, at: datetime) -> Finding:
    day = to_beijing(at).date()
    runtime.calendar.is_working_day(day)
    if day.year in runtime.calendar.fallback_years:
        return Finding(
            "放假安排",
            "warning",
            f"没有 {day.year} 年的放假安排，按周一至周五计算",
            "升级 chinesecalendar，或在 config/calendar.yml 逐日补充。",
        )
    return Finding("放假安排", "ok", f"已有 {day.year} 年的安排")


def _disk(runtime: Runtime, at: datetime) -> Finding:
    data = runtime.settings.data
    data.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(data).free
    told = f"{data}，剩余 {free / 1024**3:.1f} GB"
    if free < LEAST_FREE_BYTES:
        return Finding("数据目录", "error", told, "剩余不足 2 GB，请清理磁盘。")
    return Finding("数据目录", "ok", told)


def _elasticsearch(runtime: Runtime, at: datetime) -> Finding:
    with speaking_plainly():
        health = runtime.es.cluster.health()
    told = f"{health['cluster_name']}，状态 {health['status']}，留言 {count_posts(runtime.es, runtime.names)} 条"
    if health["status"] == "red":
        return Finding("Elasticsearch", "error", told, "有分片不可用，请查看节点日志和磁盘空间。")
    return Finding("Elasticsearch", "ok", told)


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
    return Finding("时钟", "ok", f"北京时间 {show(now)}")


def _sources(runtime: Runtime, at: datetime) -> Finding:
    enabled = [source for source in runtime.settings.sources.sources if source.enabled]
    records = [(source, runtime.state.health(source.name)) for source in enabled]
    broken = [f"{source.title}：{record.error}" for source, record in records if record and record.error]
    if broken:
        return Finding("来源", "warning", "；".join(broken), "见 yuqing collect 来源名 的输出。")
    ran = sum(record is not None for _, record in records)
    return Finding("来源", "ok", f"启用 {len(enabled)} 个，其中 {ran} 个收集过，最近一次都正常")


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
