"""The ledger's table as a Word file, set like an official one (`core.official_word`), across A4."""

from datetime import datetime
from typing import Any

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.table import Table, _Cell

from core import official_word
from core.clock import to_utc
from core.official_word import BODY, FOUR, HEADING, LINE, SUBSTITUTES, THREE, TITLE, TWO, write
from ledger.table import CENTRED, COLUMNS, WIDTHS, Sheet

TABLE_TEXT = "Table Text"
SMALL, TABLE_LINE = Pt(10.5), Pt(14)
_SIDE = Mm(22)


def to_word(sheet: Sheet, moment: datetime) -> bytes:
    """The table as .docx. The same table always gives the same bytes; `moment` stands in place of the machine's clock."""
    document = Document()
    moment = to_utc(moment).replace(tzinfo=None)
    width = _set_page(document)
    _set_styles(document)
    write(document.add_paragraph(style="Title"), sheet.title)
    note = document.add_paragraph(style=TABLE_TEXT)
    note.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    write(note, sheet.note)
    _add_table(document, sheet, width)
    official_word.set_properties(document, sheet.title, moment)
    return official_word.packed(document, moment, SUBSTITUTES, {})


def _set_page(document: DocumentType) -> Length:
    """A4 across; the width there is for the table."""
    official_word.set_page(document)
    page = document.sections[0]
    page.orientation, page.page_width, page.page_height = WD_ORIENT.LANDSCAPE, Mm(297), Mm(210)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = _SIDE
    footer = page.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    before, number, after = (write(footer, text) for text in ("— ", "1", " —"))
    for run in (before, number, after):
        run.font.size = FOUR
    official_word.as_page_number(number)
    return Length(Mm(297) - 2 * _SIDE)


def _set_styles(document: DocumentType) -> None:
    document.styles.add_style(TABLE_TEXT, 1)
    for name, font, size, line in (
        ("Normal", BODY, THREE, LINE),
        ("Title", TITLE, TWO, Pt(34)),
        (TABLE_TEXT, BODY, SMALL, TABLE_LINE),
    ):
        style: Any = document.styles[name]
        official_word.set_style(style, font, size, line)
        style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
        if name == "Title":
            style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _add_table(document: DocumentType, sheet: Sheet, width: Length) -> None:
    table = document.add_table(rows=1 + len(sheet.lines), cols=len(COLUMNS))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    shares = [Length(width * share // sum(WIDTHS)) for share in WIDTHS]
    # Asked row by row the library would count all cells anew each time.
    cells = table._cells
    grid = [cells[place : place + len(COLUMNS)] for place in range(0, len(cells), len(COLUMNS))]
    heads = {(first, column): last for column, first, last in sheet.merged()}
    covered = {(place, column) for (first, column), last in heads.items() for place in range(first + 1, last + 1)}
    for row in grid:
        for cell, share in zip(row, shares, strict=True):
            cell.width = share
    for cell, title in zip(grid[0], COLUMNS, strict=True):
        _fill(cell, title, centred=True, font=HEADING)
    for place, line in enumerate(sheet.lines):
        for column, text in enumerate(line.cells):
            if (place, column) not in covered:
                _fill(grid[place + 1][column], text, centred=column in CENTRED)
    for (first, column), last in heads.items():
        _merge(grid, column, first + 1, last + 1)
    _mark_rows(table)


def _merge(grid: list[list[_Cell]], column: int, first: int, last: int) -> None:
    """Make cells below each other one, whose text stands in the first."""
    for place in range(first, last + 1):
        merge = OxmlElement("w:vMerge")
        merge.set(qn("w:val"), "restart" if place == first else "continue")
        properties = grid[place][column]._tc.get_or_add_tcPr()
        # The order of these is fixed: width, merge, then how the text stands.
        properties.insert_element_before(merge, "w:tcBorders", "w:shd", "w:vAlign")


def _mark_rows(table: Table) -> None:
    for place, row in enumerate(table.rows):
        properties: Any = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if place == 0:
            properties.append(OxmlElement("w:tblHeader"))


def _fill(cell: _Cell, text: str, *, centred: bool, font: str | None = None) -> None:
    for place, part in enumerate(text.split("\n")):
        paragraph = cell.paragraphs[0] if place == 0 else cell.add_paragraph()
        paragraph.style = TABLE_TEXT
        run = write(paragraph, part)
        if font:
            run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
        if centred:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    vertical = OxmlElement("w:vAlign")
    vertical.set(qn("w:val"), "center")
    cell._tc.get_or_add_tcPr().append(vertical)
