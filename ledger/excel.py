"""The ledger's table as a workbook of Excel's, as `ledger.workbook` reads it again."""

import io
import re

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from ledger.table import CENTRED, COLUMNS, WIDTHS, Sheet

HEADER = 3
FORMULA_BEGINS = ("=", "+", "-", "@", "\t", "\r", "\n")
_THIN = Side(style="thin", color="FF808080")
_FRAME = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def to_workbook(sheet: Sheet) -> bytes:
    """The table as .xlsx, ready to be printed across A4."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = "台账"
    for row, text, size in ((1, sheet.title, 16), (2, sheet.note, 10)):
        _write(page, row, 1, text).font = Font(size=size, bold=row == 1)
        page.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(COLUMNS))
        page.cell(row, 1).alignment = Alignment(horizontal="center")
    for column, title in enumerate(COLUMNS, 1):
        cell = _write(page, HEADER, column, title)
        cell.font, cell.border = Font(bold=True), _FRAME
        cell.alignment = Alignment(horizontal="center", vertical="center")
        page.column_dimensions[get_column_letter(column)].width = WIDTHS[column - 1]
    for row, line in enumerate(sheet.lines, HEADER + 1):
        for column, text in enumerate(line.cells, 1):
            cell = _write(page, row, column, text)
            centred = "center" if column - 1 in CENTRED else "left"
            cell.border = _FRAME
            cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal=centred)
    for column, first, last in sheet.merged():
        begin, end = HEADER + 1 + first, HEADER + 1 + last
        page.merge_cells(start_row=begin, end_row=end, start_column=column + 1, end_column=column + 1)
    _set_page(page)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _write(page: Worksheet, row: int, column: int, text: str) -> Cell:
    cell = page.cell(row, column)
    assert isinstance(cell, Cell)  # noqa: S101  nothing is merged yet
    cell.value = int(text) if text.isascii() and text.isdecimal() else _NOT_IN_XML.sub("", text)
    if isinstance(cell.value, str):
        # Whatever it begins with, it is no formula: neither as it stands nor when somebody edits it.
        cell.data_type = "s"
        cell.quotePrefix = cell.value.startswith(FORMULA_BEGINS)
    return cell


def _set_page(page: Worksheet) -> None:
    page.freeze_panes = f"A{HEADER + 1}"
    page.print_title_rows = f"{HEADER}:{HEADER}"
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", page.PAPERSIZE_A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
