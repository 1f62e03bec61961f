"""Every morning, after the matters were re-checked: mine them for frequent questions and renew the drafts of the base."""

from typing import Any

from airflow.sdk import dag, task

from pipeline import dag_support as common
from pipeline import questions as base


@dag(
    schedule=common.SCHEDULE.questions,
    start_date=common.FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=common.DEFAULTS,
    doc_md=__doc__,
    tags=["questions"],
)
def mine_questions() -> None:
    @task
    def entries(**context: Any) -> dict[str, int]:
        run = base.mine_questions(common.runtime(), common.run_time(context))
        return {"new": len(run.new), "renewed": len(run.renewed), "suggested": len(run.suggested)}

    entries()


mine_questions()
