"""Channels: group robots of 企业微信 (粤政易 is built on it), 钉钉 and 飞书, and a plain webhook, spoken to through apprise.

apprise makes each service's request. Of the answer it tells too little: its plugins of 企业微信 and 钉钉 take every HTTP 200
for a success, also one that says the key is wrong, and none tells a refusal from an answer that never came. So the exchange
is listened to, and what was heard decides. Addresses hold keys: nothing here logs one or puts it into an error.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from urllib3.exceptions import MaxRetryError, NewConnectionError

from alerts.mail import NotSent, Uncertain

if TYPE_CHECKING:
    from apprise.plugins.base import NotifyBase

READ_TIMEOUT_SECONDS = 15.0
AGAIN = "稍后再运行一次会补发。"
HOW = (
    "可以原样填写群机器人的 Webhook 地址，"
    "也可以写成 wecombot://密钥、dingtalk://密钥、feishu://密钥、json://主机/路径、jsons://主机/路径。"
)


@dataclass(frozen=True)
class Kind:
    """A service. `most_bytes` of UTF-8 a text may have; `code` names the number in its answer that is 0 when it took one."""

    title: str
    most_bytes: int
    code: str | None = None
    pause_seconds: float = 0
    """Between two messages: services refuse more than 20 (飞书: 100) a minute."""


# https://developer.work.weixin.qq.com/document/path/91770, https://open.dingtalk.com/document/orgapp/custom-robot-access,
# https://open.feishu.cn/document/client-docs/bot-v3/add-custom-bot. The last two limit the whole request, 20,000 bytes;
# that of 钉钉 is written with six bytes for each Chinese character, twice as many as in UTF-8.
WECOM = Kind("企业微信", 2048, "errcode", 3)
DINGTALK = Kind("钉钉", 9000, "errcode", 3)
FEISHU = Kind("飞书", 18_000, "code", 1)
WEBHOOK = Kind("Webhook", 18_000)
KINDS = {
    "wecombot": WECOM,
    "dingtalk": DINGTALK,
    "feishu": FEISHU,
    "lark": FEISHU,
    "json": WEBHOOK,
    "jsons": WEBHOOK,
}


class Channel:
    """A group or system that short messages go to. `most_bytes` is the longest text it takes, in UTF-8."""

    def __init__(self, name: str, kind: Kind, plugin: "NotifyBase") -> None:
        self.name = name
        self.title = kind.title
        self.most_bytes = kind.most_bytes
        self._kind = kind
        self._plugin = plugin

    def send(self, text: str) -> None:
        """Hand the text over. Raises `NotSent` when it certainly was not taken, `Uncertain` when no answer came."""
        with _unlogged(), _listening() as heard:
            try:
                taken = self._plugin.notify(body=text, body_format="text")
            except UnicodeError:
                # Without its cause, which shows the address.
                raise NotSent(f"{self.title}的地址里有不能用的字符。", "请检查环境变量。") from None
        if heard.error:
            raise self._lost(heard.error)
        if heard.answer is None:
            raise NotSent(f"{self.title}：没有发出。", AGAIN)
        self._read(heard.answer)
        if not taken:
            raise NotSent(f"{self.title}没有接受消息。", AGAIN)

    def _lost(self, error: requests.RequestException) -> NotSent | Uncertain:
        """What an exchange without an answer means; without the words of the error, which show the address."""
        kind = type(error).__name__
        if _never_left(error):
            return NotSent(f"连不上{self.title}（{kind}）", f"请检查网络和地址；{AGAIN}")
        return Uncertain(f"消息已交给{self.title}，但没有等到确认（{kind}）", "下次运行会再发一次，消息号不变。")

    def _read(self, answer: requests.Response) -> None:
        if answer.status_code in {requests.codes.bad_gateway, requests.codes.gateway_timeout}:
            # Of what stands between; the service itself may have taken it.
            raise Uncertain(f"{self.title}没有确认（HTTP {answer.status_code}）", "下次运行会再发一次，消息号不变。")
        if not 200 <= answer.status_code < 300:
            raise NotSent(f"{self.title}没有接受消息（HTTP {answer.status_code}）", AGAIN)
        if self._kind.code is None:
            return
        try:
            told: Any = answer.json()
        except ValueError:
            told = None
        code = told.get(self._kind.code) if isinstance(told, dict) else None
        if not isinstance(code, int):
            raise NotSent(f"回答的不像是{self.title}。", "请检查地址，以及到那里的网络。")
        if code != 0:
            raise NotSent(f"{self.title}没有接受消息：{code} {self._words(told)}", f"请检查群机器人的设置；{AGAIN}")

    def _words(self, told: dict[str, Any]) -> str:
        """The service's own words, in one line, without the key should it repeat it."""
        words = " ".join(str(told.get("errmsg") or told.get("msg") or "").split())[:200]
        for name in ("key", "token", "secret"):
            if secret := getattr(self._plugin, name, None):
                words = words.replace(secret, "…")
        return words


def open_channel(name: str, address: str) -> Channel:
    """The channel at an address: one that apprise knows, or a robot's webhook address as the service shows it.

    Raises `ValueError`, in Chinese and without the address.
    """
    from alerts.robots import plugin_at, robot_at

    scheme = address.partition("://")[0].lower()
    with _unlogged():
        if scheme in {"http", "https"}:
            scheme, plugin = robot_at(address) or ("", None)
        else:
            plugin = plugin_at(address) if scheme in KINDS else None
    if plugin is None:
        raise ValueError(f"地址不完整，或认不出是哪种通道；{HOW}")
    kind = KINDS[scheme]
    plugin.request_rate_per_sec = kind.pause_seconds
    if "rto=" not in address:
        plugin.socket_read_timeout = READ_TIMEOUT_SECONDS
    return Channel(name, kind, plugin)


@dataclass
class _Heard:
    answer: requests.Response | None = None
    error: requests.RequestException | None = None


_ONE_AT_A_TIME = threading.Lock()


@contextmanager
def _listening() -> Iterator[_Heard]:
    """Listens to what `requests` is told in this thread. apprise's plugins keep it to themselves and offer no other place."""
    heard = _Heard()
    thread = threading.get_ident()
    exchange = requests.Session.send

    def overheard(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        if threading.get_ident() != thread:
            return exchange(session, request, **options)
        try:
            heard.answer = exchange(session, request, **options)
        except requests.RequestException as error:
            heard.error = error
            raise
        return heard.answer

    with _ONE_AT_A_TIME:
        requests.Session.send = overheard  # type: ignore[assignment,method-assign]
        try:
            yield heard
        finally:
            requests.Session.send = exchange  # type: ignore[method-assign]


@contextmanager
def _unlogged() -> Iterator[None]:
    """Keeps from logging, at whatever level, those whose lines show addresses and texts."""
    loggers = [logging.getLogger(name) for name in ("apprise", "urllib3.connectionpool")]
    for logger in loggers:
        logger.addFilter(_drop)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(_drop)


def _drop(record: logging.LogRecord) -> bool:
    return False


def _never_left(error: requests.RequestException) -> bool:
    """Whether the request certainly did not reach the service: there was no connection, or none that could be trusted."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return True
    # Addresses and headers that cannot be.
    if isinstance(error, ValueError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
