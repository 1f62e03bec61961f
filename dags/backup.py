"""Every night: a backup of the indices and of what lies outside them."""

from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException

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
        if run.kept_on:
            # The backup is made, another try would make no difference: somebody has to hear that the disk fills up.
            raise AirflowFailException(f"备份 {run.backup.name} 已完成，但旧的没有删掉。{stage.MAY_NOT_DELETE}")
        return {"name": run.backup.name, "dropped": list(run.dropped)}

    everything()


backup()
