"""Handing mail to a real SMTP server: after every fault it is clear whether the server may have the mail."""

import logging

import pytest

from alerts.mail import Mailer, MailSettings, NotSent, Uncertain, render
from core.errors import ExitCode
from tests.alerts.mail_servers import LOOPBACK, Inbox, greeting, serving
from tests.alerts.samples import digest, item
from tests.conftest import free_port

SENDER = "reminder@city.example"
MAIL = render(digest(cc=("head@city.example",)), SENDER)
OTHER = render(digest(item(2), message_id="<second@yuqing.invalid>"), SENDER)


def plain(port: int, host: str = LOOPBACK, timeout: float = 10) -> MailSettings:
    return MailSettings(host=host, port=port, security="none", sender=SENDER, timeout_seconds=timeout)


def test_a_mail_arrives_as_it_was_written_at_all_its_recipients() -> None:
    # given
    inbox = Inbox()
    # when
    with serving(inbox) as port, Mailer(plain(port)) as mailer:
        mailer.send(MAIL)
    # then
    (delivery,) = inbox.deliveries
    assert (delivery.sender, delivery.recipients) == (SENDER, ("cdc@city.example", "head@city.example"))
    assert delivery.message["Message-ID"] == MAIL["Message-ID"]
    assert delivery.message["Subject"] == MAIL["Subject"]
    for kind in ("plain", "html"):
        sent, got = MAIL.get_body((kind,)), delivery.message.get_body((kind,))
        assert sent is not None
        assert got is not None
        assert got.get_payload(decode=True) == sent.get_payload(decode=True)


def test_lines_end_as_smtp_wants_them() -> None:
    # given
    inbox = Inbox()
    # when
    with serving(inbox) as port, Mailer(plain(port)) as mailer:
        mailer.send(MAIL)
    # then
    content = inbox.deliveries[0].content
    assert content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r")


def test_all_mails_of_a_run_go_over_one_session() -> None:
    # given
    inbox = Inbox()
    # when
    with serving(inbox) as port, Mailer(plain(port)) as mailer:
        for _ in range(3):
            mailer.send(MAIL)
    # then
    assert (len(inbox.deliveries), inbox.sessions) == (3, 1)


def test_nobody_listening_means_not_sent() -> None:
    # given
    port = free_port()
    # when
    with pytest.raises(NotSent) as told:
        Mailer(plain(port)).__enter__()
    # then the error names the server and what to check, and that a later run makes up for it
    assert f"连不上邮件服务器 127.0.0.1:{port}" in told.value.message
    assert "YUQING_SMTP_HOST" in told.value.advice
    assert "补发" in told.value.advice
    assert told.value.exit_code == ExitCode.UNAVAILABLE


@pytest.mark.parametrize("host", ["no-such-host.invalid", "mail..city.example"])
def test_a_server_name_that_leads_nowhere_means_not_sent(host: str) -> None:
    with pytest.raises(NotSent, match="连不上邮件服务器"):
        Mailer(plain(25, host=host)).__enter__()


@pytest.mark.parametrize("words", [b"554 5.7.1 no mail from you\r\n", b"421 4.3.2 too many callers\r\n", b"hello?\r\n"])
def test_a_server_that_does_not_greet_means_not_sent(words: bytes) -> None:
    with greeting(words) as port, pytest.raises(NotSent, match="连不上邮件服务器"):
        Mailer(plain(port, timeout=2)).__enter__()


def test_a_server_that_keeps_silent_is_given_up_after_the_time_limit() -> None:
    with greeting(b"") as port, pytest.raises(NotSent, match="timed out"):
        Mailer(plain(port, timeout=0.5)).__enter__()


def test_a_refused_sender_means_not_sent_in_the_servers_words() -> None:
    # given
    inbox = Inbox(refuses_sender=True)
    # when
    with serving(inbox) as port, Mailer(plain(port)) as mailer, pytest.raises(NotSent) as told:
        mailer.send(MAIL)
    # then
    assert "553 5.7.1 sender not allowed" in told.value.message
    assert inbox.deliveries == []


def test_one_refused_recipient_keeps_the_mail_from_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    # given
    inbox = Inbox(refuses={"cdc@city.example"})
    # when
    with caplog.at_level(logging.WARNING), serving(inbox) as port, Mailer(plain(port)) as mailer:
        mailer.send(MAIL)
    # then the log names who was left out
    assert inbox.deliveries[0].recipients == ("head@city.example",)
    assert "邮件服务器拒收了部分收件人：cdc@city.example" in caplog.text


def test_a_section_that_is_put_off_gets_its_mail_later_and_not_only_its_leader() -> None:
    # given a server that takes mail for the section only at the second call, as grey listing does
    inbox = Inbox(puts_off={"cdc@city.example"})
    # when
    with serving(inbox) as port:
        with Mailer(plain(port)) as mailer, pytest.raises(NotSent, match="收件人被拒收：cdc@city"):
            mailer.send(MAIL)
        with Mailer(plain(port)) as mailer:
            mailer.send(MAIL)
    # then
    assert [one.recipients for one in inbox.deliveries] == [("cdc@city.example", "head@city.example")]


def test_a_mail_nobody_may_receive_is_not_sent_and_names_them() -> None:
    # given
    inbox = Inbox(refuses={"cdc@city.example", "head@city.example"})
    # when
    with serving(inbox) as port, Mailer(plain(port)) as mailer, pytest.raises(NotSent) as told:
        mailer.send(MAIL)
    # then
    assert "cdc@city.example、head@city.example" in told.value.message
    assert inbox.deliveries == []


@pytest.mark.parametrize("answer", ["451 4.3.0 try again later", "452 4.3.1 no space", "554 5.7.1 looks like spam"])
def test_a_refused_mail_is_not_sent_and_the_next_one_goes_out(answer: str) -> None:
    # given a server that refuses only the first mail
    inbox = Inbox(answer)
    # when
    with serving(inbox) as port, Mailer(plain(port)) as mailer:
        with pytest.raises(NotSent) as told:
            mailer.send(MAIL)
        mailer.send(OTHER)
    # then
    assert answer in told.value.message
    assert [one.message["Message-ID"] for one in inbox.deliveries] == ["<second@yuqing.invalid>"]


def test_a_connection_lost_after_the_mail_was_handed_over_leaves_it_in_doubt() -> None:
    # given a server that takes the mail and dies before it says so
    inbox = Inbox("drop")
    # when
    with serving(inbox) as port, Mailer(plain(port)) as mailer:
        with pytest.raises(Uncertain) as told:
            mailer.send(MAIL)
        mailer.send(OTHER)
    # then it may have arrived, as here it did; the next mail gets a new connection
    assert "没有等到服务器的确认" in told.value.message
    assert "同一个 Message-ID" in told.value.advice
    assert [one.message["Message-ID"] for one in inbox.deliveries] == [MAIL["Message-ID"], "<second@yuqing.invalid>"]
    assert inbox.sessions == 2


def test_a_server_that_hangs_after_the_mail_was_handed_over_leaves_it_in_doubt() -> None:
    # given
    inbox = Inbox("hang")
    # when
    with (
        serving(inbox) as port,
        Mailer(plain(port, timeout=0.5)) as mailer,
        pytest.raises(Uncertain, match="timed out"),
    ):
        mailer.send(MAIL)


def test_a_mail_in_doubt_is_not_said_to_be_unsent() -> None:
    """The two must not be mistaken for each other: one is repeated under the same id, the other made anew."""
    assert not issubclass(Uncertain, NotSent)
    assert not issubclass(NotSent, Uncertain)


def test_a_server_that_went_away_between_two_mails_costs_the_second_only_a_repeat() -> None:
    # given a session whose server stops after the first mail
    inbox = Inbox()
    with serving(inbox) as port:
        mailer = Mailer(plain(port, timeout=2))
        mailer.__enter__()
        mailer.send(MAIL)
    # when
    with pytest.raises(NotSent):
        mailer.send(OTHER)
    # then
    assert len(inbox.deliveries) == 1
    mailer.__exit__(None, None, None)
