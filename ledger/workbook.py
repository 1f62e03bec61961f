"""The ledger as a workbook of Excel's: a table with merged cells, one task a row or several in one cell.

Merged cells hold for every row they cover. Headings stand in columns of their own or in rows that hold nothing else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from core.errors import YuqingError
from ledger.reading import Fault, Row, tidy
from ledger.text_form import SECTION, SUBSECTION

HEADER_SEARCH_ROWS = 10
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "section": ("大类", "工作类别", "类别", "一级标题"),
    "subsection": ("小类", "工作事项", "事项", "二级标题"),
    "number": ("序号", "编号"),
    "text": ("工作任务", "任务", "重点任务", "主要任务", "工作内容", "任务内容"),
    "responsible": ("责任科室", "责任部门", "责任单位", "牵头科室", "承办科室"),
    "limit": ("完成时限", "时限", "完成时间", "时限要求", "办理时限"),
}
"""The headers a column may have. The first names are those that are written."""
NEEDED = ("text", "responsible", "limit")


@dataclass(frozen=True)
class _Sheet:
    """Cells as text, merged ones filled in; the place of each column, and the row of the header, counted from 0."""

    rows: Sequence[Sequence[str]]
    columns: Mapping[str, int]
    header: int


def rows_of_workbook(book: Workbook, name: str) -> tuple[list[Row], list[Fault]]:
    """The rows of the first sheet with a ledger's header. Raises `YuqingError` naming the file where there is none."""
    for sheet in book.worksheets:
        cells = _cells(sheet)
        for number, row in enumerate(cells[:HEADER_SEARCH_ROWS]):
            columns = _columns(row)
            if all(wanted in columns for wanted in NEEDED):
                return _rows(_Sheet(cells, columns, number))
    wanted = "、".join(COLUMNS[one][0] for one in ("number", *NEEDED))
    raise YuqingError(f"{name} 的前 {HEADER_SEARCH_ROWS} 行里找不到台账的表头。", f"表头应含有：{wanted}。")


def _columns(row: Sequence[str]) -> dict[str, int]:
    titles = {"".join(cell.split()): place for place, cell in reversed(list(enumerate(row)))}
    found = {name: [titles[title] for title in COLUMNS[name] if title in titles] for name in COLUMNS}
    return {name: places[0] for name, places in found.items() if places}


def _cells(sheet: Worksheet) -> list[list[str]]:
    cells = [[_text(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    for merged in sheet.merged_cells.ranges:
        value = cells[merged.min_row - 1][merged.min_col - 1]
        for row in cells[merged.min_row - 1 : merged.max_row]:
            row[merged.min_col - 1 : merged.max_col] = [value] * (merged.max_col - merged.min_col + 1)
    return cells


def _text(cell: object) -> str:
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _rows(sheet: _Sheet) -> tuple[list[Row], list[Fault]]:
    rows: list[Row] = []
    faults: list[Fault] = []
    section, subsection = "", None
    for place, cells in enumerate(sheet.rows[sheet.header + 1 :], sheet.header + 2):
        filled = {cell for cell in cells if cell}
        if not filled or _columns(cells).keys() >= set(NEEDED):
            # Blank, or the header again at the top of a page.
            continue
        where = f"第 {place} 行"
        if len(filled) == 1 and (title := tidy(filled.pop())) and (SECTION.match(title) or SUBSECTION.match(title)):
            section, subsection = (section, title) if SUBSECTION.match(title) else (title, None)
            continue
        told = {name: cells[column] for name, column in sheet.columns.items()}
        given = tidy(told.get("section", ""))
        if given and given != section:
            section, subsection = given, None
        subsection = tidy(told.get("subsection", "")) or subsection
        number = told.get("number", "")
        if number and not number.isdecimal():
            faults.append(Fault(where, f"序号“{number[:20]}”不是整数"))
            continue
        paragraphs = tuple(told["text"].splitlines())
        who, limit = ("".join(told[name].split("\n")) for name in ("responsible", "limit"))
        rows.append(Row(where, section, subsection, paragraphs, who, limit, int(number) if number else None))
    return rows, faults
