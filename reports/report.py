"""The report as a whole: which figures are worked out, and what stands where. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from alerts.calendar import WorkCalendar
from reports import explained, hot, ledger, praise, replies, volume
from reports.compare import Comparison, row
from reports.content import Block, Report, Section, Sentence, Table
from reports.decisions import decisions
from reports.figures import Figures
from reports.period import Period
from reports.subjects import Subjects
from reports.telling import Teller

MADE_FOR = "政务公开领导小组"
NOTHING_YET = "系统里还没有留言，没有可统计的内容。"
NOTES = (
    "“未答复”“超期”按期末的情况计算，期末以后的答复不计入；“答复”“按时率”“用时中位数”按期内作出的答复计算。",
    "用时为工作日，自收到的次日起算。前几期的平均，按时率和中位数按几期合并计算。",
    "引文为入库时脱敏的文字。",
)
NO_HOLIDAYS = "没有当年的放假安排，工作日按周一至周五计算。"


@dataclass(frozen=True)
class Settings:
    """What the report takes from the configuration: sections in their order, weeks an explanation is judged over."""

    departments: tuple[str, ...]
    fallback: str
    compare_weeks: int


def work_out(
    answers: dict[str, Any], about: Subjects, period: Period, settings: Settings, calendar: WorkCalendar
) -> tuple[Figures, Comparison]:
    """All figures of the report, from the answers of both rounds."""
    figures = Figures(calendar)
    figures.answers = answers
    compare = Comparison.of(figures, period)
    volume.add_figures(compare)
    replies.add_figures(compare, period)
    hot.add_figures(compare, about, period)
    explained.add_figures(compare, about, period, settings.compare_weeks)
    praise.add_figures(figures, period)
    if period.kind != "week":
        ledger.add_figures(figures)
    return figures, compare


def write(figures: Figures, compare: Comparison, about: Subjects, period: Period, settings: Settings) -> Report:
    """The report in words, tables and pictures."""
    teller = Teller(figures, period)
    if not figures.known("first"):
        return _empty(period)
    changes = (
        volume.changes(teller, compare),
        replies.changes(teller),
        [*hot.changes(teller), *explained.changes(teller)],
    )
    over_time, by_topic = volume.blocks(teller, period)
    sections = [
        Section("留言数量与情感", tuple(over_time)),
        Section("主要主题", tuple(by_topic)),
        Section("办理情况", tuple(replies.blocks(teller, settings.departments))),
        Section("热点事项", tuple(hot.blocks(teller, about))),
        Section("二次解读", tuple(explained.blocks(teller, about))),
        Section("群众认可", tuple(praise.blocks(teller))),
    ]
    if period.kind != "week":
        rows = ledger.blocks(teller, settings.departments, several_months=period.kind == "quarter")
        sections.insert(3, Section("留言答复统计", tuple(rows)))
    notes: list[Block] = [Sentence(note) for note in _notes(figures, period)]
    return Report(
        period=period,
        title=title_of(period),
        made_for=MADE_FOR,
        changes=tuple(tuple(paragraph) for paragraph in changes if paragraph),
        decisions=decisions(teller, compare, about, settings.departments),
        otherwise=Sentence("没有需要提请研究的事项。"),
        numbers=_numbers(teller),
        sections=(*sections, Section("统计说明", tuple(notes))),
    )


def title_of(period: Period) -> str:
    """The title of the reports about that kind of period."""
    return f"政务留言与舆情{period.words.report}"


def _empty(period: Period) -> Report:
    nothing = Sentence(NOTHING_YET)
    return Report(period, title_of(period), MADE_FOR, ((nothing,),), (), Sentence("没有需要提请研究的事项。"), nothing)


def _numbers(teller: Teller) -> Table:
    words = teller.words
    rows: Sequence[tuple[str, str, str]] = (
        ("收到留言（条）", "posts", ""),
        ("负面占比", "negative_share", "%"),
        ("答复（条）", "answered", ""),
        ("按时率", "on_time_share", "%"),
        ("用时中位数（工作日）", "median_days", ""),
        ("期末未答复（条）", "open", ""),
        ("期末超期（条）", "overdue", ""),
    )
    columns = ("指标", words.this, words.before, "增减", f"{words.four}平均")
    # What no source tells is no nought.
    shown = rows if replies.are_known(teller.figures) else rows[:2]
    told = (row(teller, label, name, unit) for label, name, unit in shown)
    known = tuple(cells for cells in told if any(cell.figure for cell in cells))
    return Table("numbers", "主要数据", columns, known, (30, 13, 13, 25, 19))


def _notes(figures: Figures, period: Period) -> list[str]:
    years = {period.first.year, period.last.year}
    return [*NOTES, NO_HOLIDAYS] if years & figures.calendar.fallback_years else list(NOTES)
