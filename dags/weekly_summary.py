"""Mondays 08:30 (Beijing): the summary of last week for the leadership group, as files and as a mail."""

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import dag, task

from core.errors import Unavailable
from pipeline import dag_support as common
from pipeline.weekly import weekly


@dag(
    schedule=common.SCHEDULE.weekly,
    start_date=common.FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=common.DEFAULTS,
    doc_md=__doc__,
    tags=["reports"],
)
def weekly_summary() -> None:
    @task
    def summary(**context: Any) -> dict[str, str]:
        run = weekly(common.runtime(), None, common.run_time(context), datetime.now(UTC))
        if run.mailed == "failed":
            # Raised so that Airflow tries again: the report is made, its mail goes out once.
            raise Unavailable(run.why)
        return {"folder": str(run.files.folder), "mail": run.mailed, "why": run.why}

    summary()


weekly_summary()
