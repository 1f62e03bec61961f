"""The Word file keeps the layout of official documents, and nothing people wrote can break it."""

import io
import zipfile
from dataclasses import replace

import pytest
from docx import Document
from docx.document import Document as DocumentType
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from core.pictures import png
from pipeline.runtime import Runtime
from pipeline.weekly import summarise
from reports.content import Cell, Report, Table
from reports.word import to_word
from tests.reports.city import WEEK

SPEC = {"data": {"values": [{"a": 1}]}, "mark": "bar", "encoding": {"x": {"field": "a", "type": "quantitative"}}}


@pytest.fixture(scope="module")
def report(town: Runtime) -> Report:
    """The report about week 10."""
    return summarise(town, WEEK).report


@pytest.fixture(scope="module")
def pictures(report: Report) -> dict[str, bytes]:
    """A picture for each chart."""
    return {one.name: png(SPEC) for one in report.pictures}


@pytest.fixture(scope="module")
def document(report: Report, pictures: dict[str, bytes]) -> DocumentType:
    """The Word file, opened."""
    return Document(io.BytesIO(to_word(report, pictures)))


def test_page_and_page_numbers_are_as_the_standard_says(document: DocumentType) -> None:
    # then
    (section,) = document.sections
    lengths = (section.page_width, section.page_height, section.top_margin, section.left_margin, section.right_margin)
    # Word counts in twentieths of a point.
    assert [round((length or 0) / Mm(1)) for length in lengths] == [210, 297, 37, 28, 26]
    assert round((section.bottom_margin or 0) / Mm(1)) == 35
    assert document.settings.odd_and_even_pages_header_footer
    for footer, side in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        (paragraph,) = footer.paragraphs
        assert paragraph.alignment == side
        assert 'w:instr="PAGE"' in paragraph._p.xml
        assert {run.font.size for run in paragraph.runs} == {Pt(14)}


@pytest.mark.parametrize(
    ("style", "font", "size"),
    [
        ("Title", "方正小标宋简体", 22),
        ("Normal", "仿宋_GB2312", 16),
        ("Heading 1", "黑体", 16),
        ("Heading 2", "楷体_GB2312", 16),
        ("Table Text", "仿宋_GB2312", 12),
    ],
)
def test_each_rank_of_text_has_its_font(document: DocumentType, style: str, font: str, size: int) -> None:
    # when
    found = document.styles[style]
    # then
    assert found.element.rPr.rFonts.get(qn("w:eastAsia")) == font
    assert found.font.size == Pt(size)


def test_the_body_has_lines_of_28_points_and_begins_two_characters_in(document: DocumentType) -> None:
    # when
    form = document.styles["Normal"].paragraph_format
    # then
    assert (form.line_spacing_rule, form.line_spacing) == (WD_LINE_SPACING.EXACTLY, Pt(28))
    assert form.first_line_indent == Pt(32)


def test_fonts_have_substitutes_and_no_theme_takes_their_place(report: Report, pictures: dict[str, bytes]) -> None:
    # when
    with zipfile.ZipFile(io.BytesIO(to_word(report, pictures))) as packed:
        fonts, theme = (packed.read(name).decode() for name in ("word/fontTable.xml", "word/theme/theme1.xml"))
    # then
    for font, other in (("方正小标宋简体", "宋体"), ("仿宋_GB2312", "仿宋"), ("楷体_GB2312", "楷体")):
        assert f'<w:font w:name="{font}"><w:altName w:val="{other}"/>' in fonts
    assert '<a:ea typeface=""/>' not in theme


def test_headings_are_numbered_in_chinese(document: DocumentType) -> None:
    # then
    headings = [(one.style.name, one.text) for one in document.paragraphs if one.style and "Heading" in one.style.name]
    assert [text for style, text in headings if style == "Heading 1"] == [
        "一、主要变化",
        "二、请研究决定的事项",
        "三、主要数据",
        "四、留言数量与情感",
        "五、主要主题",
        "六、办理情况",
        "七、热点事项",
        "八、二次解读",
        "九、群众认可",
        "十、统计说明",
    ]
    assert [text for style, text in headings if style == "Heading 2"] == [
        "（一）各科室办理",
        "（二）超期清单",
        "（一）尚未研判的",
        "（二）解读前后",
    ]
    decisions = [one.text for one in document.paragraphs if one.text.startswith(("1. ", "2. ", "3. "))]
    assert len(decisions) == 3


def test_tables_repeat_their_header_and_keep_rows_whole(document: DocumentType, report: Report) -> None:
    # then
    assert len(document.tables) == len(report.tables) == 6
    for table, expected in zip(document.tables, report.tables, strict=True):
        assert tuple(cell.text for cell in table.rows[0].cells) == expected.columns
        assert table.rows[0]._tr.trPr is not None
        assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)
        assert [[cell.text for cell in row.cells] for row in table.rows[1:]] == [
            [cell.text for cell in row] for row in expected.rows
        ]


def test_pictures_stand_in_the_text_and_are_told_to_who_cannot_see_them(document: DocumentType, report: Report) -> None:
    # then
    described = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert described == [one.about for one in report.pictures]
    assert all(shape.width == Mm(156) for shape in document.inline_shapes)


def test_the_same_report_gives_the_same_bytes(report: Report, pictures: dict[str, bytes]) -> None:
    # then
    assert to_word(report, pictures) == to_word(report, pictures)


def test_no_text_breaks_the_file(report: Report, pictures: dict[str, bytes]) -> None:
    # given
    nasty = Table("t", "t", ("<w:p>", "\x0b二"), ((Cell("</w:t>\x00{=1}"), Cell("\ud800&")),), (1, 1))
    # when
    document = Document(io.BytesIO(to_word(replace(report, numbers=nasty), pictures)))
    # then
    assert [cell.text for row in document.tables[0].rows for cell in row.cells] == ["<w:p>", "二", "</w:t>{=1}", "&"]
