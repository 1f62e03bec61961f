"""What Word files set like official documents (GB/T 9704-2012) share: fonts, sizes, margins, styles, and the file as bytes.

The fonts the standard names are on the machines of Chinese offices; for others the file itself names substitutes
(`w:altName` in its font table), so that nothing is set in a Western font.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import datetime
from xml.sax.saxutils import quoteattr

from docx.document import Document as DocumentType
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.styles.style import ParagraphStyle
from docx.text.paragraph import Paragraph
from docx.text.run import Run

LATIN = "Times New Roman"
TITLE, BODY, HEADING = "方正小标宋简体", "仿宋_GB2312", "黑体"
SUBSTITUTES = {TITLE: "宋体", BODY: "仿宋", HEADING: "SimHei"}
TWO, THREE, FOUR = Pt(22), Pt(16), Pt(14)
LINE = Pt(28)
FONT_TABLE = "word/fontTable.xml"
_MARGINS = {"top_margin": Mm(37), "left_margin": Mm(28), "right_margin": Mm(26), "bottom_margin": Mm(35)}
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def set_page(document: DocumentType) -> None:
    """A4 with the standard's margins."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, width in _MARGINS.items():
        setattr(section, name, width)


def set_style(style: ParagraphStyle, font: str, size: Length, line: Length) -> None:
    """Nothing of the template's, this font for Chinese, lines of this height."""
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


def set_properties(document: DocumentType, title: str, moment: datetime) -> None:
    """What the file says of itself. `moment` stands in place of the machine's clock."""
    properties = document.core_properties
    properties.title = _in_xml(title)
    properties.author, properties.language, properties.comments = "", "zh-CN", ""
    properties.created = properties.modified = moment


def write(paragraph: Paragraph, text: str) -> Run:
    """The text at the paragraph's end, without the characters that XML knows not."""
    run = paragraph.add_run(_in_xml(text))
    # Quotation marks and dashes belong to both scripts; without the hint Word sets them narrow, in the Latin font.
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:hint"), "eastAsia")
    return run


def _in_xml(text: str) -> str:
    """The text without the characters that XML knows not."""
    return _NOT_IN_XML.sub("", text)


def as_page_number(run: Run) -> None:
    """Make the run the page's number; Word fills it in."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    run._r.addprevious(field)
    field.append(run._r)


def packed(
    document: DocumentType, moment: datetime, substitutes: Mapping[str, str], changes: Mapping[str, tuple[str, str]]
) -> bytes:
    """The file with the substitutes of fonts, every entry dated `moment` in place of the machine's clock.

    `changes` are by part of the file: a text to replace, and by what.
    """
    raw, result = io.BytesIO(), io.BytesIO()
    document.save(raw)
    replaced = {**changes, FONT_TABLE: ("</w:fonts>", f"{_named(substitutes)}</w:fonts>")}
    stamp = (max(moment.year, 1980), moment.month, moment.day, moment.hour, moment.minute, moment.second)
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name in replaced:
                before, after = replaced[name]
                content = content.replace(before.encode(), after.encode())
            new.writestr(zipfile.ZipInfo(name, stamp), content, zipfile.ZIP_DEFLATED)
    return result.getvalue()


def _named(substitutes: Mapping[str, str]) -> str:
    return "".join(
        f"<w:font w:name={quoteattr(font)}><w:altName w:val={quoteattr(other)}/></w:font>"
        for font, other in substitutes.items()
    )
