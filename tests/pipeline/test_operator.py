"""The operator is told what failed; a notice that cannot be sent does no further harm."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from core.errors import Unavailable
from pipeline.operator import report_failure
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from tests.pipeline.postoffice import PostOffice

AT = datetime(2026, 1, 5, 0, 30, tzinfo=UTC)
WHERE = "deadline_alerts / mails / scheduled__2026-01-05"
LOG = "http://127.0.0.1:8080/log?dag_id=deadline_alerts&task_id=mails"
OPERATOR = "yunwei@bureau.example"


@pytest.fixture
def office(post_office: PostOffice, tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """An installation that sends its mail to the post office."""
    return Runtime(Settings({"YUQING_DATA": str(tmp_path_factory.mktemp("data")), **post_office.settings}))


def test_the_mail_says_what_failed_why_and_where_to_look(office: Runtime, post_office: PostOffice) -> None:
    # when
    report_failure(office, WHERE, Unavailable("连不上 Elasticsearch：refused <script>"), LOG, AT)
    # then
    (mail,) = post_office.take()
    assert mail.recipients == (OPERATOR,)
    assert mail.subject == f"【系统故障】{WHERE}"
    for text in (mail.text(), mail.text("html")):
        assert WHERE in text
        assert "2026-01-05 08:30" in text
        assert "Unavailable: 连不上 Elasticsearch" in text
    assert LOG in mail.text()
    assert "<script>" not in mail.text("html")


def test_a_failure_without_an_exception_is_told_as_well(office: Runtime, post_office: PostOffice) -> None:
    report_failure(office, WHERE, None, LOG, AT)
    (mail,) = post_office.take()
    assert "原因未知" in mail.text()


def test_a_line_break_does_not_make_another_header(office: Runtime, post_office: PostOffice) -> None:
    report_failure(office, "collect\r\nBcc: all@bureau.example\n\n第二段", ValueError("一\n二"), LOG, AT)
    (mail,) = post_office.take()
    assert mail.recipients == (OPERATOR,)
    assert mail.message["Bcc"] is None
    assert mail.subject == "【系统故障】collect Bcc: all@bureau.example 第二段"


def test_each_failure_is_a_mail_of_its_own(office: Runtime, post_office: PostOffice) -> None:
    for _ in range(2):
        report_failure(office, WHERE, ValueError("一"), LOG, AT)
    first, second = post_office.take()
    assert first.id != second.id


def refuse(post_office: PostOffice) -> None:
    post_office.refuses = lambda _: True


def turn_away(post_office: PostOffice) -> None:
    post_office.turns_away = lambda _: True


def hang_up(post_office: PostOffice) -> None:
    post_office.hangs_up_after = lambda _: True


@pytest.mark.parametrize("fault", [refuse, turn_away, hang_up])
def test_a_notice_that_is_not_taken_is_logged_and_raises_nothing(
    office: Runtime, post_office: PostOffice, caplog: pytest.LogCaptureFixture, fault: Callable[[PostOffice], None]
) -> None:
    # given
    fault(post_office)
    # when
    with caplog.at_level(logging.ERROR):
        report_failure(office, WHERE, ValueError("一"), LOG, AT)
    # then
    assert f"没有发出：{WHERE}" in caplog.text


def test_without_a_mail_server_the_log_has_it(
    tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture
) -> None:
    # given none configured, and one that does not answer
    data = {"YUQING_DATA": str(tmp_path_factory.mktemp("data"))}
    # when
    with caplog.at_level(logging.ERROR):
        report_failure(Runtime(Settings(data)), "one", ValueError("一"), LOG, AT)
        report_failure(Runtime(Settings({**data, **PostOffice().settings})), "two", ValueError("一"), LOG, AT)
    # then
    assert "没有配置邮件服务器或运维收件人，无法通知：one" in caplog.text
    assert "没有发出：two" in caplog.text
