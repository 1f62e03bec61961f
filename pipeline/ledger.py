"""The work ledger: taking in a file, the states people give its tasks, and what is seen of them at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path

from core.clock import BEIJING, to_beijing
from core.errors import YuqingError
from core.logs import logged
from ledger.progress import OPEN, TaskState, history_at, is_news, state_at
from ledger.reading import Fault
from ledger.responsible import sections_of
from ledger.routing import disagreements
from ledger.settings import EVERYTHING
from ledger.task import Task, differences
from matters.decisions import Decision
from pipeline.ledger_file import read_ledger
from pipeline.ledger_records import content_of, new_record, task_of
from pipeline.runtime import Runtime
from store.posts import refresh_posts
from store.tasks import Concern, TaskEntry, TaskRecord

LOCK = "ledger"


@dataclass
class Imported:
    """What became of a file, by numbers of tasks. `changed` with what was changed, `missing` is kept but no longer in the file.

    `faults` of the file were set aside; `notes` are what an office should know.
    """

    year: int
    added: list[int] = field(default_factory=list)
    changed: dict[int, list[str]] = field(default_factory=dict)
    same: int = 0
    missing: list[int] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Seen:
    """A task as it stood at a time; `concern` is how many posts and matters it was about, None where it has no topic."""

    record: TaskRecord
    task: Task
    state: TaskState
    history: tuple[TaskEntry, ...]
    overdue_working_days: int
    concern: Concern | None

    @property
    def is_open(self) -> bool:
        """Whether it was still to be done."""
        return self.state in OPEN


@logged("ledger")
def import_ledger(runtime: Runtime, path: Path, year: int | None, at: datetime) -> Imported:
    """Take in the file's tasks. The same file again changes nothing; states and what was said of a task always stay.

    A changed task is updated. One that the file no longer has is marked and kept; where something of the file could not be
    read it may be that, and nothing is marked.
    """
    ledger = read_ledger(path, year, runtime.settings.ledger.aliases)
    run = Imported(ledger.year, faults=ledger.faults, notes=ledger.notes)
    run.notes += [*_aliases_used(runtime, ledger.tasks), *disagreements_on(runtime, ledger.year, ledger.tasks)]
    with runtime.lock(LOCK):
        known = {record.number: record for record in runtime.tasks.of_year(ledger.year)}
        for task in ledger.tasks:
            _take_in(runtime, task, known.get(task.number), path.name, at, run)
        gone = sorted(known.keys() - {task.number for task in ledger.tasks})
        if ledger.faults:
            run.notes += [f"这次没有读到原有的第 {'、'.join(map(str, gone))} 项，没有改动。"] if gone else []
            return run
        run.missing = gone
        for number in gone:
            if not known[number].missing:
                runtime.tasks.change(
                    known[number].id, lambda one: one.model_copy(update={"missing": True, "updated_at": at})
                )
    return run


def _take_in(runtime: Runtime, task: Task, known: TaskRecord | None, file: str, at: datetime, run: Imported) -> None:
    if known is None:
        runtime.tasks.add(new_record(runtime, task, file, at))
        run.added.append(task.number)
        return
    changed = differences(task_of(known), task)
    content = content_of(runtime, task)
    if not changed and known.due_at == content["due_at"] and not known.missing:
        run.same += 1
        return
    update = {**content, "file": file, "imported_at": at, "updated_at": at, "missing": False}
    runtime.tasks.change(known.id, lambda one: one.model_copy(update=update))
    run.changed[task.number] = changed or (["重新列入"] if known.missing else ["下班时间"])


def disagreements_on(runtime: Runtime, year: int, tasks: Sequence[Task]) -> list[str]:
    """Where a ledger and the configuration do not agree: sections nobody knows, topics that do not fit."""
    settings = runtime.settings
    topics = settings.ledger.topics_of(year)
    owners = {topic: one.name for one in settings.departments.departments for topic in one.topics}
    known = {topic.name for topic in settings.topics.topics}
    unmapped = [] if topics else [f"config/ledger.yml 没有 {year} 年各项任务的主题，数不出每项有多少留言。"]
    return [*unmapped, *disagreements(tasks, topics, owners, section_names(runtime), known)]


def _aliases_used(runtime: Runtime, tasks: Sequence[Task]) -> list[str]:
    told = []
    for alias, name in runtime.settings.ledger.aliases.items():
        numbers = [str(task.number) for task in tasks if alias in task.responsible]
        if numbers:
            told.append(f"台账第 {'、'.join(numbers)} 项写的“{alias}”，按 config/ledger.yml 认作“{name}”。")
    return told


def section_names(runtime: Runtime) -> list[str]:
    """The sections of the configuration."""
    return [department.name for department in runtime.settings.departments.departments]


def set_state(
    runtime: Runtime, year: int, number: int, decision: Decision[TaskState], evidence: Sequence[str]
) -> tuple[TaskRecord, bool]:
    """Keep what a person says of a task; the task, and whether it was news. What was said before always stays.

    Raises `YuqingError` when there is no such task or the state may not follow.
    """
    news = True

    def said(record: TaskRecord) -> TaskRecord:
        nonlocal news
        news = is_news(record.history, decision, evidence)
        if not news:
            return record
        entry = TaskEntry(
            state=decision.state, note=decision.note, who=decision.who, at=decision.at, evidence=list(evidence)
        )
        update = {"state": decision.state, "history": [*record.history, entry], "updated_at": decision.at}
        return record.model_copy(update=update)

    record = runtime.tasks.change(f"{year}-{number}", said)
    if record is None:
        raise _no_task(year, number)
    return record, news


def ledger_year(runtime: Runtime, year: int | None, at: datetime) -> int:
    """The year asked for; else that of the ledger in use at `at`, the earliest one before there was any.

    Raises `YuqingError` when there is no ledger of it.
    """
    years = runtime.tasks.years()
    if not years:
        raise YuqingError("还没有台账。", "请先导入：yuqing ledger import 文件")
    if year is None:
        return max((one for one in years if one <= to_beijing(at).year), default=years[0])
    if year not in years:
        raise YuqingError(f"没有 {year} 年的台账。", f"已导入的年份：{'、'.join(map(str, years))}。")
    return year


def seen(
    runtime: Runtime, year: int, at: datetime, since: datetime | None = None, until: datetime | None = None
) -> list[Seen]:
    """The tasks of that year's ledger as they stood at `at`, in its order.

    Posts are counted from `since` until before `until`; the ledger's year as far as it had come at `at` where not given.
    """
    records = runtime.tasks.of_year(year)
    topics = topics_by_number(runtime, year)
    begin, end = span(year, at, since, until)
    refresh_posts(runtime.es, runtime.names)
    concerns = runtime.tasks.concerns(topics, begin, end)
    views = []
    for record in records:
        state = state_at(record.history, at)
        overdue = runtime.book.overdue_working_days(record.due_at, at) if record.due_at and state in OPEN else 0
        history = tuple(history_at(record.history, at))
        views.append(Seen(record, task_of(record), state, history, overdue, concerns.get(record.number)))
    return views


def find(views: Sequence[Seen], year: int, number: int) -> Seen:
    """The task of that number. Raises `YuqingError` when there is none."""
    for one in views:
        if one.record.number == number:
            return one
    raise _no_task(year, number)


def narrowed(
    views: Sequence[Seen], sections: Sequence[str], section: str | None, department: str | None, state: TaskState | None
) -> list[Seen]:
    """The tasks below headings with these words, of a section that leads or is named as supporting, in that state."""

    def fits(one: Seen) -> bool:
        heading = f"{one.task.section}{one.task.subsection or ''}"
        return (
            (section is None or section in heading)
            and (department is None or _concerns(one.task, department, sections))
            and (state is None or one.state == state)
        )

    return [one for one in views if fits(one)]


def _concerns(task: Task, department: str, sections: Sequence[str]) -> bool:
    """Whether the section leads or is named; `局机关各科室配合` would else be every task."""
    return department in sections_of(task.who.lead, sections) or department in task.who.supporting


def topics_by_number(runtime: Runtime, year: int) -> Mapping[int, Sequence[str] | None]:
    """The topics of each task that has some; None for one that is about every post."""
    topics = runtime.settings.ledger.topics_of(year)
    return {number: None if own == EVERYTHING else own for number, own in topics.items()}


def span(year: int, at: datetime, since: datetime | None, until: datetime | None) -> tuple[datetime, datetime]:
    """The time posts are counted in."""
    begin = since or datetime.combine(date(year, 1, 1), time(), BEIJING)
    end = until or min(at, datetime.combine(date(year + 1, 1, 1), time(), BEIJING))
    return begin, max(begin, end)


def _no_task(year: int, number: int) -> YuqingError:
    return YuqingError(f"{year} 年的台账没有第 {number} 项。", "序号见 yuqing ledger list。")
