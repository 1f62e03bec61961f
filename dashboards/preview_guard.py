"""Who may see the pages: readers on this machine, or readers with the token; and what a browser may do with a page.

A page of another origin cannot read ours, but it can give its own name our address (DNS rebinding). A request therefore
has to name a host we know to be this machine: a number, or the name we were started under.
"""

import hashlib
import hmac
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from http.cookies import CookieError, SimpleCookie
from ipaddress import ip_address
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.errors import ConfigError

TOKEN_VARIABLE = "YUQING_PREVIEW_TOKEN"  # noqa: S105  the name of the variable, not a token
SHORTEST_TOKEN = 16
COOKIE = "yuqing_preview"
NO_REMOTE_ORIGINS = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": NO_REMOTE_ORIGINS,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class Admission:
    """The host the pages are served on, the token asked for (None on loopback), and further names of this machine."""

    host: str
    token: str | None = None
    names: frozenset[str] = frozenset()

    @classmethod
    def on(cls, host: str, environment: Mapping[str, str]) -> "Admission":
        """The rules for a host. Raises `ConfigError` where others could reach it and no good token is set."""
        if is_loopback(host):
            return cls(host)
        token = environment.get(TOKEN_VARIABLE, "")
        if len(token) < SHORTEST_TOKEN:
            raise ConfigError(
                f"网页要在 {host} 上给别的机器看，必须先设置口令。",
                f"请在环境变量 {TOKEN_VARIABLE} 里设一个至少 {SHORTEST_TOKEN} 个字符的口令；只在本机看则不用加 --host。",
            )
        return cls(host, token, frozenset({socket.gethostname().lower(), socket.getfqdn().lower()}))

    def knows_host(self, header: str) -> bool:
        """Whether the Host header names this machine."""
        name = _host_of(header)
        if name in self.names | {self.host.lower()} or is_loopback(name):
            return True
        return self.token is not None and _is_address(name)

    def admits(self, said: str) -> bool:
        """Whether this is the token. The time taken does not tell how much of it is right."""
        return self.token is None or hmac.compare_digest(said.encode(), self.token.encode())

    @property
    def pass_(self) -> str:
        """What the cookie holds: made from the token, which itself is not kept in the browser."""
        return hashlib.sha256(f"{COOKIE}:{self.token}".encode()).hexdigest()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the host."""
    return host.lower() == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


class Guard:
    """The middleware around every page."""

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or refuse, one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        """The answer to a request that may not come through; None for one that may."""
        headers = Headers(scope=scope)
        if not self._admission.knows_host(headers.get("host", "")):
            return PlainTextResponse("这个地址不是本机的名字，没有显示。请用启动时给出的网址打开。", 421)
        if self._admission.token is None or hmac.compare_digest(
            _cookie(headers.get("cookie", "")).encode(), self._admission.pass_.encode()
        ):
            return None
        asked = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        said = [value for name, value in asked if name == "token"]
        if said and self._admission.admits(said[0]):
            return self._let_in(scope["path"], [(name, value) for name, value in asked if name != "token"])
        return PlainTextResponse(
            "需要口令。请在网址末尾加上 ?token=口令 打开一次；已经打开过的，在地址栏里再按一次回车。", 401
        )

    def _let_in(self, path: str, rest: list[tuple[str, str]]) -> Response:
        """To the same page without the token in its address, where it would stay in histories."""
        # One slash in front: `//host` would be another machine.
        address = quote("/" + path.lstrip("/")) + (f"?{urlencode(rest)}" if rest else "")
        # No redirect: it would count as coming from the page whose link was followed, and a strict cookie stays away.
        answer = HTMLResponse(f'<meta http-equiv="refresh" content="0; url={escape(address)}">')
        answer.set_cookie(COOKIE, self._admission.pass_, httponly=True, samesite="strict")
        return answer


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _host_of(header: str) -> str:
    """The host of a Host header, without its port and the brackets of an IPv6 address."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
