"""Chat channels beside the mails: who is told what, once, whatever becomes of a mail or a message."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.mail import NotSent
from core.errors import ConfigError, ExitCode, Unavailable
from pipeline.alerting import AlertRun, plan, send_alerts
from pipeline.chat import NEVER_CONFIRMED, channel_of, text_of
from pipeline.operator import report_failure
from pipeline.runtime import Runtime
from tests.alerts.chat_server import ChatServer
from tests.pipeline.chats import DUTY, GROUP, LEADERS, configured
from tests.pipeline.conftest import StartCommand
from tests.pipeline.content import alerts
from tests.pipeline.gate import Gate
from tests.pipeline.killing import Killer, writes_in_bulk
from tests.pipeline.letters import MAILBOX, OFFICE, STAFF, VACCINES, letter, november, put
from tests.pipeline.postoffice import PostOffice

SENT_AT = datetime(2026, 1, 5, tzinfo=UTC)
TODAY = november(18)
REFUSED = {"errcode": 93000, "errmsg": "invalid webhook url", "code": 1}


@pytest.fixture
def chatting(
    environment: dict[str, str], tmp_path: Path, post_office: PostOffice, chat: ChatServer
) -> Callable[..., Runtime]:
    """Makes the installation's runtime, with these channels of its sections."""

    def make(channels: dict[str, list[str]] | None = None, **more: list[str]) -> Runtime:
        environment.update(configured(tmp_path / "config", channels, **more))
        environment.update(post_office.settings)
        environment["YUQING_CHANNEL_JIKONG_WECOM"] = chat.wecom
        environment["YUQING_CHANNEL_LINGDAO_DING"] = chat.dingtalk
        environment["YUQING_CHANNEL_YUNWEI_FEISHU"] = chat.feishu
        return Runtime.from_environment(environment)

    return make


def run(runtime: Runtime, at: datetime = TODAY) -> AlertRun:
    return send_alerts(runtime, at, SENT_AT)


def states(runtime: Runtime) -> dict[str, str]:
    return {alert: record["state"] for alert, record in alerts(runtime).items()}


# ---------- who is told what ----------


def test_a_section_with_a_channel_is_told_there_as_well(
    chatting: Callable[..., Runtime], chat: ChatServer, post_office: PostOffice
) -> None:
    # given
    office = chatting()
    put(office, [letter(1, VACCINES), letter(2, VACCINES), letter(3, OFFICE)])
    # when
    done = run(office)
    # then
    assert {mail.recipients[0] for mail in post_office.take()} == {MAILBOX[VACCINES], MAILBOX[OFFICE]}
    (received,) = chat.take()
    number = done.chats_sent[0].message_id[1:9]
    assert received.text.splitlines() == [
        "【留言办理提醒】疾控应急科：今日到期 2 件",
        "截至 2019-11-18 08:30",
        "1. 今日到期：第 1 件事，11-18 17:30 到期，编号 board:1",
        "2. 今日到期：第 2 件事，11-18 17:30 到期，编号 board:2",
        "详见邮件和看板。",
        f"政务舆情监测 · 消息号 {number}",
    ]
    # and each has a record of its own, as the mail has
    assert states(office) == {
        "board:1|due_today": "sent",
        "board:2|due_today": "sent",
        "board:3|due_today": "sent",
        f"board:1|due_today|@{GROUP}": "sent",
        f"board:2|due_today|@{GROUP}": "sent",
    }
    record = alerts(office)[f"board:1|due_today|@{GROUP}"]
    assert (record["recipients"], record["sent_at"]) == ([GROUP], SENT_AT.isoformat())


def test_a_second_run_tells_only_what_came_since(
    chatting: Callable[..., Runtime], chat: ChatServer, post_office: PostOffice
) -> None:
    # given
    office = chatting()
    put(office, [letter(1, VACCINES)])
    run(office)
    chat.take()
    # when nothing, and then something is new
    assert run(office, november(18, 14)).chats == []
    put(office, [letter(2, VACCINES)])
    run(chatting(), november(18, 14))
    # then
    (received,) = chat.take()
    assert "board:2" in received.text
    assert "board:1" not in received.text
    assert len(post_office.take()) == 2


def test_without_channels_nothing_is_sent_though_an_address_is_there(
    chatting: Callable[..., Runtime], chat: ChatServer, post_office: PostOffice
) -> None:
    # given
    office = chatting({})
    put(office, [letter(1, VACCINES)])
    # when
    done = run(office)
    # then
    assert (chat.take(), done.chats, len(post_office.take())) == ([], [], 1)
    assert states(office) == {"board:1|due_today": "sent"}


def test_the_leaders_channel_is_told_when_the_leaders_get_a_copy(
    chatting: Callable[..., Runtime], chat: ChatServer
) -> None:
    # given one overdue by more than three working days, one by less
    office = chatting({}, leadership_channels=[LEADERS])
    put(office, [letter(1, VACCINES), letter(2, STAFF, november(8))])
    # when
    run(office, november(26))
    # then
    (received,) = chat.take()
    assert received.path == "/robot/send"
    assert "疾控应急科" in received.text


def test_a_message_in_a_section_that_is_no_longer_there_goes_to_the_fallbacks_channel(
    chatting: Callable[..., Runtime], chat: ChatServer
) -> None:
    office = chatting({OFFICE: [GROUP]})
    put(office, [letter(1, "撤销了的科室")])
    run(office)
    assert [received.text.splitlines()[0] for received in chat.take()] == ["【留言办理提醒】办公室：今日到期 1 件"]


def test_a_dry_run_shows_the_text_and_sends_and_records_nothing(
    chatting: Callable[..., Runtime], chat: ChatServer
) -> None:
    # given
    office = chatting()
    put(office, [letter(1, VACCINES)])
    # when
    planned = plan(office, TODAY)
    # then it is what goes out afterwards
    assert ([channel_of(one) for one in planned.chats], chat.take(), alerts(office)) == ([GROUP], [], {})
    run(office)
    assert [text_of(one) for one in planned.chats] == [received.text for received in chat.take()]


def test_the_operator_is_told_of_a_failure(
    chatting: Callable[..., Runtime], chat: ChatServer, post_office: PostOffice
) -> None:
    # given
    office = chatting({}, operator_channels=[DUTY])
    # when, and when the chat service refuses
    report_failure(office, "collect / fetch", Unavailable("连不上 Elasticsearch"), "http://x/log", TODAY)
    chat.answer = REFUSED
    report_failure(office, "collect / fetch", Unavailable("连不上 Elasticsearch"), "http://x/log", TODAY)
    # then
    first, _ = chat.take()
    assert first.path.startswith("/open-apis/bot/v2/hook/")
    assert "【系统故障】collect / fetch" in first.text
    assert "连不上 Elasticsearch" in first.text
    assert len(post_office.take()) == 2


# ---------- one fails, the other does not ----------


@pytest.mark.parametrize("answer", [REFUSED, "<html>", None])
def test_a_refused_message_is_tried_again_and_repeats_no_mail(
    chatting: Callable[..., Runtime], chat: ChatServer, post_office: PostOffice, answer: object
) -> None:
    # given a service that refuses by its answer or, without one, by its status
    office = chatting()
    put(office, [letter(1, VACCINES)])
    chat.status, chat.answer = (200, answer) if answer else (500, {})
    # when
    done = run(office)
    # then
    [(failed, reason)] = done.failed
    assert (failed.department, reason.startswith(f"群消息 {GROUP}：")) == (VACCINES, True)
    assert states(office) == {"board:1|due_today": "sent", f"board:1|due_today|@{GROUP}": "failed"}
    assert len(post_office.take()) == len(chat.take()) == 1
    # and the next run
    chat.status, chat.answer = 200, {"errcode": 0}
    again = run(chatting(), november(18, 14))
    assert (again.failed, post_office.take(), len(chat.take())) == ([], [], 1)
    record = alerts(office)[f"board:1|due_today|@{GROUP}"]
    assert (record["state"], record["attempts"], "error" in record) == ("sent", 2, False)


def test_a_mail_server_that_is_down_keeps_no_message_back_and_repeats_none(
    chatting: Callable[..., Runtime], environment: dict[str, str], chat: ChatServer, post_office: PostOffice
) -> None:
    # given
    office = chatting()
    put(office, [letter(1, VACCINES)])
    nobody_there = Runtime.from_environment({**environment, **PostOffice().settings})
    # when
    with pytest.raises(NotSent, match="连不上邮件服务器"):
        run(nobody_there)
    # then
    assert len(chat.take()) == 1
    # and the next run sends the mail only
    run(office)
    assert (len(post_office.take()), chat.take()) == (1, [])


def test_without_a_mail_server_the_channels_are_told_and_the_run_fails(
    chatting: Callable[..., Runtime], environment: dict[str, str], chat: ChatServer
) -> None:
    # given
    put(chatting(), [letter(1, VACCINES)])
    bare = Runtime.from_environment({name: value for name, value in environment.items() if "SMTP" not in name})
    # when
    with pytest.raises(ConfigError, match="没有配置邮件服务器"):
        run(bare)
    # then
    assert len(chat.take()) == 1


# ---------- a message in doubt ----------


def test_a_message_in_doubt_goes_out_once_more_under_its_number_and_never_again(
    chatting: Callable[..., Runtime], chat: ChatServer, post_office: PostOffice
) -> None:
    # given a service that keeps the message and never answers
    office = chatting()
    put(office, [letter(1, VACCINES)])
    chat.hangs_up = lambda _: True
    done = run(office)
    assert [channel_of(one) for one, _ in done.failed] == [GROUP]
    assert states(office)[f"board:1|due_today|@{GROUP}"] == "sending"
    # when
    runs = [run(chatting(), november(18, hour)) for hour in (14, 15, 16)]
    # then it is the same line, and what nobody confirmed twice counts as sent
    first, second = chat.take()
    assert first == second
    assert [len(one.failed) for one in runs] == [0, 0, 0]
    record = alerts(office)[f"board:1|due_today|@{GROUP}"]
    assert (record["state"], record["error"]) == ("sent", NEVER_CONFIRMED)
    assert len(post_office.take()) == 1


def test_a_message_in_doubt_whose_repeat_is_refused_is_made_anew(
    chatting: Callable[..., Runtime], chat: ChatServer
) -> None:
    # given
    office = chatting()
    put(office, [letter(1, VACCINES)])
    chat.hangs_up = lambda _: True
    run(office)
    # when
    chat.hangs_up, chat.status = (lambda _: False), 500
    assert len(run(chatting(), november(18, 14)).failed) == 1
    chat.status = 200
    run(chatting(), november(18, 15))
    # then
    assert len(chat.take()) == 3
    assert states(office)[f"board:1|due_today|@{GROUP}"] == "sent"


def test_a_message_in_doubt_whose_channel_was_taken_out_is_let_go(
    chatting: Callable[..., Runtime], environment: dict[str, str], chat: ChatServer
) -> None:
    # given
    office = chatting()
    put(office, [letter(1, VACCINES)])
    chat.hangs_up = lambda _: True
    run(office)
    # when the office gives the channel up
    chatting({})
    del environment["YUQING_CHANNEL_JIKONG_WECOM"]
    done = run(Runtime.from_environment(environment))
    # then
    assert "已没有这个通道" in done.failed[0][1]
    assert states(office)[f"board:1|due_today|@{GROUP}"] == "failed"
    assert run(Runtime.from_environment(environment)).failed == []


@pytest.mark.parametrize("when", ["taken in", "kept", "before the record", "after the record"])
def test_a_run_killed_at_any_moment_leaves_a_message_that_comes_once_or_twice_under_one_number(
    chatting: Callable[..., Runtime],
    yuqing: StartCommand,
    gate: Gate,
    chat: ChatServer,
    post_office: PostOffice,
    when: str,
) -> None:
    # given
    office = chatting()
    put(office, [letter(1, VACCINES), letter(2, VACCINES)])
    command = ["alerts", "--at", "2019-11-18T08:30"]
    # when it is killed while the service holds the message, or while its end is written down
    if when in {"taken in", "kept"}:
        chat.close_at("taken in" if when == "taken in" else "kept")
        assert yuqing(*command).kill_when(chat.held.is_set)
        chat.open()
    else:
        side = "before" if when == "before the record" else "after"
        assert Killer(yuqing, gate, office).at_call([*command], writes_in_bulk, 1, side)  # type: ignore[arg-type]
    for _ in range(2):
        again = yuqing(*command)
        assert again.wait() == ExitCode.OK, again.output()
    # then
    texts = [received.text for received in chat.take()]
    assert len(set(texts)) == 1
    assert len(texts) == (1 if when == "after the record" else 2)
    assert len(post_office.take()) == 1
    assert set(states(office).values()) == {"sent"}
    assert len(states(office)) == 4


# ---------- configuration ----------


def test_a_channel_without_an_address_is_told_at_the_start(
    chatting: Callable[..., Runtime], environment: dict[str, str]
) -> None:
    # given
    chatting({OFFICE: [GROUP]})
    del environment["YUQING_CHANNEL_JIKONG_WECOM"]
    # when
    with pytest.raises(ConfigError) as told:
        Runtime.from_environment(environment)
    # then
    assert GROUP in told.value.message
    assert "YUQING_CHANNEL_JIKONG_WECOM" in told.value.advice


def test_an_address_that_makes_no_sense_is_told_by_its_variable_only(
    chatting: Callable[..., Runtime], environment: dict[str, str]
) -> None:
    chatting()
    environment["YUQING_CHANNEL_JIKONG_WECOM"] = "https://bureau.example/secret-path"
    with pytest.raises(ConfigError) as told:
        Runtime.from_environment(environment)
    assert "YUQING_CHANNEL_JIKONG_WECOM" in told.value.message
    assert "secret-path" not in told.value.message


@pytest.mark.parametrize("name", ["疾控", "Jikong", "jikong_wecom", "", "-a", "https://x/?key=1"])
def test_a_name_that_is_none_is_refused(chatting: Callable[..., Runtime], name: str) -> None:
    with pytest.raises(ConfigError, match="不能作通道的名字"):
        chatting({OFFICE: [name]})
