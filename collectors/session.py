"""The one HTTP session of all collectors: a polite guest.

One request per host every few seconds with jitter; robots.txt respected; a 403 or 429 is answered by minutes of silence
and, if it stays, by giving up; sizes, redirects and waiting times are bounded. Refusals are never evaded.

A request passes five layers, each a method that calls the next: `_insist` tries again after a stumble, `_usable` tells a
stumble from an answer, `_unrefused` waits when the site says no, `_follow` goes along redirects, `_once` asks.
"""

import logging
import random
import re
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests
from pydantic import Field
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from urllib3.exceptions import HTTPError, IncompleteRead, ReadTimeoutError

from collectors.gunzip import Gunzip
from collectors.page import Page, web_address
from collectors.robots import Robots
from core.config import Config
from core.errors import Unavailable

log = logging.getLogger(__name__)
# `code` is how an RSSHub names the secret of its access control.
_SECRET_WORDS = re.compile(r"token|key|pass|pwd|secret|sig|auth|code|session", re.IGNORECASE)
_CHUNK = 64 * 1024
MOST_REDIRECTS = 5
_LATER = "请过一段时间再运行，或在 config/sources.yml 里调大 interval。"
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (requests.exceptions.SSLError, "证书验证失败"),
    (requests.exceptions.ProxyError, "代理连不上"),
    (requests.exceptions.ConnectTimeout, "连接超时"),
    (requests.exceptions.ReadTimeout, "等待回答超时"),
    (ReadTimeoutError, "等待回答超时"),
    (requests.exceptions.ConnectionError, "连不上"),
    (IncompleteRead, "内容不完整"),
)


class Refused(Unavailable):
    """The site does not want to be asked now (403, 429, robots.txt). Asking again has to wait for a later run."""


class Broken(Unavailable):
    """The site answered with something unusable. `status` is its last answer's, if that answer was the fault."""

    def __init__(self, message: str, advice: str = "", status: int | None = None) -> None:
        super().__init__(message, advice)
        self.status = status


class _Transient(Exception):
    """A fault worth another try; `status` where it is the answer's."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Politeness(Config):
    """How sites are asked. Times in seconds."""

    user_agent: str = "yuqing/0.1 (+mailto:webmaster@bureau.example)"
    """Who asks, with a way to reach the office."""
    interval: float = Field(default=4, ge=0)
    jitter: float = Field(default=2, ge=0)
    connect_timeout: float = Field(default=10, gt=0)
    read_timeout: float = Field(default=30, gt=0)
    total_timeout: float = Field(default=120, gt=0)
    """Longest time for one answer, so that a site that drips bytes cannot hold a run."""
    max_bytes: int = Field(default=20 * 1024 * 1024, ge=1024)
    attempts: int = Field(default=4, ge=1)
    """Tries of one request in all when the site stumbles (no connection, 5xx, an answer cut short)."""
    first_wait: float = Field(default=5, ge=0)
    refusals: int = Field(default=3, ge=1)
    """Times a 403 or 429 is waited for before giving up."""
    refusal_wait: float = Field(default=120, ge=0)
    longest_wait: float = Field(default=1800, ge=0)
    """A site that asks for a longer silence is left alone for this run."""


@dataclass(frozen=True)
class _Request:
    method: str
    url: str
    headers: Mapping[str, str] | None = None
    data: Mapping[str, Any] | None = None
    for_robots: bool = False


class _OneHop(requests.Session):
    """Leaves redirects to us: requests itself reads the body of each one whole, however large."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None

    def target(self, resp: requests.Response) -> str | None:
        """Where the answer sends us; None when nowhere."""
        return super().get_redirect_target(resp)


@dataclass
class PoliteSession:
    """Asks sites with the given manners. `sleep`, `clock` (seconds) and `chance` come in so that tests need not wait."""

    manners: Politeness
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._http = _OneHop()
        self._http.headers["User-Agent"] = self.manners.user_agent
        self._http.headers["Accept-Encoding"] = "gzip"
        self._free_at: dict[str, float] = {}
        self._robots: dict[str, Robots] = {}
        self._closed: set[str] = set()

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Page:
        """GET. Raises `Refused` or `Broken`; a 304 or 404 comes back as a page."""
        return self._insist(_Request("GET", url, headers))

    def post(self, url: str, data: Mapping[str, Any], check: Callable[[Page], object] | None = None) -> Page:
        """POST form fields. An answer for which `check` raises `ValueError` counts as cut short and is asked for again."""
        return self._insist(_Request("POST", url, data=data), check)

    def _insist(self, request: _Request, check: Callable[[Page], object] | None = None) -> Page:
        if web_address("", request.url) is None:
            raise Broken("来源里的地址不是网址，应以 http:// 或 https:// 开头。")
        retrying = Retrying(
            retry=retry_if_exception_type(_Transient),
            stop=stop_after_attempt(self.manners.attempts),
            wait=self._backoff,
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return retrying(self._usable, request, check)
        except _Transient as error:
            # Without its cause: the message of a connection error holds the address, secrets and all.
            raise Broken(
                f"{without_secrets(request.url)} 试了 {self.manners.attempts} 次都没有得到可用的回答：{error}。",
                "请检查网络和网址，稍后再运行一次。",
                error.status,
            ) from None

    def _backoff(self, state: RetryCallState) -> float:
        return float(min(self.manners.first_wait * 2 ** (state.attempt_number - 1), self.manners.longest_wait))

    def _usable(self, request: _Request, check: Callable[[Page], object] | None) -> Page:
        page = self._unrefused(request)
        if page.status >= 500:
            raise _Transient(f"HTTP {page.status}", page.status)
        if check:
            try:
                check(page)
            except ValueError:
                raise _Transient(f"内容不完整（{len(page.content)} 字节）") from None
        return page

    def _unrefused(self, request: _Request) -> Page:
        """Ask, and wait minutes when the site says it is too much; when it keeps saying so, leave the host alone."""
        if _origin(request.url) in self._closed:
            raise Refused(f"{urlsplit(request.url).hostname} 刚才拒绝了请求，本次不再打扰。", _LATER)
        for number in range(self.manners.refusals + 1):
            page = self._follow(request)
            asked = _asked_wait(page)
            if page.status not in {403, 429} and not (page.status == 503 and asked):
                return page
            wait = min(self.manners.refusal_wait * 2**number, self.manners.longest_wait) if asked is None else asked
            if number == self.manners.refusals or wait > self.manners.longest_wait:
                break
            log.warning("%s 拒绝了请求（%s），等待 %.0f 秒", urlsplit(request.url).hostname, page.status, wait)
            self.sleep(wait)
        self._closed.add(_origin(request.url))
        raise Refused(f"{without_secrets(request.url)} 拒绝了请求（HTTP {page.status}），本次不再打扰。", _LATER)

    def _follow(self, request: _Request) -> Page:
        following = request
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._once(following)
            if isinstance(answer, Page):
                return answer
            following = answer
        raise Broken(f"{without_secrets(request.url)} 跳转超过 {MOST_REDIRECTS} 次，已放弃。", status=302)

    def _once(self, request: _Request) -> Page | _Request:
        """One answer, or the request that a redirect asks for instead."""
        if not request.for_robots:
            self._respect_robots(request.url)
        self._take_turn(request.url)
        try:
            with self._http.request(
                request.method,
                request.url,
                headers=request.headers,
                data=request.data,
                stream=True,
                timeout=(self.manners.connect_timeout, self.manners.read_timeout),
            ) as answer:
                if target := self._http.target(answer):
                    return _redirected(request, target, answer.status_code)
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Page(request.url, answer.status_code, headers, self._read(answer))
        except (OSError, HTTPError, zlib.error) as error:
            raise _Transient(_reason(error)) from None

    def _read(self, answer: requests.Response) -> bytes:
        """The body, unpacked as it comes and never more than allowed: a small answer may unpack to gigabytes."""
        packing = answer.headers.get("Content-Encoding", "identity").lower()
        if packing not in {"identity", "gzip", "x-gzip"}:
            told = f"{without_secrets(answer.url)} 用了没有约定的压缩方式 {packing[:20]}。"
            raise Broken(told, status=answer.status_code)
        gunzip = Gunzip() if packing != "identity" else None
        ends = self.clock() + self.manners.total_timeout
        content = bytearray()
        # Not `read`, which returns only when the whole piece is there: a site that drips would never let us look up.
        while piece := answer.raw.read1(_CHUNK, decode_content=False):
            content += gunzip.unpack(piece, self.manners.max_bytes + 1 - len(content)) if gunzip else piece
            if len(content) > self.manners.max_bytes:
                told = f"{without_secrets(answer.url)} 的内容超过 {self.manners.max_bytes} 字节，已放弃。"
                raise Broken(told, status=answer.status_code)
            if self.clock() > ends:
                raise _Transient("传输太慢")
        if (gunzip and not gunzip.whole) or (_ends_with_the_connection(answer) and _is_cut_off(content)):
            raise _Transient(f"内容不完整（{len(content)} 字节）")
        return bytes(content)

    def _take_turn(self, url: str) -> None:
        """Wait until this host may be asked again."""
        origin = _origin(url)
        wait = self._free_at.get(origin, 0) - self.clock()
        if wait > 0:
            self.sleep(wait)
        asked = self._robots[origin].pause(self.manners.user_agent) if origin in self._robots else 0
        interval = max(self.manners.interval, min(asked, self.manners.longest_wait))
        self._free_at[origin] = self.clock() + interval + self.chance.uniform(0, self.manners.jitter)

    def _respect_robots(self, url: str) -> None:
        """Raises `Refused` where robots.txt forbids the page, and as any request does where it cannot be had."""
        origin = _origin(url)
        if origin not in self._robots:
            self._robots[origin] = Robots(self._insist(_Request("GET", f"{origin}/robots.txt", for_robots=True)))
        if not self._robots[origin].allows(self.manners.user_agent, url):
            raise Refused(
                f"{urlsplit(url).hostname} 的 robots.txt 不允许访问 {urlsplit(url).path}。",
                "请与对方网站联系，或停用这个来源。",
            )


def without_secrets(url: str) -> str:
    """The URL without login and without the values of parameters that look secret: for logs and errors."""
    parts = urlsplit(url)
    query = [(name, "***" if _SECRET_WORDS.search(name) else value) for name, value in parse_qsl(parts.query)]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, urlencode(query, safe="*"), ""))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2].lower()}"


def _redirected(request: _Request, target: str, status: int) -> _Request:
    """The request that follows a redirect. All but 307 and 308 turn a POST into a GET, as browsers do."""
    url = web_address(request.url, target)
    if url is None:
        raise Broken(f"{without_secrets(request.url)} 跳转到了不是网址的地方。", status=status)
    return replace(request, url=url) if status in {307, 308} else replace(request, url=url, method="GET", data=None)


def _ends_with_the_connection(answer: requests.Response) -> bool:
    """Whether nothing but the closed connection says where the body ends, as with old servers."""
    return not answer.raw.chunked and "Content-Length" not in answer.headers


def _is_cut_off(content: bytearray) -> bool:
    """Whether a page has begun and not come to its end."""
    return b"<html" in content[:4096].lower() and b"</html" not in content[-4096:].lower()


def _asked_wait(page: Page) -> float | None:
    """Seconds of silence that Retry-After asks for; None when it does not. A date in it counts from the answer's own."""
    asked = page.headers.get("retry-after", "").strip()
    if asked.isdecimal():
        return float(asked)
    try:
        until, answered = parsedate_to_datetime(asked), parsedate_to_datetime(page.headers.get("date", ""))
        return max((until - answered).total_seconds(), 0)
    except (ValueError, TypeError, OverflowError):
        return None


def _reason(error: Exception) -> str:
    """Why an answer could not be had. The error's own message is not used: it holds the address, secrets and all."""
    for kind, words in _REASONS:
        if isinstance(error, kind):
            return words
    return f"传输中断（{type(error).__name__}）"
