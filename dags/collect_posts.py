"""Every 20 minutes: ask each source for what is new. One task a source, none waits for another."""

from typing import Any

from airflow.sdk import dag, task

from pipeline import collect as stage
from pipeline import dag_support as common


@dag(
    schedule=common.SCHEDULE.collect,
    start_date=common.FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=common.DEFAULTS,
    doc_md=__doc__,
    tags=["collect"],
)
def collect_posts() -> None:
    @task
    def sources() -> list[str]:
        return stage.scheduled_sources(common.runtime())

    @task(outlets=[common.POSTS], map_index_template="{{ task.op_kwargs['name'] }}")
    def collect(name: str, **context: Any) -> int:
        at = common.run_time(context)
        common.tell(context, common.POSTS, at)
        runtime = common.runtime()
        landed = stage.collect(runtime, name, at)
        common.skip_unless_pending(runtime)
        return landed.items

    collect.expand(name=sources())


collect_posts()
