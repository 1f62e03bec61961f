"""A brief as a Word file, set like an official document (GB/T 9704-2012): A4, title 二号 小标宋, body 三号 仿宋, 28 points a line.

The fonts the standard names are on the machines of Chinese offices; for others the file itself names substitutes
(`w:altName` in its font table), so that nothing is set in a Western font.
"""

import io
import re
import zipfile
from datetime import datetime
from typing import cast
from xml.sax.saxutils import quoteattr

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from core.clock import to_utc
from matters.brief import Brief
from matters.brief_text import closing_of, numeral, sections, summary_of, title_of

LATIN = "Times New Roman"
TITLE, BODY, HEADING = "方正小标宋简体", "仿宋_GB2312", "黑体"
SUBSTITUTES = {TITLE: "宋体", BODY: "仿宋", HEADING: "SimHei"}
_TWO, _THREE, _FOUR = Pt(22), Pt(16), Pt(14)
_LINE = Pt(28)
_MARGINS = {"top_margin": Mm(37), "left_margin": Mm(28), "right_margin": Mm(26), "bottom_margin": Mm(35)}
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_FONT_TABLE = "word/fontTable.xml"


def to_word(brief: Brief, picture: bytes | None) -> bytes:
    """The brief as .docx with the timeline's picture (PNG). The same brief always gives the same bytes."""
    document = Document()
    _set_page(document)
    _set_styles(document)
    _add(document, title_of(brief), "Title")
    _add(document, summary_of(brief))
    for number, section in enumerate(sections(brief)):
        _add(document, f"{numeral(number)}、{section.heading}", "Heading 1")
        if section.has_picture and picture:
            _add_picture(document, picture)
        lines = [f"{place}. {item}" for place, item in enumerate(section.items, 1)] or [section.otherwise]
        for line in lines:
            _add(document, line)
    note = _add(document, closing_of(brief))
    note.paragraph_format.space_before = _LINE
    moment = to_utc(brief.at).replace(tzinfo=None)
    properties = document.core_properties
    properties.title = _NOT_IN_XML.sub("", title_of(brief))
    properties.author, properties.language = "", "zh-CN"
    properties.comments = ""
    properties.created = properties.modified = moment
    return _packed(document, moment)


def _add(document: DocumentType, text: str, style: str = "Normal") -> Paragraph:
    paragraph = document.add_paragraph(style=style)
    run = paragraph.add_run(_NOT_IN_XML.sub("", text))
    # Quotation marks and dashes belong to both scripts; without the hint Word sets them narrow, in the Latin font.
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:hint"), "eastAsia")
    return paragraph


def _set_page(document: DocumentType) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, width in _MARGINS.items():
        setattr(section, name, width)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.paragraph_format.first_line_indent = Pt(0)
    _add_page_number(footer)


def _set_styles(document: DocumentType) -> None:
    for name, font, size in (("Normal", BODY, _THREE), ("Title", TITLE, _TWO), ("Heading 1", HEADING, _THREE)):
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
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, _LINE
        form.space_before, form.space_after = Pt(0), _LINE if name == "Title" else Pt(0)
        form.first_line_indent = Pt(0) if name == "Title" else 2 * size
        form.alignment = WD_ALIGN_PARAGRAPH.CENTER if name == "Title" else WD_ALIGN_PARAGRAPH.JUSTIFY
        form.keep_with_next = name == "Heading 1"


def _add_picture(document: DocumentType, picture: bytes) -> None:
    section = document.sections[0]
    width = int(section.page_width or 0) - int(section.left_margin or 0) - int(section.right_margin or 0)
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    form = paragraph.paragraph_format
    # In lines of a fixed height only the picture's last 28 points would show.
    form.line_spacing_rule, form.first_line_indent = WD_LINE_SPACING.SINGLE, Pt(0)
    paragraph.add_run().add_picture(io.BytesIO(picture), width=Length(width))


def _add_page_number(paragraph: Paragraph) -> None:
    """The page's number between dashes; Word fills it in."""
    before, number, after = (paragraph.add_run(text) for text in ("— ", "1", " —"))
    for run in (before, number, after):
        run.font.size = _FOUR
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    number._r.addprevious(field)
    field.append(number._r)


def _packed(document: DocumentType, moment: datetime) -> bytes:
    """The file with the substitutes of fonts, every entry dated `moment` in place of the machine's clock."""
    raw, result = io.BytesIO(), io.BytesIO()
    document.save(raw)
    stamp = (max(moment.year, 1980), moment.month, moment.day, moment.hour, moment.minute, moment.second)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == _FONT_TABLE:
                content = content.replace(b"</w:fonts>", f"{_substitutes()}</w:fonts>".encode())
            new.writestr(zipfile.ZipInfo(name, stamp), content, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _substitutes() -> str:
    return "".join(
        f"<w:font w:name={quoteattr(font)}><w:altName w:val={quoteattr(other)}/></w:font>"
        for font, other in SUBSTITUTES.items()
    )
