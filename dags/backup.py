"""Every night: a backup of the indices and of what lies outside them."""

from typing import Any

from airflow.sdk import dag, task

from pipeline import backup as stage
from pipeline import dag_support as common


@dag(
    schedule=common.SCHEDULE.backup,
    start_date=common.FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=common.DEFAULTS,
    doc_md=__doc__,
    tags=["housekeeping"],
)
def backup() -> None:
    @task
    def everything(**context: Any) -> dict[str, Any]:
        run = stage.backup(common.runtime(), common.run_time(context))
        return {"name": run.backup.name, "dropped": list(run.dropped)}

    everything()


backup()
