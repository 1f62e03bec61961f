"""The mail: pictures inside, plain text beside, HTML that old programs and phones show, the same bytes every time."""

import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from pipeline.runtime import Runtime
from pipeline.weekly import summarise
from reports.content import Report
from reports.mail import message_id, to_mail, to_page
from tests.reports.city import WEEK

AT = datetime(2025, 3, 10, 0, 30, tzinfo=UTC)
GROUP = ("head@bureau.example", "deputy@bureau.example")


class Tags(HTMLParser):
    """Collects the tags of a page with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text += data


@pytest.fixture(scope="module")
def report(town: Runtime) -> Report:
    """The report about week 10."""
    return summarise(town, WEEK).report


@pytest.fixture(scope="module")
def content(report: Report) -> bytes:
    """The mail as it goes to the server."""
    return written(report)


@pytest.fixture(scope="module")
def mail(content: bytes) -> EmailMessage:
    """The mail as its reader's program sees it."""
    return message_from_bytes(content, policy=policy.default)


def written(report: Report) -> bytes:
    """The mail with small stand-ins for pictures and Word file."""
    pictures = {one.name: f"picture {one.name}".encode() for one in report.pictures}
    return to_mail(report, pictures, b"word", "sender@bureau.example", GROUP, AT).as_bytes()


def body(mail: EmailMessage, kind: str) -> str:
    """The plain text or the HTML."""
    part = mail.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content())


def test_headers_say_what_it_is_and_when(mail: EmailMessage) -> None:
    # then
    assert mail["Subject"] == "【政务留言与舆情周报】2025年第10周（3月3日至3月9日）"
    assert mail["To"] == "head@bureau.example, deputy@bureau.example"
    assert mail["Date"] == "Mon, 10 Mar 2025 08:30:00 +0800"
    assert mail["Auto-Submitted"] == "auto-generated"


def test_the_message_id_is_of_period_and_people(mail: EmailMessage) -> None:
    # then
    assert mail["Message-ID"] == message_id(WEEK, tuple(reversed(GROUP)))
    assert message_id(WEEK, GROUP[:1]) != message_id(WEEK, GROUP) != message_id(WEEK.following(), GROUP)


def test_the_same_report_is_the_same_mail(report: Report, content: bytes) -> None:
    # then
    assert written(report) == content


def test_it_holds_text_page_pictures_and_word_file(mail: EmailMessage, report: Report) -> None:
    # given
    parts = [part for part in mail.walk() if not part.is_multipart()]
    # then
    pngs = ["image/png"] * len(report.pictures)
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html", *pngs, word]
    assert parts[-1].get_filename() == "政务留言与舆情周报-2025-W10.docx"
    shown = {tags["src"] for tag, tags in Tags(body(mail, "html")).tags if tag == "img"}
    assert shown == {f"cid:{part['Content-ID'].strip('<>')}" for part in parts[2:-1]}


def test_text_and_page_say_the_same(mail: EmailMessage, report: Report) -> None:
    # when
    plain, page = body(mail, "plain"), Tags(body(mail, "html")).text
    # then
    for paragraph in report.changes:
        for sentence in paragraph:
            assert sentence.text in plain
            assert sentence.text in page
    for decision in report.decisions:
        assert decision.what.text + decision.why.text in plain
    for table in report.tables:
        for row in table.rows:
            for cell in row:
                assert cell.text in plain
                assert cell.text in page


def test_outlook_and_phones_get_what_they_understand(mail: EmailMessage) -> None:
    # given
    html = body(mail, "html")
    tags = Tags(html).tags
    # then
    assert not {tag for tag, _ in tags} & {"div", "script", "link", "style", "iframe", "svg"}
    assert not re.search(r"flex|grid|position:|float:|@import|url\(", html)
    assert all(attributes.get("width") and attributes.get("alt") for tag, attributes in tags if tag == "img")
    assert "max-width:640px" in html
    assert '<!--[if mso]><table role="presentation" width="640"' in html
    addresses = [attributes["href"] for tag, attributes in tags if tag == "a"]
    assert addresses
    assert all(str(address).startswith("https://board.example/") for address in addresses)
    assert "http://" not in html


def test_what_people_wrote_is_no_markup(mail: EmailMessage, report: Report) -> None:
    # then
    for html in (body(mail, "html"), to_page(report)):
        assert "第3小学门口&lt;b&gt;堵车&lt;/b&gt; =1+1" in html
        assert "<b>堵车" not in html


def test_the_page_shows_the_pictures_beside_it(report: Report) -> None:
    # when
    shown = [attributes["src"] for tag, attributes in Tags(to_page(report)).tags if tag == "img"]
    # then
    assert shown == ["course.png", "topics.png", "handling.png"]
