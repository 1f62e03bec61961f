"""A real HTTP server that stands for the chat services: it keeps what it is sent, and can refuse, fall silent or hang up."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

Moment = Literal["taken in", "kept"]
"""`taken in`: the server has the whole request and not kept it. `kept`: before it answers."""
ACCEPTED = {"errcode": 0, "errmsg": "ok", "code": 0, "msg": "success", "data": {}}
KEY = "k3y0fther0b0t"


@dataclass(frozen=True)
class Received:
    """One request."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]
    json: dict[str, Any]

    @property
    def text(self) -> str:
        """What the group reads, whatever the service."""
        if "msgtype" in self.json:
            return str(self.json["text"]["content"])
        return str(self.json["content"]["text"] if "msg_type" in self.json else self.json["message"])


class ChatServer:
    """Listens on loopback while its context lasts."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.status = 200
        self.answer: object = ACCEPTED
        """A string goes out as it is, anything else as JSON."""
        self.headers: dict[str, str] = {}
        self.hangs_up: Callable[[Received], bool] = lambda _: False
        """Says of a request that was kept whether the connection ends without an answer."""
        self.held = threading.Event()
        self._hold: Moment | None = None
        self._go = threading.Event()

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.open()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def wecom(self) -> str:
        """The address of a robot of 企业微信 here."""
        return f"http://127.0.0.1:{self.port}/cgi-bin/webhook/send?key={KEY}"

    @property
    def dingtalk(self) -> str:
        """The address of a robot of 钉钉 here."""
        return f"http://127.0.0.1:{self.port}/robot/send?access_token={KEY}"

    @property
    def feishu(self) -> str:
        """The address of a robot of 飞书 here."""
        return f"http://127.0.0.1:{self.port}/open-apis/bot/v2/hook/{KEY}"

    @property
    def webhook(self) -> str:
        """The address of a plain webhook here."""
        return f"json://127.0.0.1:{self.port}/notices/{KEY}"

    def take(self) -> list[Received]:
        """What came since this was asked last."""
        received, self.received = self.received, []
        return received

    def close_at(self, moment: Moment) -> None:
        """Hold the next request at that moment."""
        self._go.clear()
        self.held.clear()
        self._hold = moment

    def open(self) -> None:
        """Hold nothing any more."""
        self._hold = None
        self._go.set()

    def pause(self, moment: Moment) -> None:
        """Stand still here if this is the moment."""
        if self._hold == moment:
            self._hold = None
            self.held.set()
            self._go.wait(60)


def _handler_of(server: ChatServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            parts = urlsplit(self.path)
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
            received = Received(parts.path, query, dict(self.headers), content)
            server.pause("taken in")
            server.received.append(received)
            server.pause("kept")
            if server.hangs_up(received):
                return
            told = server.answer if isinstance(server.answer, str) else json.dumps(server.answer)
            self.send_response(server.status)
            for name, value in server.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.encode())))
            self.end_headers()
            try:
                self.wfile.write(told.encode())
            except OSError:
                # Whoever asked has been killed.
                return

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler
