"""What the DAG files share: the runtime of a task, the time a run stands for, retries, and mail to the operator."""

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pendulum
from airflow.sdk import Asset, Connection
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowSkipException

from pipeline.operator import report_failure
from pipeline.runtime import Runtime
from pipeline.settings import Settings

log = logging.getLogger(__name__)

POSTS = Asset("posts")
"""Raw posts have landed; whoever listens may bring them to the index."""

INDEXED = Asset("indexed-posts")
"""Posts have come to the index, or have changed there; whoever listens may look for matters."""

MATTERS = Asset("matters")
"""The matters are up to date; whoever listens may warn and look for follow-ups."""

BEIJING = pendulum.timezone("Asia/Shanghai")
FIRST_DAY = pendulum.datetime(2010, 1, 1, tz=BEIJING)
SCHEDULE = Settings(os.environ).schedule


def runtime() -> Runtime:
    """The runtime of this task. A connection kept in Airflow counts where the environment says nothing (or is empty)."""
    said = {name: value for name, value in os.environ.items() if value}
    return Runtime.from_environment({**_from_connections(), **said})


def run_time(context: Mapping[str, Any]) -> datetime:
    """The time the run stands for: its logical date, so that a backfill of last Tuesday gives last Tuesday's result."""
    run = context["dag_run"]
    moment: datetime = run.logical_date or run.run_after
    return moment.astimezone(UTC)


def event_time(context: Mapping[str, Any]) -> datetime:
    """The latest time that the events which set this run off stand for; the run's own when it was started otherwise."""
    events = (context.get("triggering_asset_events") or {}).values()
    times = [event.extra["at"] for group in events for event in group if "at" in event.extra]
    return datetime.fromisoformat(max(times)) if times else run_time(context)


def tell(context: Mapping[str, Any], asset: Asset, at: datetime) -> None:
    """Pass on with the asset's event which time the task stood for."""
    context["outlet_events"][asset].extra = {"at": at.isoformat()}


def skip_unless_pending(runtime: Runtime) -> None:
    """End the task as skipped, which sends no asset event, when nothing waits for the index.

    What an earlier run failed to bring there still waits, so it is tried again even when nothing new has come.
    """
    if not runtime.landing.pending():
        raise AirflowSkipException("没有需要入库的留言")


def on_failure(context: Mapping[str, Any]) -> None:
    """Tell the operator by mail that a task has failed for good."""
    instance = context["task_instance"]
    where = f"{instance.dag_id} / {instance.task_id} / {instance.run_id}"
    report_failure(runtime(), where, context.get("exception"), instance.log_url, datetime.now(UTC))


DEFAULTS = {
    "retries": 3,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=10),
    "execution_timeout": timedelta(minutes=30),
    "on_failure_callback": on_failure,
}


def _from_connections() -> dict[str, str]:
    """Settings from the Airflow connections `yuqing_elasticsearch` and `yuqing_smtp`, where they exist."""
    found: dict[str, str | None] = {}
    if cluster := _connection("yuqing_elasticsearch"):
        scheme = cluster.schema or "https"
        found["ELASTICSEARCH_URL"] = f"{scheme}://{cluster.host}:{cluster.port or 9200}"
        found["ELASTICSEARCH_USERNAME"] = cluster.login
        found["ELASTICSEARCH_PASSWORD"] = cluster.password
    if smtp := _connection("yuqing_smtp"):
        found["YUQING_SMTP_HOST"] = smtp.host
        found["YUQING_SMTP_PORT"] = str(smtp.port) if smtp.port else None
        found["YUQING_SMTP_USERNAME"] = smtp.login
        found["YUQING_SMTP_PASSWORD"] = smtp.password
        found["YUQING_SMTP_SECURITY"] = smtp.schema
    return {name: value for name, value in found.items() if value}


def _connection(name: str) -> Connection | None:
    try:
        return cast(Connection, Connection.get(name))
    except AirflowNotFoundException:
        return None
