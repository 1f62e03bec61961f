"""The summary of a week, month or quarter for the leadership group: made, kept below `data/reports/`, mailed once."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.logs import logged
from core.pictures import png
from pipeline.report_mail import Mailed, mail_report
from pipeline.runtime import Runtime
from reports.asking import ask, refresh
from reports.content import Report
from reports.figures import Figures, Query
from reports.files import ReportFiles, save
from reports.period import Period, ended, last_complete
from reports.questions import questions
from reports.report import Settings, work_out, write
from reports.subjects import second_round, subjects
from reports.twin import to_json

LOCK = "reports"
FOLDER = "reports"


@dataclass(frozen=True)
class Summary:
    """A report with everything it rests on."""

    report: Report
    figures: Figures
    queries: tuple[Query, ...]

    @property
    def twin(self) -> bytes:
        """The report as JSON."""
        return to_json(self.report, self.queries, self.figures)


@dataclass(frozen=True)
class SummaryRun:
    """What a run did. `why` says (in Chinese) why the mail failed or was not sent."""

    summary: Summary
    files: ReportFiles
    recipients: tuple[str, ...]
    mailed: Mailed
    why: str = ""

    @property
    def is_partial(self) -> bool:
        """Whether the mail did not go out."""
        return self.mailed == "failed"


def summarise(runtime: Runtime, period: Period) -> Summary:
    """The report about a period, as things stood at its end. Two requests to Elasticsearch."""
    departments = runtime.settings.departments
    settings = Settings(
        departments=tuple(department.name for department in departments.departments),
        fallback=departments.fallback,
        compare_weeks=runtime.settings.matters.followups.compare_weeks,
    )
    refresh(runtime.es, runtime.names)
    first = questions(period, settings.fallback)
    answers = ask(runtime.es, runtime.names, first)
    about = subjects(answers, period, runtime.matters.redirects())
    second = second_round(about, period, settings.compare_weeks)
    if second:
        answers |= ask(runtime.es, runtime.names, second)
    figures, compare = work_out(answers, about, period, settings, runtime.calendar)
    report = write(figures, compare, about, period, settings)
    return Summary(report, figures, (*first, *second))


@logged("weekly")
def weekly(
    runtime: Runtime,
    period: Period | None,
    at: datetime,
    sent_at: datetime,
    folder: Path | None = None,
    *,
    mail: bool = True,
) -> SummaryRun:
    """Make the report, write its files into `folder` (None: below the data folder), and mail it unless it was sent.

    Without a period it is about the last week that is over. `at` is the run's time, `sent_at` the real one. Raises
    `NoPeriod` when the period had not ended at `at`. A mail that was not taken goes out with the next run; one in doubt
    to the byte as it was.
    """
    period = ended(period or last_complete("week", at), at)
    with runtime.lock(LOCK):
        summary = summarise(runtime, period)
        pictures = {one.name: png(dict(one.spec)) for one in summary.report.pictures}
        kept = runtime.settings.data / FOLDER / period.key
        files = save(summary.report, summary.twin, pictures, folder or kept)
        recipients = runtime.settings.departments.leadership_group
        if not mail:
            return SummaryRun(summary, files, recipients, "not sent")
        mailed, why = mail_report(runtime, summary.report, files, kept, at, sent_at)
    return SummaryRun(summary, files, recipients, mailed, why)
