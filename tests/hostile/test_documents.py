"""Word files and pages: what a stranger wrote stands in them as text; it makes no field, no link, no element, no script."""

import io
import zipfile
from collections.abc import Callable
from datetime import date

import pytest
from bs4 import BeautifulSoup
from docx import Document
from docx.oxml.ns import qn

from alerts.calendar import WorkCalendar
from matters.brief import make_brief
from matters.brief_text import to_markdown
from matters.brief_word import to_word as brief_to_word
from reports.content import Cell, Heading, Report, Section, Sentence, Table
from reports.figures import Figures
from reports.mail import to_page
from reports.period import Period
from reports.telling import Teller
from reports.word import to_word as report_to_word
from tests.hostile.strangers import ALL, FORMULAS, LINKS, MARKUP, XML
from tests.matters.cases import SHIPPED, beijing, matter, post, reply, terms

EVIL = f"{ALL} {XML}"


WEEK = Period("week", date(2025, 3, 3))


def report(text: str, url: str | None = None) -> Report:
    """A report with the text in every place but its title, told as the pipeline tells a post's title with its address."""
    figures = Figures(WorkCalendar())
    figures.answers["post"] = {"title": text}
    figures.add("title", {"do": "at", "path": ["title"]}, "post")
    sentence = Sentence(text)
    table = Table("t", text, (text, "数"), ((Teller(figures, WEEK).text("title", url), Cell("1")),), (3, 1))
    section = Section(text, (sentence, Heading(text), table))
    return Report(WEEK, "政务舆情周报", text, ((sentence,),), (), sentence, table, (section,))


def report_file(text: str) -> bytes:
    return report_to_word(report(text), {})


def brief_file(text: str) -> bytes:
    posts = [
        post(f"2026-03-0{day} 09:30", f"a{day}", f"{text}。请问搅拌站什么时候搬走？", title=text) for day in range(1, 4)
    ]
    answered = posts[0].model_copy(update={"replies": reply("2026-03-05 16:00", f"网友您好！{text}。已责令停产。")})
    later = [post(f"2026-03-1{day} 09:30", f"b{day}", f"{text}。粉尘有没有影响？", title=text) for day in range(4)]
    brief = make_brief(
        matter([answered, *posts[1:], *later]), beijing("2026-03-25 08:00"), terms(), SHIPPED.followups, SHIPPED.heat
    )
    assert brief is not None
    assert len(to_markdown(brief)) > 100
    return brief_to_word(brief, None)


EVERY_FILE = pytest.mark.parametrize("file", [report_file, brief_file])


def _fields_and_links(content: bytes) -> tuple[list[str], list[str], set[str]]:
    """The instructions of a Word file's fields, its links and other targets outside it, and the kinds of its elements."""
    document = Document(io.BytesIO(content))
    body = document.element
    instructions = [field.text or "" for field in body.iter(qn("w:instrText"))]
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        relations = [packed.read(name).decode() for name in packed.namelist() if name.endswith(".rels")]
    outside = [text for text in relations if 'TargetMode="External"' in text]
    return instructions, outside, {element.tag for element in body.iter() if isinstance(element.tag, str)}


@EVERY_FILE
def test_a_word_file_has_the_same_parts_whatever_people_write(file: Callable[[str], bytes]) -> None:
    # when
    harmless, evil = _fields_and_links(file("搅拌站太吵")), _fields_and_links(file(EVIL))
    # then
    assert evil[:2] == harmless[:2]
    assert evil[1] == []
    # A tab and a line end have elements of their own.
    assert evil[2] <= harmless[2] | {qn("w:tab"), qn("w:br")}


def test_a_report_in_word_shows_what_was_written() -> None:
    # when
    document = Document(io.BytesIO(report_file(EVIL)))
    # then
    shown = "\n".join(paragraph.text for paragraph in document.paragraphs) + document.tables[0].cell(1, 0).text
    assert shown.count(MARKUP) >= 3
    assert "</w:t></w:r><w:r><w:instrText>DDEAUTO" in shown
    assert all(formula.strip() in shown for formula in FORMULAS)


@EVERY_FILE
def test_a_word_file_holds_no_character_that_xml_cannot(file: Callable[[str], bytes]) -> None:
    # when
    with zipfile.ZipFile(io.BytesIO(file(EVIL))) as packed:
        text = packed.read("word/document.xml").decode()
    # then
    assert not {"\x00", "\x0b", "\ufffe"} & set(text)


def test_a_reports_page_shows_markup_as_text_and_runs_nothing() -> None:
    # when
    page = BeautifulSoup(to_page(report(EVIL)), "lxml")
    # then
    assert page.find_all(["script", "svg", "iframe", "object", "img"]) == []
    assert [name for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")] == []
    assert MARKUP in page.get_text()


@pytest.mark.parametrize("url", LINKS)
def test_a_reports_page_links_to_no_program(url: str) -> None:
    # when
    page = BeautifulSoup(to_page(report("点开看看", url)), "lxml")
    web = BeautifulSoup(to_page(report("点开看看", "https://board.example/17")), "lxml")
    # then
    assert "点开看看" in page.get_text()
    assert page.find_all("a") == []
    assert {link["href"] for link in web.find_all("a")} == {"https://board.example/17"}
