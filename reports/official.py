"""A Word document set like an official one (GB/T 9704-2012): page, styles, page numbers, tables, pictures.

`matters.brief_word` sets briefs the same way; what both share is in `core.official_word`.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from core import official_word
from core.clock import to_utc
from core.official_word import BODY, FOUR, HEADING, LINE, THREE, TITLE, TWO, write

SECOND, PAGE = "楷体_GB2312", "宋体"
SUBSTITUTES = {**official_word.SUBSTITUTES, SECOND: "楷体", PAGE: "SimSun"}
SMALL_FOUR, TABLE_LINE = Pt(12), Pt(15)
CAPTION, TABLE_TEXT = "Caption", "Table Text"
KEPT_TOGETHER = 10
"""Rows of a table that is not broken between pages."""
_TEXT_WIDTH = Mm(210 - 28 - 26)
_FOOTER = Mm(23)
"""From the page's edge: the number's dashes stand 7 mm below the text."""
_STYLES = {
    # name: font, size, line, indented, centred
    "Normal": (BODY, THREE, LINE, True, False),
    "Title": (TITLE, TWO, Pt(34), False, True),
    "Subtitle": (SECOND, THREE, LINE, False, True),
    "Heading 1": (HEADING, THREE, LINE, True, False),
    "Heading 2": (SECOND, THREE, LINE, True, False),
    CAPTION: (HEADING, SMALL_FOUR, Pt(24), False, True),
    TABLE_TEXT: (BODY, SMALL_FOUR, TABLE_LINE, False, False),
}
_THEME = "word/theme/theme1.xml"


class OfficialDocument:
    """A document that grows from its title down."""

    def __init__(self, title: str, moment: datetime) -> None:
        """`moment` stands in the file in place of the machine's clock, so that the same content gives the same bytes."""
        self._document: DocumentType = Document()
        self._moment = to_utc(moment).replace(tzinfo=None)
        _set_page(self._document)
        _set_styles(self._document)
        self.add(title, "Title")
        official_word.set_properties(self._document, title, self._moment)

    def add(self, text: str, style: str = "Normal", lead: str = "") -> Paragraph:
        """A paragraph; `lead` is its beginning, in bold."""
        paragraph = self._document.add_paragraph(style=style)
        if lead:
            write(paragraph, lead).font.bold = True
        write(paragraph, text)
        return paragraph

    def add_picture(self, picture: bytes, title: str, about: str) -> None:
        """A PNG as wide as the text below its title; `about` is its text for whoever does not see it."""
        self.add(title, CAPTION).paragraph_format.keep_with_next = True
        paragraph = self._document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        form = paragraph.paragraph_format
        # In lines of a fixed height only the picture's last 28 points would show.
        form.line_spacing_rule, form.first_line_indent = WD_LINE_SPACING.SINGLE, Pt(0)
        shape = paragraph.add_run().add_picture(io.BytesIO(picture), width=Length(_TEXT_WIDTH))
        described = shape._inline.docPr
        described.set("descr", about)
        described.set("title", title)

    def add_table(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int], words: int
    ) -> None:
        """A table as wide as the text, its header repeated on every page. The first `words` columns are set left."""
        table = self._document.add_table(rows=1, cols=len(columns))
        table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
        shares = [Length(_TEXT_WIDTH * width // sum(widths)) for width in widths]
        for column, share in zip(table.columns, shares, strict=True):
            column.width = share
        for cell, text in zip(table.rows[0].cells, columns, strict=True):
            _fill(cell, text, centred=True, font=HEADING)
        _mark(table.rows[0]._tr, "w:tblHeader")
        for texts in rows:
            cells = table.add_row().cells
            for place, (cell, text) in enumerate(zip(cells, texts, strict=True)):
                _fill(cell, text, centred=place >= words)
        for row in table.rows:
            _mark(row._tr, "w:cantSplit")
            for cell, share in zip(row.cells, shares, strict=True):
                cell.width = share
        if len(rows) <= KEPT_TOGETHER:
            for row in table.rows[:-1]:
                for cell in row.cells:
                    cell.paragraphs[0].paragraph_format.keep_with_next = True

    def to_bytes(self) -> bytes:
        """The file with the substitutes of fonts, every entry dated in place of the machine's clock."""
        body_in_theme = ('<a:ea typeface=""/>', f'<a:ea typeface="{BODY}"/>')
        return official_word.packed(self._document, self._moment, SUBSTITUTES, {_THEME: body_in_theme})


def _fill(cell: _Cell, text: str, *, centred: bool, font: str | None = None) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.style = TABLE_TEXT
    run = write(paragraph, text)
    if font:
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    vertical = OxmlElement("w:vAlign")
    vertical.set(qn("w:val"), "center")
    cell._tc.get_or_add_tcPr().append(vertical)


def _mark(row: Any, name: str) -> None:
    row.get_or_add_trPr().append(OxmlElement(name))


def _set_page(document: DocumentType) -> None:
    official_word.set_page(document)
    section = document.sections[0]
    section.footer_distance = _FOOTER
    document.settings.odd_and_even_pages_header_footer = True
    # Outside at the bottom, one character away from the edge.
    for footer, outside in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        paragraph = footer.paragraphs[0]
        paragraph.alignment = outside
        form = paragraph.paragraph_format
        form.first_line_indent, form.left_indent, form.right_indent = Pt(0), FOUR, FOUR
        form.line_spacing_rule = WD_LINE_SPACING.SINGLE
        _add_page_number(paragraph)


def _set_styles(document: DocumentType) -> None:
    document.styles.add_style(TABLE_TEXT, 1)
    for name, (font, size, line, indented, centred) in _STYLES.items():
        style = cast(ParagraphStyle, document.styles[name])
        official_word.set_style(style, font, size, line)
        form = style.paragraph_format
        form.space_before = form.space_after = Pt(0)
        form.first_line_indent = 2 * size if indented else Pt(0)
        form.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.JUSTIFY
        form.keep_with_next = name.startswith("Heading")


def _add_page_number(paragraph: Paragraph) -> None:
    """The page's number between dashes; Word fills it in."""
    before, number, after = (write(paragraph, text) for text in ("— ", "1", " —"))
    for run in (before, number, after):
        run.font.size, run.font.name = FOUR, PAGE
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), PAGE)
    official_word.as_page_number(number)
