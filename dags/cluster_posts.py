"""Whenever posts have come to the index, and every hour besides: find the matters they make up."""

from typing import Any

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, dag, task

from pipeline import dag_support as common
from pipeline.matters import cluster

CRON = common.SCHEDULE.cluster


@dag(
    schedule=AssetOrTimeSchedule(timetable=CronTriggerTimetable(CRON, timezone=common.BEIJING), assets=[common.INDEXED])
    if CRON
    else None,
    start_date=common.FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=common.DEFAULTS,
    doc_md=__doc__,
    tags=["matters"],
)
def cluster_posts() -> None:
    @task(outlets=[common.MATTERS])
    def matters(**context: Any) -> dict[str, Any]:
        at = common.event_time(context)
        common.tell(context, common.MATTERS, at)
        run = cluster(common.runtime(), at)
        return {"posts": run.posts, "matters": run.matters, "events": dict(run.events)}

    matters()


cluster_posts()
