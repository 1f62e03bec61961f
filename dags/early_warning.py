"""Whenever the matters are up to date: raise early warnings, then look for follow-ups; mail the sections."""

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import dag, task

from core.errors import Unavailable
from pipeline import dag_support as common
from pipeline.followups import followups
from pipeline.notices import Sent
from pipeline.warnings import warn


@dag(
    schedule=[common.MATTERS],
    start_date=common.FIRST_DAY,
    catchup=False,
    max_active_runs=1,
    default_args=common.DEFAULTS,
    doc_md=__doc__,
    tags=["matters"],
)
def early_warning() -> None:
    @task
    def warnings(**context: Any) -> dict[str, int]:
        run = warn(common.runtime(), common.event_time(context), datetime.now(UTC))
        return {"raised": len(run.raised), "mails": _all_sent(run.mails)}

    # A warning that could not be mailed keeps no brief back.
    @task(trigger_rule="all_done")
    def briefs(**context: Any) -> dict[str, int]:
        run = followups(common.runtime(), common.event_time(context), datetime.now(UTC))
        return {"new": len(run.new), "renewed": len(run.renewed), "mails": _all_sent(run.mails)}

    warnings() >> briefs()


def _all_sent(mails: Sent) -> int:
    """How many mails went out. Raised when some did not, so that Airflow tries again: what was sent stays sent."""
    if mails.failed:
        raise Unavailable("；".join(f"{subject}：{reason}" for subject, reason in mails.failed))
    return len(mails.sent)


early_warning()
