"""Whenever posts have landed: mask, segment, score and index them."""

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
    @task(outlets=[common.INDEXED])
    def enrich(**context: Any) -> dict[str, int]:
        at = common.event_time(context)
        common.tell(context, common.INDEXED, at)
        run = enrich_pending(common.runtime(), at)
        return {"items": run.items, "indexed": run.indexed, "stale": run.stale, "rejected": len(run.rejections)}

    enrich()


enrich_posts()
