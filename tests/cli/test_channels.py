"""`yuqing alerts` and `yuqing doctor` where sections have chat channels."""

from pathlib import Path

import pytest

from core.errors import ExitCode
from tests.alerts.chat_server import KEY, ChatServer
from tests.cli.command import Yuqing
from tests.cli.exports import AT, VACCINE
from tests.pipeline.chats import GROUP, configured
from tests.pipeline.conftest import chat

__all__ = ["chat"]


@pytest.fixture
def chatting(imported: Yuqing, chat: ChatServer, tmp_path: Path) -> Yuqing:
    """The installation that is only read, with a channel for one section."""
    variables = {**configured(tmp_path / "config", {VACCINE: [GROUP]}), "YUQING_CHANNEL_JIKONG_WECOM": chat.wecom}
    return Yuqing({**imported.environment, **variables})


def test_a_dry_run_shows_people_and_programs_the_text(chatting: Yuqing, chat: ChatServer) -> None:
    # when
    seen = chatting("alerts", "--at", AT, "--dry-run")
    told = chatting("alerts", "--at", AT, "--dry-run", "--json").json
    # then
    assert f"群消息 {GROUP}（{VACCINE}）：" in seen.out
    (message,) = told["chats"]
    assert (message["channel"], message["department"]) == (GROUP, VACCINE)
    assert "九价疫苗何时到苗" in message["text"]
    assert all(line in seen.out for line in message["text"].splitlines())
    assert chat.take() == []


def test_a_channel_can_be_tried(chatting: Yuqing, chat: ChatServer) -> None:
    # when
    tried = chatting("alerts", "--try-channel", GROUP)
    # then
    assert (tried.code, tried.out) == (ExitCode.OK, f"企业微信通道“{GROUP}”收下了测试消息，请在群里看一看。\n")
    (received,) = chat.take()
    assert received.text.startswith("【测试】")
    # and one that refuses says why, without its key
    chat.answer = {"errcode": 93000, "errmsg": f"invalid webhook url {KEY}"}
    refused = chatting("-v", "alerts", "--try-channel", GROUP, YUQING_LOG_LEVEL="debug")
    assert refused.code == ExitCode.UNAVAILABLE
    assert "93000 invalid webhook url" in refused.err
    assert KEY not in refused.out + refused.err


def test_a_channel_that_is_not_there_is_told_with_those_that_are(chatting: Yuqing) -> None:
    outcome = chatting("alerts", "--try-channel", "weather")
    assert outcome.code == ExitCode.CONFIG
    assert "YUQING_CHANNEL_WEATHER" in outcome.err
    assert GROUP in outcome.err


def test_the_doctor_tells_of_channels_and_sends_nothing(chatting: Yuqing, chat: ChatServer) -> None:
    # when one is used, and another one has an address only
    used = chatting("doctor", "--at", AT, "--json").json
    idle = chatting("doctor", "--at", AT, "--json", YUQING_CHANNEL_OLD_GROUP="feishu://a1").json
    # then
    findings = [next(one for one in told if one["check"] == "群消息") for told in (used, idle)]
    assert [one["verdict"] for one in findings] == ["ok", "warning"]
    assert findings[0]["found"] == f"{GROUP}（企业微信）"
    assert "old-group" in findings[1]["found"]
    assert chat.take() == []


def test_a_channel_without_an_address_is_a_mistake_in_the_configuration(chatting: Yuqing) -> None:
    outcome = chatting("doctor", YUQING_CHANNEL_JIKONG_WECOM="")
    assert outcome.code == ExitCode.CONFIG
    assert "YUQING_CHANNEL_JIKONG_WECOM" in outcome.err
