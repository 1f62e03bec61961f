"""Chat channels: what each service is sent, what its answer means, and that no key gets into a log or an error."""

import base64
import hashlib
import hmac
import logging
from collections.abc import Callable, Iterator

import pytest
import requests

from alerts.channels import HOW, Channel, open_channel
from alerts.mail import NotSent, Uncertain
from tests.alerts.chat_server import KEY, ChatServer
from tests.conftest import free_port

TEXT = "【留言办理提醒】办公室：今日到期 1 件\n1. 今日到期：第 1 件事"
SERVICES = ("wecom", "dingtalk", "feishu", "webhook")
WITH_CODE = {
    "wecom": {"errcode": 93000, "errmsg": f"invalid webhook url, key {KEY}"},
    "dingtalk": {"errcode": 310000, "errmsg": "keywords not in content"},
    "feishu": {"code": 19024, "msg": "Key Words Not Found", "data": {}},
}


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    """The services, on loopback."""
    with ChatServer() as running:
        yield running


def channel(chat: ChatServer, service: str) -> Channel:
    return open_channel("jikong", getattr(chat, service))


# ---------- what is sent ----------


def test_wecom_is_sent_a_text(chat: ChatServer) -> None:
    channel(chat, "wecom").send(TEXT)
    (received,) = chat.take()
    assert (received.path, received.query) == ("/cgi-bin/webhook/send", {"key": KEY})
    assert received.json == {"msgtype": "text", "text": {"content": TEXT}}
    assert received.headers["Content-Type"] == "application/json; charset=utf-8"


def test_dingtalk_is_sent_a_text_that_calls_nobody(chat: ChatServer) -> None:
    channel(chat, "dingtalk").send(TEXT)
    (received,) = chat.take()
    assert (received.path, received.query) == ("/robot/send", {"access_token": KEY})
    assert received.json == {"msgtype": "text", "text": {"content": TEXT}, "at": {"atMobiles": [], "isAtAll": False}}


def test_feishu_is_sent_a_text(chat: ChatServer) -> None:
    channel(chat, "feishu").send(TEXT)
    (received,) = chat.take()
    assert received.path == f"/open-apis/bot/v2/hook/{KEY}"
    assert received.json == {"msg_type": "text", "content": {"text": TEXT}}


def test_a_plain_webhook_is_sent_the_text_as_json(chat: ChatServer) -> None:
    channel(chat, "webhook").send(TEXT)
    (received,) = chat.take()
    assert received.path == f"/notices/{KEY}"
    assert (received.json["message"], received.json["type"]) == (TEXT, "info")


def test_a_plain_webhook_may_name_its_own_field_and_header(chat: ChatServer) -> None:
    open_channel("oa", f"{chat.webhook}?:message=content&+X-Token=abc").send(TEXT)
    (received,) = chat.take()
    assert (received.json["content"], received.headers["X-Token"]) == (TEXT, "abc")


@pytest.mark.parametrize("secret", ["SECaaa", "SECb17"])
def test_dingtalk_gets_a_signature_that_it_can_verify(chat: ChatServer, secret: str) -> None:
    # when
    open_channel("jikong", f"{chat.dingtalk}&secret={secret}").send(TEXT)
    # then it is what 钉钉 works out itself from what the URL says, decoded once
    (received,) = chat.take()
    signed = f"{received.query['timestamp']}\n{secret}".encode()
    expected = base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()
    assert received.query["sign"] == expected


@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("wecombot://a1-b2", "企业微信"),
        ("dingtalk://SECa1@b2", "钉钉"),
        ("feishu://a1-b2", "飞书"),
        ("lark://a1-b2", "飞书"),
        ("jsons://oa.bureau.example/notice", "Webhook"),
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a1-b2", "企业微信"),
        ("https://zwwx.city.example:8443/gate/cgi-bin/webhook/send?key=a1-b2", "企业微信"),
        ("https://oapi.dingtalk.com/robot/send?access_token=a1b2", "钉钉"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/a1-b2", "飞书"),
    ],
)
def test_an_address_tells_its_service(address: str, title: str) -> None:
    assert open_channel("jikong", address).title == title


@pytest.mark.parametrize(
    "address",
    [
        "wecombot://",
        "dingtalk://",
        "dingtalk://not a token/",
        "json://",
        "mailto://user:pass@example.org",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send",
        "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=a b",
        "https://oapi.dingtalk.com/robot/send",
        "https://oapi.dingtalk.com/robot/send?access_token=a1&secret=b 2",
        "https://open.feishu.cn/open-apis/bot/v2/hook/",
        "https:///cgi-bin/webhook/send?key=a1",
        "https://{key}/cgi-bin/webhook/send?key=a1",
        "https://[::1/robot/send?access_token=a1",
        "https://bureau.example/notice",
        "a1b2",
    ],
)
def test_an_address_that_is_none_is_refused_without_quoting_it(address: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(ValueError, match="认不出是哪种通道") as told:
        open_channel("jikong", address)
    quoted = address.partition("://")[2] or address
    assert quoted not in str(told.value).replace(HOW, "")
    assert not [record for record in caplog.records if quoted in record.getMessage()]


# ---------- what an answer means ----------


@pytest.mark.parametrize("service", WITH_CODE)
def test_a_wrong_key_is_not_taken_for_sent_though_the_answer_is_http_200(chat: ChatServer, service: str) -> None:
    # given
    chat.answer = WITH_CODE[service]
    # when
    with pytest.raises(NotSent) as told:
        channel(chat, service).send(TEXT)
    # then its own words are told, without the key
    code = WITH_CODE[service].get("errcode") or WITH_CODE[service]["code"]
    assert str(code) in told.value.message
    assert KEY not in told.value.message
    assert len(chat.take()) == 1


@pytest.mark.parametrize("service", WITH_CODE)
@pytest.mark.parametrize("answer", ["<html>Please log in</html>", "", "[]", '{"errcode": null}', '"ok"'])
def test_an_answer_of_somebody_else_is_not_taken_for_the_services(chat: ChatServer, service: str, answer: str) -> None:
    chat.answer = answer
    with pytest.raises(NotSent, match="回答的不像是"):
        channel(chat, service).send(TEXT)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("status", [302, 400, 403, 404, 429, 500, 503])
def test_a_refusal_is_certain(chat: ChatServer, service: str, status: int) -> None:
    # given a server that refuses, or sends on to another address
    chat.status = status
    chat.headers = {"Location": f"http://127.0.0.1:{chat.port}/elsewhere"} if status == 302 else {}
    # when
    with pytest.raises(NotSent, match=f"HTTP {status}"):
        channel(chat, service).send(TEXT)
    # then nobody was asked twice
    assert len(chat.take()) == 1


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("status", [502, 504])
def test_what_stands_between_does_not_know_whether_it_arrived(chat: ChatServer, service: str, status: int) -> None:
    chat.status = status
    with pytest.raises(Uncertain, match=f"HTTP {status}"):
        channel(chat, service).send(TEXT)


@pytest.mark.parametrize("service", SERVICES)
def test_a_connection_that_ends_without_an_answer_leaves_it_open(chat: ChatServer, service: str) -> None:
    chat.hangs_up = lambda _: True
    with pytest.raises(Uncertain, match="没有等到确认"):
        channel(chat, service).send(TEXT)
    assert len(chat.take()) == 1


def test_a_server_that_falls_silent_leaves_it_open(chat: ChatServer) -> None:
    chat.close_at("kept")
    with pytest.raises(Uncertain, match="ReadTimeout"):
        open_channel("oa", f"{chat.webhook}?rto=0.3").send(TEXT)
    assert len(chat.take()) == 1


@pytest.mark.parametrize(
    "address",
    [
        f"http://127.0.0.1:{{port}}/cgi-bin/webhook/send?key={KEY}",
        f"https://127.0.0.1:{{port}}/cgi-bin/webhook/send?key={KEY}",
        f"http://no-such-host.invalid/cgi-bin/webhook/send?key={KEY}",
        f"json://127.0.0.1:{{port}}/{KEY}",
    ],
)
def test_where_nobody_listens_it_certainly_was_not_sent(address: str) -> None:
    with pytest.raises(NotSent, match="连不上"):
        open_channel("jikong", address.format(port=free_port())).send(TEXT)


def test_a_server_that_speaks_no_tls_certainly_was_not_sent_anything(chat: ChatServer) -> None:
    with pytest.raises(NotSent, match="连不上企业微信（SSLError）"):
        open_channel("jikong", chat.wecom.replace("http:", "https:")).send(TEXT)


def test_what_others_ask_of_the_web_is_as_before_afterwards(chat: ChatServer) -> None:
    # given
    before = requests.Session.send
    chat.hangs_up = lambda _: True
    # when
    with pytest.raises(Uncertain):
        channel(chat, "wecom").send(TEXT)
    # then
    assert requests.Session.send is before


# ---------- what must not be told ----------


def refuse(chat: ChatServer) -> None:
    chat.status = 500


def deny(chat: ChatServer) -> None:
    chat.answer = {"errcode": 1, "errmsg": f"no such key: {KEY}", "code": 1, "msg": KEY}


def hang_up(chat: ChatServer) -> None:
    chat.hangs_up = lambda _: True


def nothing(chat: ChatServer) -> None:
    pass


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("fault", [nothing, refuse, deny, hang_up])
def test_no_log_of_any_level_and_no_error_holds_the_key_or_the_text(
    chat: ChatServer, service: str, fault: Callable[[ChatServer], None], caplog: pytest.LogCaptureFixture
) -> None:
    # given
    fault(chat)
    told = ""
    # when
    with caplog.at_level(1), caplog.at_level(1, "apprise"), caplog.at_level(1, "urllib3"):
        try:
            channel(chat, service).send(TEXT)
        except (NotSent, Uncertain) as error:
            told = f"{error!r} {error.advice} {error.__cause__} {error.__context__}"
    # then
    for text in (told, *(record.getMessage() for record in caplog.records)):
        assert KEY not in text
        assert "留言办理提醒" not in text
