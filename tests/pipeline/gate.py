"""A gate before Elasticsearch: every request passes through it, and it can hold one of them, let none through, or answer in
the node's place.

Held `before`, a request has not reached the node; held `after`, the node has done it and the sender does not know. A
process killed while it is held was stopped exactly there, which no delay can promise.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit

Side = Literal["before", "after"]
LONGEST_WAIT_SECONDS = 60


@dataclass(frozen=True)
class Call:
    """One request: `PUT`, and the path without the installation's prefix and without the query."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Reply:
    """What the sender of a request is told."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Lost(Exception):
    """Raised by a `Deal`: the connection breaks instead of an answer."""


PassOn = Callable[[bytes], Reply]
Deal = Callable[[Call, bytes, PassOn], Reply]
"""Answers a request with that body; `PassOn` has the node answer it, with that body or another."""


def _passes_all_on(call: Call, body: bytes, pass_on: PassOn) -> Reply:
    return pass_on(body)


class Gate:
    """Passes requests on to the node at `node_url`."""

    def __init__(self, node_url: str, prefix: str) -> None:
        self._node = urlsplit(node_url)
        self._prefix = prefix
        self._lock = threading.Lock()
        self._go = threading.Event()
        self._hold: tuple[int, Side] | None = None
        self._wanted: Callable[[Call], bool] = lambda _: True
        self._count = 0
        self._cut = False
        self._goes_on = False
        self.deal: Deal = _passes_all_on
        """What to do with requests that are not held."""
        self.held = threading.Event()
        self.calls: list[Call] = []

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """What to set as `ELASTICSEARCH_URL`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close_at(self, number: int, side: Side, wanted: Callable[[Call], bool] = lambda _: True) -> None:
        """Hold the `number`-th (from 0) of the coming requests that are `wanted`."""
        with self._lock:
            self._go.clear()
            self._goes_on = False
            self.held.clear()
            self.calls.clear()
            self._wanted, self._hold, self._count = wanted, (number, side), 0

    def open(self) -> None:
        """Hold nothing any more; what was held before is dropped."""
        with self._lock:
            self._hold = None
            self._cut = False
            self._goes_on = False
            self._go.set()

    def let_go(self) -> None:
        """Hold nothing any more; what was held goes on as if it had only been slow."""
        with self._lock:
            self._hold = None
            self._goes_on = True
            self._go.set()

    def cut(self) -> None:
        """Let nothing through any more, as if the node were down; what is held is dropped."""
        with self._lock:
            self._hold = None
            self._cut = True
            self._goes_on = False
            self._go.set()

    def _is_held(self, call: Call, side: Side) -> bool:
        with self._lock:
            if side == "before":
                self.calls.append(call)
                self._count += self._wanted(call)
            return self._hold == (self._count - 1, side) and self._wanted(call)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        gate = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except ConnectionResetError:
                    # The sender was killed, which is what the gate is for.
                    self.close_connection = True

            def do_GET(self) -> None:
                self._pass_on()

            do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815  the base class asks for these names

            def _pass_on(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                call = Call(self.command, urlsplit(self.path).path.replace(gate._prefix, ""))
                if gate._cut:
                    self.close_connection = True
                    return
                if gate._is_held(call, "before") and not self._waited():
                    return
                try:
                    reply = gate.deal(call, sent, self._ask_node)
                except Lost:
                    self.close_connection = True
                    return
                if gate._is_held(call, "after") and not self._waited():
                    return
                with suppress(BrokenPipeError):
                    self._answer(reply)

            def _ask_node(self, sent: bytes) -> Reply:
                headers = {name: value for name, value in self.headers.items() if name.lower() != "content-length"}
                node = HTTPConnection(str(gate._node.hostname), gate._node.port, timeout=LONGEST_WAIT_SECONDS)
                try:
                    node.request(self.command, self.path, sent, headers)
                    answer = node.getresponse()
                    return Reply(answer.status, answer.getheaders(), answer.read())
                except (OSError, HTTPException):
                    # The node is gone, or went in the middle of its answer.
                    raise Lost from None
                finally:
                    node.close()

            def _waited(self) -> bool:
                """Hold the request; whether it goes on afterwards."""
                gate.held.set()
                gate._go.wait(LONGEST_WAIT_SECONDS)
                self.close_connection = not gate._goes_on
                return gate._goes_on

            def _answer(self, reply: Reply) -> None:
                self.send_response_only(reply.status)
                for name, value in reply.headers:
                    if name.lower() not in {"content-length", "transfer-encoding", "connection"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(reply.body)

        return Handler
