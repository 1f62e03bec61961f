"""Every night: merge and split matters, say which have gone quiet, work out every matter's heat anew."""

from typing import Any

from airflow.sdk import dag, task

from pipeline import dag_support as common
from pipeline.matters import recheck


@dag(
    schedule=common.SCHEDULE.recheck,
    start_date=common.FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=common.DEFAULTS,
    doc_md=__doc__,
    tags=["matters"],
)
def recheck_matters() -> None:
    @task
    def matters(**context: Any) -> dict[str, Any]:
        run = recheck(common.runtime(), common.run_time(context))
        return {"matters": run.matters, "relabelled": run.relabelled, "events": dict(run.events)}

    matters()


recheck_matters()
