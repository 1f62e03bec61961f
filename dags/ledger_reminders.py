"""Working days 08:30 (Beijing): mail the sections that lead tasks of the work ledger what is due or overdue."""

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import dag, task

from core.clock import to_beijing
from core.errors import Unavailable
from pipeline import dag_support as common
from pipeline.ledger_reminders import send_reminders


@dag(
    schedule=common.SCHEDULE.ledger,
    start_date=common.FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=common.DEFAULTS,
    doc_md=__doc__,
    tags=["alerts"],
)
def ledger_reminders() -> None:
    @task.short_circuit
    def working_day(**context: Any) -> bool:
        day = to_beijing(common.run_time(context)).date()
        return common.runtime().calendar.is_working_day(day)

    @task
    def mails(**context: Any) -> dict[str, int]:
        run = send_reminders(common.runtime(), common.run_time(context), datetime.now(UTC))
        if run.failed:
            # Raised so that Airflow tries again: what was sent stays sent, only the failed ones go out.
            raise Unavailable("；".join(f"{mail.department}：{reason}" for mail, reason in run.failed))
        return {"sent": len(run.sent), "resent": len(run.resent), "already_sent": run.already_sent}

    working_day() >> mails()


ledger_reminders()
