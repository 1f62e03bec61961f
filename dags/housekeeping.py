"""Every night: delete raw items, imported files and notes on runs kept longer than the office's limit."""

from typing import Any

from airflow.sdk import dag, task

from pipeline import dag_support as common
from pipeline.housekeeping import delete_old_exports, forget_old_landings, forget_old_runs


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

    @task
    def exports(**context: Any) -> int:
        return delete_old_exports(common.runtime(), common.run_time(context))

    @task
    def runs(**context: Any) -> int:
        return forget_old_runs(common.runtime(), common.run_time(context))

    # Each by itself: raw items go when Elasticsearch is down, too.
    landings()
    exports()
    runs()


housekeeping()
