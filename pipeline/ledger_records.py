"""Between the ledger's tasks as they are read (`ledger.task`) and as they are kept (`store.tasks`)."""

from datetime import datetime
from typing import Any

from core.clock import BEIJING, to_beijing, to_utc
from ledger.progress import FIRST
from ledger.task import Responsible, Task
from pipeline.runtime import Runtime
from store.tasks import TaskRecord


def key_of(task: Task) -> str:
    """The id of a task."""
    return f"{task.year}-{task.number}"


def content_of(runtime: Runtime, task: Task) -> dict[str, Any]:
    """What a file says of a task, by the record's fields."""
    closes = runtime.settings.deadlines.office_closes
    return {
        "section": task.section,
        "subsection": task.subsection,
        "text": task.text,
        "lead": list(task.who.lead),
        "supporting": list(task.who.supporting),
        "implementing": list(task.who.implementing),
        "led": task.who.led,
        "responsible": task.responsible,
        "limit": task.limit,
        "due_at": to_utc(datetime.combine(task.due, closes, BEIJING)) if task.due else None,
        "hints": list(task.hints),
    }


def new_record(runtime: Runtime, task: Task, file: str, at: datetime) -> TaskRecord:
    """The record of a task that was not known before."""
    return TaskRecord(
        id=key_of(task),
        year=task.year,
        number=task.number,
        state=FIRST,
        file=file,
        imported_at=at,
        updated_at=at,
        **content_of(runtime, task),
    )


def task_of(record: TaskRecord) -> Task:
    """The task as it was read."""
    return Task(
        year=record.year,
        number=record.number,
        section=record.section,
        subsection=record.subsection,
        text=record.text,
        who=Responsible(tuple(record.lead), tuple(record.supporting), tuple(record.implementing), record.led),
        responsible=record.responsible,
        limit=record.limit,
        due=to_beijing(record.due_at).date() if record.due_at else None,
        hints=tuple(record.hints),
    )
