"""Briefs, warnings and failure notices: what a stranger wrote is shown in them and does nothing. For digests see tests/alerts."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from bs4 import BeautifulSoup

from alerts.mail import Mailer, render_failure
from alerts.matter_mail import BriefMail, BriefSection, WarnedPost, WarningMail, render_brief, render_warning
from alerts.message import Envelope, compose
from tests.alerts.mail_servers import Inbox, serving
from tests.alerts.samples import beijing
from tests.alerts.test_mail_sending import plain
from tests.alerts.test_mail_text import html, part
from tests.hostile.strangers import ALL, HEADERS, LINKS, MARKUP, TEMPLATES

AT = beijing("2026-01-12 09:00")
SENDER, RECIPIENTS, MESSAGE_ID = "reminder@city.example", ["section@city.example"], "<1@yuqing.invalid>"
OURS = {"Subject", "From", "To", "Date", "Auto-Submitted", "MIME-Version", "Content-Type", "Message-ID"}
HARMLESS_ATTRIBUTES = {"style", "href", "src", "alt", "width", "lang", "charset", "name", "content"}


def warning(text: str, url: str | None = None) -> WarningMail:
    """A warning about a post, with the text in every place a stranger's words can come to."""
    post = WarnedPost("board:17", text, text, url, AT, (text,))
    return WarningMail("w1", "m1", True, ("医政科",), AT, text, text, "时限", "国办发", AT + timedelta(days=2), (post,))


def brief(text: str) -> BriefMail:
    """A brief, likewise."""
    section = BriefSection("群众反映", (text, text), "无")
    return BriefMail("f1", "医政科", AT, text, text, text, (section,), b"word", b"picture")


def warned(text: str, url: str | None = None) -> EmailMessage:
    return render_warning(warning(text, url), RECIPIENTS, SENDER, MESSAGE_ID)


def briefed(text: str) -> EmailMessage:
    return render_brief(brief(text), RECIPIENTS, SENDER, MESSAGE_ID)


def failed(text: str) -> EmailMessage:
    return render_failure(text, RuntimeError(text), "https://airflow.example/log", AT, RECIPIENTS, SENDER)


EVERY_MAIL = pytest.mark.parametrize("mail", [warned, briefed, failed])


def received(message: EmailMessage) -> EmailMessage:
    """The mail as it is read at the other end."""
    return message_from_bytes(message.as_bytes(policy=policy.SMTP), policy=policy.default)


@EVERY_MAIL
def test_markup_is_shown_and_not_obeyed(mail: Callable[[str], EmailMessage]) -> None:
    # when
    message = received(mail(ALL))
    page = html(message)
    # then
    assert page.find_all(["script", "svg", "iframe", "object", "form", "table"]) == []
    assert {attribute for tag in page.find_all(True) for attribute in tag.attrs} <= HARMLESS_ATTRIBUTES
    assert all(str(image["src"]).startswith("cid:") for image in page.find_all("img"))
    assert MARKUP in page.get_text()
    assert MARKUP in part(message, "plain")


@EVERY_MAIL
def test_templates_in_what_people_write_are_not_filled_in(mail: Callable[[str], EmailMessage]) -> None:
    # when
    message = received(mail(ALL))
    # then
    assert TEMPLATES in part(message, "plain")
    assert TEMPLATES in html(message).get_text()


@EVERY_MAIL
def test_line_breaks_and_control_characters_start_no_header(mail: Callable[[str], EmailMessage]) -> None:
    # when
    message = received(mail(HEADERS + "\x00\x1b\x85\u2028\u202eCc: x@evil.example"))
    # then
    assert set(message.keys()) == OURS
    assert message["To"] == RECIPIENTS[0]
    assert "Bcc: other@evil.example" in message["Subject"]
    assert message["Subject"].isprintable()


@EVERY_MAIL
def test_a_mail_goes_to_nobody_that_a_text_names(mail: Callable[[str], EmailMessage]) -> None:
    # given
    inbox = Inbox()
    # when
    with serving(inbox) as port, Mailer(plain(port)) as mailer:
        mailer.send(mail(HEADERS + "\r\n.\r\nRCPT TO:<other@evil.example>\r\nDATA\r\n"))
    # then
    (delivery,) = inbox.deliveries
    assert delivery.recipients == tuple(RECIPIENTS)
    assert set(delivery.message.keys()) == OURS


@pytest.mark.parametrize("url", LINKS)
def test_only_web_addresses_become_links(url: str) -> None:
    # when
    message = received(warned("点开看看", url))
    # then
    assert [link["href"] for link in html(message).find_all("a")] == []
    assert url.strip() not in part(message, "plain")


def test_an_address_stays_inside_its_link() -> None:
    # given
    evil = """https://board.example/?a=1" onclick="alert(1)"><script>alert(2)</script>"""
    # when
    (link,) = html(received(warned("点开看看", evil))).find_all("a")
    # then
    assert (link["href"], set(link.attrs)) == (evil, {"href", "style"})


@pytest.mark.parametrize("recipient", ["a@city.example\r\nBcc: b@evil.example", "a@city.example\n\nbody"])
def test_a_recipient_with_a_line_break_in_it_gets_nothing(recipient: str) -> None:
    # given
    envelope = Envelope("提醒", "政务舆情监测", SENDER, [recipient], AT, MESSAGE_ID)
    # when / then
    with pytest.raises(ValueError, match=r"line|CR|LF|newline"):
        compose(envelope, "failure", {"where": "a", "told": "b", "log_url": "c", "at": AT}).as_bytes()


def test_a_page_of_a_mail_has_nothing_it_fetches_from_elsewhere() -> None:
    # when
    pages = [BeautifulSoup(part(received(mail), "html"), "lxml") for mail in (warned(ALL), briefed(ALL), failed(ALL))]
    # then
    assert [tag for page in pages for tag in page.find_all(["link", "style", "base", "meta"]) if tag.get("href")] == []
