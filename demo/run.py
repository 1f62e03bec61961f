"""The demo from beginning to end: posts in a watched folder, five DAGs, mails in a folder, dashboards and figures to look at."""

import os
import shutil
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from elasticsearch.dsl import A, Q, Search

from alerts.catcher import MailCatcher
from collectors.spreadsheet import best_match
from core.errors import YuqingError
from core.post import STAGES
from dashboards.preview_process import PreviewProcess
from demo.airflow import LOOPBACK, StandaloneAirflow
from pipeline.collect import spreadsheets
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT, Settings
from store.connection import speaking_plainly

POSTS = Path(__file__).with_name("posts.csv")
POSTS_AT = datetime(2026, 1, 9, 0, 30, tzinfo=UTC)
"""The demo's today, Friday 2026-01-09 08:30 in Beijing: the shipped posts are written around it."""
DAGS = ["collect_posts", "enrich_posts", "cluster_posts", "early_warning", "deadline_alerts"]
RUN_SECONDS = 900
Say = Callable[[str], None]


@dataclass(frozen=True)
class DemoResult:
    """What the demo ended with. Counts are posts from `posts` to `overdue`; `stages` counts them by deadline stage."""

    posts: int
    masked: int
    scored: int
    stages: dict[str, int]
    overdue: int
    matters: int
    warnings: int
    followups: int
    mails: int
    seconds: float
    folder: Path
    mail_folder: Path
    dashboards: str
    elasticsearch: str
    airflow: str


def run_demo(
    folder: Path, file: Path, at: datetime, port: int, say: Say, linger: Callable[[str], None] | None = None
) -> DemoResult:
    """Run the pipeline on `file` as of `at`, below `folder`, which is emptied first. The Elasticsearch node and the dashboards' page are
    left running.

    `linger` is called with Airflow's address before Airflow is stopped.
    """
    begun = time.monotonic()
    mail_folder = folder / "mails"
    _empty(folder, say)
    runtime = _runtime(folder)
    inbox = _inbox(runtime, file)
    runtime.node.start(free_port(port), runtime.settings.pipeline.embedded.heap, say)
    inbox.mkdir(parents=True)
    shutil.copy(file, inbox)
    with MailCatcher(mail_folder, LOOPBACK, free_port(2525)) as catcher:
        airflow = StandaloneAirflow(
            folder / "airflow", PROJECT / "dags", free_port(8080), _environment(folder, catcher.port)
        )
        try:
            say("正在启动 Airflow（调度器、DAG 处理器、触发器、API）……")
            airflow.start(DAGS, say)
            _run_dags(airflow, runtime, at, say)
            say("打开看板网页……")
            dashboards = PreviewProcess(folder).start(["--at", at.isoformat()], _environment_of_page(folder)).url
            result = _result(runtime, folder, mail_folder, dashboards, airflow.url, time.monotonic() - begun)
            if linger:
                linger(airflow.url)
        finally:
            airflow.stop()
    return result


def _environment(folder: Path, smtp_port: int) -> dict[str, str]:
    return {
        "YUQING_DATA": str(folder),
        # Nothing may start by the clock in between: the demo runs as of one moment.
        "YUQING_SCHEDULE": "off",
        "YUQING_SMTP_HOST": LOOPBACK,
        "YUQING_SMTP_PORT": str(smtp_port),
        "YUQING_SMTP_SECURITY": "none",
        "YUQING_SMTP_FROM": "yuqing@bureau.example",
    }


def _environment_of_page(folder: Path) -> dict[str, str]:
    # The demo's own settings and none of the office's, whose index could be meant by them.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("YUQING_", "ELASTICSEARCH_"))}
    return {**kept, "YUQING_DATA": str(folder)}


def _runtime(folder: Path) -> Runtime:
    return Runtime(Settings({"YUQING_DATA": str(folder)}))


def _empty(folder: Path, say: Say) -> None:
    if not folder.exists():
        return
    say("清空上次演示的数据……")
    PreviewProcess(folder).stop()
    node = _runtime(folder).node
    node.stop()
    for old in {folder, node.folder}:
        shutil.rmtree(old, ignore_errors=True)


def _inbox(runtime: Runtime, file: Path) -> Path:
    """The watched folder of the source whose column map fits the file."""
    if not file.is_file():
        raise YuqingError(f"找不到文件 {file}")
    return runtime.settings.data / best_match(spreadsheets(runtime), file).folder


def _run_dags(airflow: StandaloneAirflow, runtime: Runtime, at: datetime, say: Say) -> None:
    say("DAG collect_posts：从监看的文件夹读入留言……")
    airflow.await_run("collect_posts", airflow.trigger("collect_posts", at), RUN_SECONDS)
    say("DAG enrich_posts：由“有新留言”触发，脱敏、分词、研判、入库……")
    airflow.await_run("enrich_posts", None, RUN_SECONDS)
    # The first source to be through sets a run off; what the others landed meanwhile comes with the next ones.
    airflow.await_rest("enrich_posts", lambda: not runtime.landing.pending(), RUN_SECONDS)
    say("DAG cluster_posts：把说同一件事的留言归并为热点……")
    airflow.await_run("cluster_posts", airflow.trigger("cluster_posts", at), RUN_SECONDS)
    say("DAG early_warning：由“热点已更新”触发，预警，找出需要二次解读的……")
    airflow.await_run("early_warning", None, RUN_SECONDS)
    say("DAG deadline_alerts：计算时限，给各科室发邮件……")
    airflow.await_run("deadline_alerts", airflow.trigger("deadline_alerts", at), RUN_SECONDS)


def _result(
    runtime: Runtime, folder: Path, mail_folder: Path, dashboards: str, airflow: str, seconds: float
) -> DemoResult:
    search = Search(using=runtime.es, index=runtime.names.posts).extra(track_total_hits=True)[:0]
    search.aggs.bucket("masked", A("filter", Q("exists", field="masked")))
    search.aggs.bucket("scored", A("filter", Q("exists", field="sentiment")))
    search.aggs.bucket("stages", A("terms", field="deadline.stage", size=len(STAGES)))
    with speaking_plainly():
        runtime.es.indices.refresh(index=runtime.names.posts)
        answer = search.execute()
        runtime.es.indices.refresh(index=runtime.names.clusters)
        matters = Search(using=runtime.es, index=runtime.names.clusters).exclude("exists", field="merged_into").count()
        warnings = Search(using=runtime.es, index=runtime.names.warnings).count()
        followups = Search(using=runtime.es, index=runtime.names.followups).count()
    counted = {bucket.key: bucket.doc_count for bucket in answer.aggregations.stages.buckets}
    stages: dict[str, int] = {stage: counted.get(stage, 0) for stage in STAGES}
    status = runtime.node.status()
    return DemoResult(
        posts=answer.to_dict()["hits"]["total"]["value"],
        masked=answer.aggregations.masked.doc_count,
        scored=answer.aggregations.scored.doc_count,
        stages=stages,
        overdue=stages["overdue"] + stages["escalated"],
        matters=matters,
        warnings=warnings,
        followups=followups,
        mails=len(list(mail_folder.glob("*.eml"))),
        seconds=seconds,
        folder=folder,
        mail_folder=mail_folder,
        dashboards=dashboards,
        elasticsearch=status.url if status else "",
        airflow=airflow,
    )


def free_port(wanted: int) -> int:
    """`wanted` when it is free, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise YuqingError("本机没有空闲端口。")
