"""Whenever posts have landed: mask, segment, score and index them."""

from datetime import datetime
from typing import Any

from airflow.sdk import dag, task

from pipeline import dag_support as common
from pipeline.enrich import enrich_pending


@dag(
    schedule=[common.POSTS],
    start_date=common.FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=common.DEFAULTS,
    doc_md=__doc__,
    tags=["enrich"],
)
def enrich_posts() -> None:
    @task
    def enrich(**context: Any) -> dict[str, int]:
        run = enrich_pending(common.runtime(), _latest_landing(context))
        return {"items": run.items, "indexed": run.indexed, "stale": run.stale, "rejected": len(run.rejections)}

    enrich()


def _latest_landing(context: Any) -> datetime:
    """The time of the latest collection that set this run off; the run's own time when it was started by hand."""
    events = (context.get("triggering_asset_events") or {}).values()
    times = [event.extra["at"] for group in events for event in group if "at" in event.extra]
    return datetime.fromisoformat(max(times)) if times else common.run_time(context)


enrich_posts()
