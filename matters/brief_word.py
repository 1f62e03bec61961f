"""A brief as a Word file, set like an official document (GB/T 9704-2012): A4, title 二号 小标宋, body 三号 仿宋, 28 points a line."""

import io
from typing import cast

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.shared import Length, Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph

from core import official_word
from core.clock import to_utc
from core.numerals import numeral
from core.official_word import BODY, FOUR, HEADING, LINE, SUBSTITUTES, THREE, TITLE, TWO, write
from matters.brief import Brief
from matters.brief_text import closing_of, sections, summary_of, title_of


def to_word(brief: Brief, picture: bytes | None) -> bytes:
    """The brief as .docx with the timeline's picture (PNG). The same brief always gives the same bytes."""
    document = Document()
    _set_page(document)
    _set_styles(document)
    _add(document, title_of(brief), "Title")
    _add(document, summary_of(brief))
    for number, section in enumerate(sections(brief), 1):
        _add(document, f"{numeral(number)}、{section.heading}", "Heading 1")
        if section.has_picture and picture:
            _add_picture(document, picture)
        lines = [f"{place}. {item}" for place, item in enumerate(section.items, 1)] or [section.otherwise]
        for line in lines:
            _add(document, line)
    note = _add(document, closing_of(brief))
    note.paragraph_format.space_before = LINE
    moment = to_utc(brief.at).replace(tzinfo=None)
    official_word.set_properties(document, title_of(brief), moment)
    return official_word.packed(document, moment, SUBSTITUTES, {})


def _add(document: DocumentType, text: str, style: str = "Normal") -> Paragraph:
    paragraph = document.add_paragraph(style=style)
    write(paragraph, text)
    return paragraph


def _set_page(document: DocumentType) -> None:
    official_word.set_page(document)
    footer = document.sections[0].footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.paragraph_format.first_line_indent = Pt(0)
    _add_page_number(footer)


def _set_styles(document: DocumentType) -> None:
    for name, font, size in (("Normal", BODY, THREE), ("Title", TITLE, TWO), ("Heading 1", HEADING, THREE)):
        style = cast(ParagraphStyle, document.styles[name])
        official_word.set_style(style, font, size, LINE)
        form = style.paragraph_format
        form.space_before, form.space_after = Pt(0), LINE if name == "Title" else Pt(0)
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
        run.font.size = FOUR
    official_word.as_page_number(number)
