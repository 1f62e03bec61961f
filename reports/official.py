"""A Word document set like an official one (GB/T 9704-2012): page, styles, page numbers, tables, pictures.

The fonts the standard names are on the machines of Chinese offices; for others the file itself names substitutes
(`w:altName` in its font table), so that nothing is set in a Western font. `matters.brief_word` sets briefs the same way.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast
from xml.sax.saxutils import quoteattr

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
from docx.text.run import Run

from core.clock import to_utc

LATIN = "Times New Roman"
TITLE, BODY, HEADING, SECOND, PAGE = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
SUBSTITUTES = {TITLE: "宋体", BODY: "仿宋", HEADING: "SimHei", SECOND: "楷体", PAGE: "SimSun"}
TWO, THREE, FOUR, SMALL_FOUR = Pt(22), Pt(16), Pt(14), Pt(12)
LINE, TABLE_LINE = Pt(28), Pt(15)
CAPTION, TABLE_TEXT = "Caption", "Table Text"
KEPT_TOGETHER = 10
"""Rows of a table that is not broken between pages."""
_MARGINS = {"top_margin": Mm(37), "left_margin": Mm(28), "right_margin": Mm(26), "bottom_margin": Mm(35)}
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
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FONT_TABLE, _THEME = "word/fontTable.xml", "word/theme/theme1.xml"


class OfficialDocument:
    """A document that grows from its title down."""

    def __init__(self, title: str, moment: datetime) -> None:
        """`moment` stands in the file in place of the machine's clock, so that the same content gives the same bytes."""
        self._document: DocumentType = Document()
        self._moment = to_utc(moment).replace(tzinfo=None)
        _set_page(self._document)
        _set_styles(self._document)
        self.add(title, "Title")
        properties = self._document.core_properties
        properties.title = _NOT_IN_XML.sub("", title)
        properties.author, properties.language, properties.comments = "", "zh-CN", ""
        properties.created = properties.modified = self._moment

    def add(self, text: str, style: str = "Normal", lead: str = "") -> Paragraph:
        """A paragraph; `lead` is its beginning, in bold."""
        paragraph = self._document.add_paragraph(style=style)
        if lead:
            _write(paragraph, lead).font.bold = True
        _write(paragraph, text)
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
        raw, result = io.BytesIO(), io.BytesIO()
        self._document.save(raw)
        moment = self._moment
        stamp = (max(moment.year, 1980), moment.month, moment.day, moment.hour, moment.minute, moment.second)
        with zipfile.ZipFile(raw) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                content = old.read(name)
                if name == _FONT_TABLE:
                    content = content.replace(b"</w:fonts>", f"{_substitutes()}</w:fonts>".encode())
                elif name == _THEME:
                    content = content.replace(b'<a:ea typeface=""/>', f'<a:ea typeface="{BODY}"/>'.encode())
                new.writestr(zipfile.ZipInfo(name, stamp), content, zipfile.ZIP_DEFLATED)
        return result.getvalue()


def _write(paragraph: Paragraph, text: str) -> Run:
    run = paragraph.add_run(_NOT_IN_XML.sub("", text))
    # Quotation marks and dashes belong to both scripts; without the hint Word sets them narrow, in the Latin font.
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:hint"), "eastAsia")
    return run


def _fill(cell: _Cell, text: str, *, centred: bool, font: str | None = None) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.style = TABLE_TEXT
    run = _write(paragraph, text)
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
    section = document.sections[0]
    section.page_width, section.page_height, section.footer_distance = Mm(210), Mm(297), _FOOTER
    for name, width in _MARGINS.items():
        setattr(section, name, width)
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
        # The template's colours, rules below titles and theme fonts go.
        for part in (style.element.pPr, style.element.rPr):
            if part is not None:
                style.element.remove(part)
        style.font.name, style.font.size = LATIN, size
        style.element.rPr.rFonts.set(qn("w:eastAsia"), font)
        language = OxmlElement("w:lang")
        language.set(qn("w:eastAsia"), "zh-CN")
        style.element.rPr.append(language)
        form = style.paragraph_format
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, line
        form.space_before = form.space_after = Pt(0)
        form.first_line_indent = 2 * size if indented else Pt(0)
        form.alignment = WD_ALIGN_PARAGRAPH.CENTER if centred else WD_ALIGN_PARAGRAPH.JUSTIFY
        form.keep_with_next = name.startswith("Heading")


def _add_page_number(paragraph: Paragraph) -> None:
    """The page's number between dashes; Word fills it in."""
    before, number, after = (_write(paragraph, text) for text in ("— ", "1", " —"))
    for run in (before, number, after):
        run.font.size, run.font.name = FOUR, PAGE
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), PAGE)
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    number._r.addprevious(field)
    field.append(number._r)


def _substitutes() -> str:
    return "".join(
        f"<w:font w:name={quoteattr(font)}><w:altName w:val={quoteattr(other)}/></w:font>"
        for font, other in SUBSTITUTES.items()
    )
