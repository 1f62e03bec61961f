"""A report as a Word file in the layout of official documents."""

from collections.abc import Mapping

from core.numerals import numeral
from reports.content import CHANGES, DECISIONS, NUMBERS, Heading, Picture, Report, Section, Sentence, Table
from reports.official import OfficialDocument


def to_word(report: Report, pictures: Mapping[str, bytes]) -> bytes:
    """The report as .docx; `pictures` are its charts (PNG) by name. The same report always gives the same bytes."""
    document = OfficialDocument(report.title, report.period.end)
    document.add(report.subtitle, "Subtitle")
    document.add(f"{numeral(1)}、{CHANGES}", "Heading 1")
    for paragraph in report.changes:
        document.add("".join(sentence.text for sentence in paragraph))
    document.add(f"{numeral(2)}、{DECISIONS}", "Heading 1")
    for number, decision in enumerate(report.decisions, 1):
        document.add(decision.why.text, lead=f"{number}. {decision.what.text}")
    if not report.decisions:
        document.add(report.otherwise.text)
    document.add(f"{numeral(3)}、{NUMBERS}", "Heading 1")
    _add_block(document, report.numbers, pictures)
    for number, section in enumerate(report.sections, 4):
        document.add(f"{numeral(number)}、{section.heading}", "Heading 1")
        _add_section(document, section, pictures)
    return document.to_bytes()


def _add_section(document: OfficialDocument, section: Section, pictures: Mapping[str, bytes]) -> None:
    second = 0
    for block in section.blocks:
        if isinstance(block, Heading):
            second += 1
            document.add(f"（{numeral(second)}）{block.text}", "Heading 2")
        else:
            _add_block(document, block, pictures)


def _add_block(document: OfficialDocument, block: Sentence | Table | Picture, pictures: Mapping[str, bytes]) -> None:
    if isinstance(block, Sentence):
        document.add(block.text)
    elif isinstance(block, Picture):
        document.add_picture(pictures[block.name], block.title, block.about)
    else:
        rows = [[cell.text for cell in row] for row in block.rows]
        document.add_table(block.columns, rows, block.widths, block.words)
