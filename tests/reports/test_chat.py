"""The leaders' chat channel is told of a report once, with what is to be decided."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.runtime import Runtime
from pipeline.weekly import weekly
from tests.alerts.chat_server import ChatServer
from tests.pipeline.chats import LEADERS, configured
from tests.pipeline.conftest import chat
from tests.pipeline.postoffice import PostOffice
from tests.reports.test_weekly import MONDAY, run

__all__ = ["chat"]
pytestmark = pytest.mark.usefixtures("no_office")


@pytest.fixture
def chatting(
    own_town: Runtime, new_runtime: Callable[..., Runtime], post_office: PostOffice, chat: ChatServer, tmp_path: Path
) -> Runtime:
    """The month, with a mail server and a channel for the leaders."""
    config = configured(tmp_path / "own" / "config", {}, leadership_channels=[LEADERS])
    return new_runtime(**post_office.settings, **config, YUQING_CHANNEL_LINGDAO_DING=chat.dingtalk)


def test_the_leaders_are_told_of_a_report_once(chatting: Runtime, chat: ChatServer, post_office: PostOffice) -> None:
    # when it is made without mail, with it, and again
    weekly(chatting, None, MONDAY, MONDAY, mail=False)
    assert chat.take() == []
    done = run(chatting)
    again = run(chatting)
    # then
    (received,) = chat.take()
    report = done.summary.report
    assert received.text.startswith(f"【{report.title}】{report.subtitle}")
    assert report.decisions[0].what.text[:20] in received.text
    assert (done.mailed, again.mailed, len(post_office.take())) == ("sent", "sent before", 1)


def test_a_refused_message_fails_the_run_and_goes_out_with_the_next_one(
    chatting: Runtime, chat: ChatServer, post_office: PostOffice
) -> None:
    # given
    chat.answer = {"errcode": 310000, "errmsg": "sign not match"}
    # when
    failed = run(chatting)
    chat.answer = {"errcode": 0}
    done = run(chatting)
    # then
    assert (failed.mailed, done.mailed) == ("failed", "sent before")
    assert f"群消息 {LEADERS}：钉钉没有接受消息：310000 sign not match" in failed.why
    assert (len(chat.take()), len(post_office.take())) == (2, 1)
