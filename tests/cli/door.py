"""A door to Elasticsearch that stands for its security, which Maven does not offer: it knows what an account may do."""

import json
import threading
from collections.abc import Callable
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

READS = ("_search", "_msearch", "_mget", "_count", "_pit", "scroll", "_mapping")
"""How the paths of requests end that the privileges `read` and `view_index_metadata` are for."""
CLUSTER = ("_cluster", "_nodes")


def reads(method: str, path: str) -> bool:
    """Whether an account may do that which may read and see the state of the cluster."""
    if path.strip("/").split("/")[0] in CLUSTER:
        return method == "GET"
    return method in {"GET", "HEAD"} or path.rstrip("/").rpartition("/")[2] in READS


def only_reads(method: str, path: str) -> bool:
    """Whether one may that has no right to the cluster either, as the people who look at dashboards."""
    return reads(method, path) and path.strip("/").split("/")[0] not in CLUSTER


def prunes_nothing(method: str, path: str) -> bool:
    """Whether one may that can do everything but delete snapshots."""
    return not (method == "DELETE" and path.startswith("/_snapshot/"))


class Door:
    """Passes on to the node what the account `lets` through, by method and path, and answers everything else with 403."""

    def __init__(self, node_url: str, lets: Callable[[str, str], bool]) -> None:
        self.node = urlsplit(node_url)
        self.lets = lets
        self.refused: list[tuple[str, str]] = []

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """What to set as `ELASTICSEARCH_URL`."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        door = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_GET(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = urlsplit(self.path).path
                if not door.lets(self.command, path):
                    door.refused.append((self.command, path))
                    refusal = {"type": "security_exception", "reason": "action is unauthorized for user [reader]"}
                    answer = json.dumps({"error": refusal, "status": 403}).encode()
                    self._answer(403, [("Content-Type", "application/json")], answer)
                    return
                node = HTTPConnection(str(door.node.hostname), door.node.port, timeout=60)
                try:
                    node.request(self.command, self.path, sent, dict(self.headers.items()))
                    found = node.getresponse()
                    self._answer(found.status, found.getheaders(), found.read())
                finally:
                    node.close()

            do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815  the base class asks for these names

            def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
                self.send_response_only(status)
                self.send_header("X-Elastic-Product", "Elasticsearch")
                for name, value in headers:
                    if name.lower() not in {"content-length", "transfer-encoding", "connection", "x-elastic-product"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

        return Handler
