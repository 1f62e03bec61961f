"""What the ledger asks of a month or quarter (item 27): of the messages received, how many were answered, and in time, by
section and, in a quarter, by month."""

from collections.abc import Iterator, Sequence
from typing import Any

from reports.content import Block, Cell, Table
from reports.figures import Figures, buckets
from reports.takes import Path
from reports.telling import Teller

TOTAL = "合计"
_COUNTS: dict[str, list[Any]] = {
    "received": ["doc_count"],
    "answered": ["answered", "doc_count"],
    "on_time": ["answered", "on_time", "doc_count"],
    "open": ["open", "doc_count"],
    "overdue": ["overdue", "doc_count"],
}


def add_figures(figures: Figures) -> None:
    """The figures of reply statistics (`ledger.SECTION.MONTH.…`, `ledger.SECTION.…`, `ledger.…`)."""
    for name, path in _cells(figures):
        for part, place in _COUNTS.items():
            # Of all posts the answer counts as hits, not as a bucket.
            where = [*path, *place] if path != ["aggregations"] or part != "received" else ["hits", "total", "value"]
            figures.add(f"{name}.{part}", {"do": "at", "path": where, "else": 0}, "statistics")
        figures.add(f"{name}.on_time_share", {"do": "percent", "of": [f"{name}.on_time", f"{name}.answered"]})
        figures.add(
            f"{name}.median_days", {"do": "median", "path": [*path, "answered", "days", "buckets"]}, "statistics"
        )


def blocks(teller: Teller, known: Sequence[str], several_months: bool) -> list[Block]:
    """What the section on reply statistics shows: a row for each section, and for each of its months."""
    figures = teller.figures
    if not figures.number("ledger.received"):
        return [teller.sentence(f"{teller.words.this}没有收到需要答复的留言。")]
    order = {name: place for place, name in enumerate(known)}
    rows = []
    for bucket in sorted(_departments(figures), key=lambda one: (order.get(one["key"], len(order)), one["key"])):
        department = bucket["key"]
        if several_months:
            for month in bucket["months"]["buckets"]:
                key = month["key_as_string"]
                rows.append(_row(teller, department, f"{int(key[-2:])}月", f"ledger.{department}.{key}"))
        rows.append(_row(teller, department, TOTAL, f"ledger.{department}"))
    rows.append(_row(teller, "全部", TOTAL, "ledger"))
    columns = ("科室", "月份", "收到", "已答复", "按时", "按时率", "中位数", "未答复", "超期")
    widths = (24, 13, 9, 9, 8, 11, 10, 9, 7)
    table = Table("ledger", "留言答复统计", columns, tuple(rows), widths, words=2)
    basis = teller.sentence(f"以下统计{teller.words.this}收到的留言，{teller.by_the_end}的答复情况。")
    if several_months:
        return [basis, table]
    # In one month the column would say the same in every row.
    narrow = tuple((row[0], *row[2:]) for row in rows)
    return [basis, Table("ledger", table.title, (columns[0], *columns[2:]), narrow, (27, 10, 10, 10, 13, 10, 10, 10))]


def _departments(figures: Figures) -> list[dict[str, Any]]:
    return buckets(figures.answers["statistics"], "departments")


def _cells(figures: Figures) -> Iterator[tuple[str, Path]]:
    """The name and place of everything that is counted by itself."""
    for bucket in _departments(figures):
        department: Path = ["aggregations", "departments", "buckets", {"key": bucket["key"]}]
        yield f"ledger.{bucket['key']}", department
        for month in bucket["months"]["buckets"]:
            key = month["key_as_string"]
            yield f"ledger.{bucket['key']}.{key}", [*department, "months", "buckets", {"key_as_string": key}]
    yield "ledger", ["aggregations"]


def _row(teller: Teller, department: str, month: str, name: str) -> tuple[Cell, ...]:
    counts = [teller.cell(f"{name}.{part}") for part in ("received", "answered", "on_time")]
    share, median = teller.cell(f"{name}.on_time_share", "%"), teller.cell(f"{name}.median_days")
    waiting = [teller.cell(f"{name}.{part}") for part in ("open", "overdue")]
    return (Cell(department), Cell(month), *counts, share, median, *waiting)
