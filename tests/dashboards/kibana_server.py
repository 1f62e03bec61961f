"""A small web server on loopback that stands for Kibana's import and its spaces, with its answers in its own form."""

import json
import threading
from collections import deque
from collections.abc import Set
from dataclasses import dataclass
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Answer = tuple[int, Any]
SPACES = "/api/spaces/space"
NOT_READY: Answer = (503, "Kibana server is not ready yet")


@dataclass(frozen=True)
class Imported:
    """One request for an import."""

    path: str
    headers: dict[str, str]
    file: bytes
    name: str


class KibanaServer:
    """Takes what is imported; `answers` are given in order, then everything is taken.

    It has the spaces of `spaces`; requests about them by a method of `forbidden` are refused.
    """

    def __init__(self, *answers: Answer, forbidden: Set[str] = frozenset()) -> None:
        self.answers = deque(answers)
        self.requests: list[Imported] = []
        self.spaces = {"default": "Default"}
        self._forbidden = forbidden

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def _answer(self, request: Imported) -> Answer:
        self.requests.append(request)
        if self.answers:
            return self.answers.popleft()
        objects = [json.loads(line) for line in request.file.decode().splitlines()][:-1]
        return 200, {"success": True, "successCount": len(objects), "successResults": [], "warnings": []}

    def _answer_space(self, method: str, path: str, body: bytes) -> Answer:
        if method in self._forbidden:
            return 403, {"statusCode": 403, "error": "Forbidden", "message": "Unauthorized"}
        if method == "GET":
            found = path.removeprefix(f"{SPACES}/")
            return (200, {"id": found}) if found in self.spaces else (404, {"statusCode": 404, "message": "Not Found"})
        wanted = json.loads(body)
        if wanted["id"] in self.spaces:
            return 409, {"statusCode": 409, "message": "A space with that identifier already exists"}
        self.spaces[wanted["id"]] = wanted["name"]
        return 200, wanted

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        kibana = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._send(*kibana._answer_space("GET", self.path, b""))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == SPACES:
                    return self._send(*kibana._answer_space("POST", self.path, body))
                head = b"Content-Type: " + self.headers["Content-Type"].encode() + b"\n\n"
                (part,) = message_from_bytes(head + body, policy=policy.HTTP).iter_parts()
                headers = {name.lower(): value for name, value in self.headers.items()}
                return self._send(
                    *kibana._answer(Imported(self.path, headers, part.get_content(), str(part.get_filename())))
                )

            def _send(self, status: int, answer: Any) -> None:
                content = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/login?next=%2F")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler
