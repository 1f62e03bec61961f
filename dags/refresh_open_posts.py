"""Every two hours: ask the message boards again about posts still open, those asked about longest ago first."""

from typing import Any

from airflow.sdk import dag, task

from pipeline import collect as stage
from pipeline import dag_support as common


@dag(
    schedule=common.SCHEDULE.refresh,
    start_date=common.FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=common.DEFAULTS,
    doc_md=__doc__,
    tags=["collect"],
)
def refresh_open_posts() -> None:
    @task
    def sources() -> list[str]:
        return stage.scheduled_sources(common.runtime(), refreshable=True)

    @task(outlets=[common.POSTS], map_index_template="{{ task.op_kwargs['name'] }}")
    def refresh(name: str, **context: Any) -> int:
        at = common.run_time(context)
        common.tell(context, common.POSTS, at)
        runtime = common.runtime()
        landed = stage.refresh(runtime, name, at)
        common.skip_unless_pending(runtime)
        return landed.items

    refresh.expand(name=sources())


refresh_open_posts()
