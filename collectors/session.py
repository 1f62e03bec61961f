"""The one HTTP session of all collectors: a polite guest.

One request per host every few seconds with jitter; robots.txt respected; a 403 or 429 is answered by minutes of silence
and, if it stays, by giving up; sizes, redirects and waiting times are bounded. Refusals are never evaded.
"""

import codecs
import json
import logging
import random
import re
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from urllib.robotparser import RobotFileParser

import requests
from charset_normalizer import from_bytes
from pydantic import Field
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from urllib3.exceptions import HTTPError

from core.config import Config
from core.errors import Unavailable

log = logging.getLogger(__name__)
_SECRET_WORDS = re.compile(r"token|key|password|passwd|secret|sign|auth", re.IGNORECASE)
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
_CHUNK = 64 * 1024
MOST_REDIRECTS = 5


class Refused(Unavailable):
    """The site does not want to be asked now (403, 429, robots.txt). Asking again has to wait for a later run."""


class Broken(Unavailable):
    """The site answered with something unusable, again and again."""


class _Transient(Exception):
    """A fault worth another try."""


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


@dataclass(frozen=True)
class Page:
    """An answer: where it finally came from, status, headers in lower case, content without its transfer compression."""

    url: str
    status: int
    headers: Mapping[str, str]
    content: bytes

    def text(self) -> str:
        """The content decoded by its header, its own declaration, or what its bytes look like."""
        declared = re.search(r"charset=([\w-]+)", self.headers.get("content-type", ""))
        in_page = _META_CHARSET.search(self.content[:4096])
        for name in (declared and declared[1], in_page and in_page[1].decode(), "utf-8"):
            decoded = _decode(self.content, name) if name else None
            if decoded is not None:
                return decoded
        return str(from_bytes(self.content).best() or self.content.decode("gb18030", errors="replace"))

    def json(self) -> Any:
        """The content as JSON. Raises `ValueError` when it is none (cut short, or a page instead)."""
        return json.loads(self.content)


@dataclass
class PoliteSession:
    """Asks sites with the given manners. `sleep`, `clock` (seconds) and `chance` come in so that tests need not wait."""

    manners: Politeness
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    chance: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        self._http = requests.Session()
        self._http.headers["User-Agent"] = self.manners.user_agent
        self._http.headers["Accept-Encoding"] = "gzip, deflate"
        self._http.max_redirects = MOST_REDIRECTS
        self._free_at: dict[str, float] = {}
        self._robots: dict[str, RobotFileParser] = {}

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Page:
        """GET. Raises `Refused` or `Broken`; a 304 or 404 comes back as a page."""
        return self._ask("GET", url, headers=headers)

    def post(self, url: str, data: Mapping[str, Any], check: Callable[[Page], object] | None = None) -> Page:
        """POST form fields. An answer for which `check` raises `ValueError` counts as cut short and is asked for again."""
        return self._ask("POST", url, data=data, check=check)

    def _ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | None = None,
        check: Callable[[Page], object] | None = None,
    ) -> Page:
        self._respect_robots(url)
        retrying = Retrying(
            retry=retry_if_exception_type(_Transient),
            stop=stop_after_attempt(self.manners.attempts),
            wait=self._backoff,
            sleep=self.sleep,
            reraise=True,
        )
        try:
            return retrying(self._once_checked, method, url, headers, data, check)
        except _Transient as error:
            raise Broken(
                f"{without_secrets(url)} 试了 {self.manners.attempts} 次都没有得到可用的回答：{error}"
            ) from error

    def _backoff(self, state: RetryCallState) -> float:
        return float(min(self.manners.first_wait * 2 ** (state.attempt_number - 1), self.manners.longest_wait))

    def _once_checked(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        data: Mapping[str, Any] | None,
        check: Callable[[Page], object] | None,
    ) -> Page:
        page = self._once_unrefused(method, url, headers, data)
        if page.status >= 500:
            raise _Transient(f"HTTP {page.status}")
        if check:
            try:
                check(page)
            except ValueError as error:
                raise _Transient(f"内容不完整（{len(page.content)} 字节）") from error
        return page

    def _once_unrefused(
        self, method: str, url: str, headers: Mapping[str, str] | None, data: Mapping[str, Any] | None
    ) -> Page:
        """Ask, and wait minutes when the site says it is too much; give up when it keeps saying so."""
        for number in range(self.manners.refusals + 1):
            page = self._once(method, url, headers, data)
            if page.status not in {403, 429}:
                return page
            if number < self.manners.refusals:
                wait = self._refusal_wait(page, number)
                log.warning("%s 拒绝了请求（%s），等待 %.0f 秒", urlsplit(url).hostname, page.status, wait)
                self.sleep(wait)
        raise Refused(
            f"{without_secrets(url)} 一再拒绝请求（HTTP {page.status}），本次不再打扰。",
            "请过一段时间再运行，或放宽 interval。",
        )

    def _refusal_wait(self, page: Page, number: int) -> float:
        asked = page.headers.get("retry-after", "")
        wait = float(asked) if asked.isdigit() else self.manners.refusal_wait * 2**number
        return min(wait, self.manners.longest_wait)

    def _once(self, method: str, url: str, headers: Mapping[str, str] | None, data: Mapping[str, Any] | None) -> Page:
        self._take_turn(url)
        try:
            with self._http.request(
                method,
                url,
                headers=headers,
                data=data,
                stream=True,
                timeout=(self.manners.connect_timeout, self.manners.read_timeout),
            ) as answer:
                content = self._read(answer)
                return Page(answer.url, answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, content)
        except requests.TooManyRedirects:
            raise Broken(f"{without_secrets(url)} 反复跳转，已放弃。") from None
        except requests.RequestException as error:
            raise _Transient(type(error).__name__) from error

    def _read(self, answer: requests.Response) -> bytes:
        """The body, decompressed as it comes and never more than allowed: a small answer may unpack to gigabytes."""
        unpack = zlib.decompressobj(wbits=47) if answer.headers.get("Content-Encoding") in {"gzip", "deflate"} else None
        ends = self.clock() + self.manners.total_timeout
        content = bytearray()
        try:
            while piece := answer.raw.read(_CHUNK, decode_content=False):
                content += unpack.decompress(piece, self.manners.max_bytes + 1 - len(content)) if unpack else piece
                if len(content) > self.manners.max_bytes:
                    raise Broken(f"{without_secrets(answer.url)} 的内容超过 {self.manners.max_bytes} 字节，已放弃。")
                if self.clock() > ends:
                    raise _Transient("传输太慢")
        except (OSError, zlib.error, HTTPError) as error:
            raise _Transient(type(error).__name__) from error
        announced = answer.headers.get("Content-Length", "")
        whole = unpack.eof if unpack else not announced.isdigit() or len(content) >= int(announced)
        if not whole and content:
            raise _Transient(f"内容不完整（{len(content)} 字节）")
        return bytes(content)

    def _take_turn(self, url: str) -> None:
        """Wait until this host may be asked again."""
        host = urlsplit(url).netloc
        wait = self._free_at.get(host, 0) - self.clock()
        if wait > 0:
            self.sleep(wait)
        self._free_at[host] = self.clock() + self.manners.interval + self.chance.uniform(0, self.manners.jitter)

    def _respect_robots(self, url: str) -> None:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            self._robots[origin] = self._fetch_robots(origin)
        if not self._robots[origin].can_fetch(self.manners.user_agent, url):
            raise Refused(
                f"{parts.hostname} 的 robots.txt 不允许访问 {parts.path}。", "请与对方网站联系，或停用这个来源。"
            )

    def _fetch_robots(self, origin: str) -> RobotFileParser:
        """RFC 9309: no robots.txt (4xx) allows all, an unreachable one (5xx) nothing. A 401 or 403 is taken as a no."""
        rules = RobotFileParser()
        try:
            page = self._once("GET", f"{origin}/robots.txt", None, None)
        except _Transient as error:
            raise Broken(f"{origin} 连不上（{error}）。", "请检查网络，稍后再运行一次。") from error
        if page.status in {401, 403} or page.status >= 500:
            rules.disallow_all = True  # type: ignore[attr-defined]
        elif page.status >= 400:
            rules.allow_all = True  # type: ignore[attr-defined]
        else:
            rules.parse(page.text().splitlines())
        return rules


def without_secrets(url: str) -> str:
    """The URL without login and without the values of parameters that look secret: for logs and errors."""
    parts = urlsplit(url)
    query = [(name, "…" if _SECRET_WORDS.search(name) else value) for name, value in parse_qsl(parts.query)]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, urlencode(query, safe="…"), ""))


def _decode(content: bytes, name: str) -> str | None:
    # Pages declared as GB2312 hold characters only GB18030 has.
    name = "gb18030" if name.lower() in {"gb2312", "gbk"} else name
    try:
        return content.decode(codecs.lookup(name).name)
    except (LookupError, UnicodeDecodeError):
        return None
