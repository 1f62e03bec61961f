"""One real Airflow for all tests here: scheduler on, DAGs on a schedule of a minute, posts in a watched folder."""

import csv
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from elasticsearch import Elasticsearch

from alerts.catcher import MailCatcher
from core.clock import to_beijing
from demo.airflow import StandaloneAirflow
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT, Settings
from store.embedded import NodeStatus
from tests.conftest import free_port

DAG_IDS = ["collect_posts", "enrich_posts", "deadline_alerts", "refresh_open_posts", "housekeeping"]
COLUMNS = ["编号", "留言对象", "网友", "标题", "内容", "类型", "领域", "状态", "留言时间"]
COLUMNS += ["答复单位", "答复内容", "答复时间", "点赞数", "反对数", "满意度"]


@dataclass(frozen=True)
class Installation:
    """An office at work: Airflow with its scheduler on, its runtime, and the folder its mails arrive in."""

    airflow: StandaloneAirflow
    runtime: Runtime
    mails: Path
    began: datetime


@pytest.fixture(scope="module")
def office(es_node: NodeStatus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Four posts lie in the inbox when the scheduler starts: two overdue, one in time, one answered."""
    home = tmp_path_factory.mktemp("office")
    began = datetime.now(UTC)
    prefix = "airflow-"
    smtp_port = free_port()
    environment = {
        "ELASTICSEARCH_URL": es_node.url,
        "YUQING_INDEX_PREFIX": prefix,
        "YUQING_DATA": str(home / "data"),
        "YUQING_CONFIG": str(_config(home, began)),
        "YUQING_AUTHOR_KEY": "only-for-tests",
        "YUQING_SMTP_HOST": "127.0.0.1",
        "YUQING_SMTP_PORT": str(smtp_port),
        "YUQING_SMTP_SECURITY": "none",
        "YUQING_SMTP_FROM": "yuqing@bureau.example",
    }
    _fill_inbox(home / "data" / "inbox" / "yuqing_demo", began)
    airflow = StandaloneAirflow(home / "airflow", PROJECT / "dags", free_port(), environment)
    with MailCatcher(home / "mails", "127.0.0.1", smtp_port):
        try:
            airflow.start(DAG_IDS, print)
            yield Installation(airflow, Runtime(Settings(environment)), home / "mails", began)
        finally:
            airflow.stop()
    with Elasticsearch(es_node.url) as es:
        for index in es.indices.get(index=f"{prefix}*"):
            es.indices.delete(index=index)


def _config(home: Path, now: datetime) -> Path:
    """The shipped configuration with everything on the minute, and these days working days whatever the calendar says."""
    config = home / "config"
    shutil.copytree(PROJECT / "config", config)
    unscheduled = dict.fromkeys(("refresh", "cluster", "recheck", "housekeeping", "weekly"))
    schedule = {"collect": "* * * * *", "alerts": ["* * * * *"], **unscheduled}
    pipeline = yaml.safe_load((config / "pipeline.yml").read_text("utf-8")) | {"schedule": schedule}
    (config / "pipeline.yml").write_text(yaml.safe_dump(pipeline, allow_unicode=True), "utf-8")
    days = [to_beijing(now).date() + timedelta(days=number) for number in range(-3, 2)]
    (config / "calendar.yml").write_text(yaml.safe_dump({"overrides": dict.fromkeys(days, "work")}), "utf-8")
    return config


def _fill_inbox(folder: Path, now: datetime) -> None:
    def row(number: int, days_ago: int, **cells: str) -> dict[str, str]:
        posted = to_beijing(now - timedelta(days=days_ago)).strftime("%Y-%m-%d %H:%M:%S")
        filled = {"编号": f"A{number}", "标题": f"第{number}件", "内容": "疫苗接种点几点开门？", "留言时间": posted}
        return dict.fromkeys(COLUMNS, "") | {"类型": "咨询", "状态": "待回复"} | filled | cells

    answered_at = to_beijing(now - timedelta(days=30)).strftime("%Y-%m-%d %H:%M:%S")
    rows = [
        row(1, 40, 内容="市三院挂号难，电话13812345678"),
        row(2, 30),
        row(3, 0),
        row(4, 33, 状态="已回复", 答复单位="市卫健局", 答复内容="您好，上午八点开门。", 答复时间=answered_at),
    ]
    folder.mkdir(parents=True)
    with (folder / "posts.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
