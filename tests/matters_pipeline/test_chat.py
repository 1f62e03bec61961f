"""Warnings and follow-ups on chat channels: once, and not at night unless it is urgent."""

from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.followups import followups
from pipeline.matters import cluster
from pipeline.runtime import Runtime
from pipeline.warnings import warn
from tests.alerts.chat_server import ChatServer
from tests.matters_pipeline.letters import letter, put
from tests.matters_pipeline.test_followups import AT, LEAD, asked_again, asked_and_answered
from tests.matters_pipeline.test_warnings import HOUR, NIGHT, THREAT, beijing, burst, raised
from tests.pipeline.chats import GROUP, configured
from tests.pipeline.conftest import chat
from tests.pipeline.letters import OFFICE
from tests.pipeline.postoffice import PostOffice

__all__ = ["chat"]
MORNING = beijing("2025-03-06 07:02")


@pytest.fixture
def chatting(mailing_city: Runtime, environment: dict[str, str], tmp_path: Path, chat: ChatServer) -> Runtime:
    """The city; the lead section and the office have one group together."""
    environment |= configured(tmp_path / "config", {LEAD: [GROUP], OFFICE: [GROUP]})
    environment |= {"YUQING_CHANNEL_JIKONG_WECOM": chat.wecom}
    mail = {name: value for name, value in mailing_city.settings.environment.items() if "SMTP" in name}
    return Runtime.from_environment({**environment, **mail})


def test_a_warning_at_night_is_told_when_the_night_is_over_and_once(
    chatting: Runtime, chat: ChatServer, post_office: PostOffice
) -> None:
    # given
    put(chatting, burst(NIGHT))
    # when
    (warning,) = raised(chatting, NIGHT)
    warn(chatting, beijing("2025-03-06 06:50"), NIGHT)
    assert chat.take() == []
    runs = [warn(chatting, MORNING + number * HOUR, NIGHT) for number in range(3)]
    # then
    (received,) = chat.take()
    assert [run.mails.chats for run in runs] == [[warning.id], [], []]
    assert len(post_office.take()) == 1
    lines = received.text.splitlines()
    assert lines[0].startswith("【舆情预警】")
    assert warning.id in received.text
    assert "2025-03-07 23:10 前回应" in received.text
    assert sum("board:plant-" in line for line in lines) >= 3
    assert len(received.text.encode()) <= 2048
    (record,) = chatting.alert_log.states([f"warning|{warning.id}|@{GROUP}"]).values()
    assert (record.about, record.subject, record.state, record.recipients) == ("warning", warning.id, "sent", (GROUP,))


def test_an_urgent_post_is_told_at_once_even_at_night(chatting: Runtime, chat: ChatServer) -> None:
    put(chatting, [letter("threat", THREAT, NIGHT - HOUR, risk="紧急", risk_reasons=["涉及自伤或伤人：跳下去"])])
    raised(chatting, NIGHT)
    warn(chatting, NIGHT + HOUR, NIGHT)
    (received,) = chat.take()
    assert received.text.startswith("【紧急】再不处理我就从楼上跳下去")


def test_a_warning_that_the_channel_refused_is_told_by_the_next_run_and_mailed_once(
    chatting: Runtime, chat: ChatServer, post_office: PostOffice
) -> None:
    # given
    put(chatting, burst(MORNING))
    chat.status = 500
    cluster(chatting, MORNING)
    first = warn(chatting, MORNING, MORNING)
    chat.status = 200
    # when
    second = warn(chatting, MORNING + HOUR, MORNING)
    # then
    (warning,) = first.raised
    [(subject, reason)] = first.mails.failed
    assert (subject, f"群消息 {GROUP}" in reason) == (warning.id, True)
    assert (second.mails.sent, second.mails.chats, second.mails.failed) == ([], [warning.id], [])
    assert (len(chat.take()), len(post_office.take())) == (2, 1)


def test_a_follow_up_found_at_night_is_told_in_the_morning_and_once(
    chatting: Runtime, chat: ChatServer, post_office: PostOffice
) -> None:
    # given
    put(chatting, asked_and_answered() + asked_again())
    night = AT.replace(hour=15)
    cluster(chatting, night)
    # when
    (record,) = followups(chatting, night, night).new
    assert (chat.take(), len(post_office.take())) == ([], 1)
    for hours in (9, 10, 11):
        followups(chatting, night + timedelta(hours=hours), night)
    # then
    (received,) = chat.take()
    assert received.text.startswith("【二次解读建议】")
    assert record.id in received.text
    assert post_office.take() == []


def test_a_channel_set_up_later_is_not_told_of_what_was_found_long_before(
    mailing_city: Runtime, chatting: Runtime, chat: ChatServer
) -> None:
    # given a follow-up nobody decided about, found before there was a channel
    put(mailing_city, asked_and_answered() + asked_again())
    cluster(mailing_city, AT)
    assert followups(mailing_city, AT, AT).new
    # when
    followups(chatting, AT + timedelta(days=8), AT)
    # then
    assert chat.take() == []
