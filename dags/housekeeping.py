"""Every night: delete raw items kept longer than the office's limit."""

from typing import Any

from airflow.sdk import dag, task

from pipeline import dag_support as common
from pipeline.housekeeping import forget_old_landings


@dag(
    schedule=common.SCHEDULE.housekeeping,
    start_date=common.FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=common.DEFAULTS,
    doc_md=__doc__,
    tags=["housekeeping"],
)
def housekeeping() -> None:
    @task
    def landings(**context: Any) -> int:
        return forget_old_landings(common.runtime(), common.run_time(context))

    landings()


housekeeping()
