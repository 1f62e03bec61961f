"""What people do with early warnings: say that a matter is major, set the state, answer in time or not."""

from collections.abc import Callable
from datetime import datetime

from core.clock import show
from core.errors import YuqingError
from matters.decisions import Decision
from matters.response import STEPS, Response, WarningState, response
from nlp.masking import mask
from pipeline.runtime import Runtime
from pipeline.warnings import due_at
from store.record_index import Decided
from store.warnings import WarningRecord

MAJOR, CONFERENCE = "opinion_major", "opinion_major_conference"


def make_major(runtime: Runtime, id_: str, by: str, at: datetime) -> WarningRecord:
    """A person says that it is a major matter: the deadlines of one run, from the warning on. Told again it counts once."""

    def major(record: WarningRecord) -> WarningRecord:
        if (record.major_by, record.major_at) == (mask(by).text, at):
            return record
        if record.major_by:
            raise YuqingError(f"{id_} 已由{record.major_by}登记为重大政务舆情。")
        changes = {
            "rule": MAJOR,
            "due_at": due_at(runtime, MAJOR, record.at),
            "conference_due_at": due_at(runtime, CONFERENCE, record.at),
            "major_by": mask(by).text,
            "major_at": at,
        }
        return record.model_copy(update=changes)

    return _changed(runtime, id_, major)


def set_state(runtime: Runtime, id_: str, decision: Decision[WarningState]) -> WarningRecord:
    """Keep what a person decided about a warning; 已回应 counts as answered at the decision's time.

    The same decision told again, after a kill or because the answer to the first time was lost, counts once. Raises
    `YuqingError` when there is no such warning, the state may not follow the present one, or the time is earlier than the
    warning.
    """

    def decided(record: WarningRecord) -> WarningRecord:
        note, who = mask(decision.note).text, mask(decision.who).text
        entry = Decided(state=decision.state, note=note, who=who, at=decision.at)
        if record.history[-1:] == [entry]:
            return record
        STEPS.take(record.state, decision)
        if decision.at < record.at:
            raise YuqingError(f"{show(decision.at)} 早于预警时间 {show(record.at)}。", "请用 --at 写明实际的时间。")
        return record.model_copy(update={"state": decision.state, "history": [*record.history, entry]})

    return _changed(runtime, id_, decided)


def response_to(record: WarningRecord, at: datetime) -> Response:
    """Whether the warning was answered in time, as of `at`."""
    decided_at = record.history[-1].at if record.history else None
    return response(STEPS.named(record.state), decided_at, record.due_at, at)


def find(runtime: Runtime, id_: str) -> WarningRecord:
    """The warning of that id. Raises `YuqingError` when there is none."""
    return _known(id_, runtime.warnings.find(id_))


def _changed(runtime: Runtime, id_: str, change: Callable[[WarningRecord], WarningRecord]) -> WarningRecord:
    return _known(id_, runtime.warnings.change(id_, change))


def _known(id_: str, record: WarningRecord | None) -> WarningRecord:
    if record is None:
        raise YuqingError(f"没有编号为 {id_} 的预警。", "编号见 yuqing warnings 的第一列。")
    return record
