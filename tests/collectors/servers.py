"""Small real web servers on loopback that stand for sites nobody can reach from a test.

`Site` serves pages by path and notes every request; `Board` is a `Site` that answers like the message board. Both can be
disturbed: `site.disturb(path, fault, ...)` spoils the next requests for the path, one fault each, in order; None lets one
request through. They serve other processes as well, so tests that kill a collector use the same classes.

    with Board() as board:
        board.add(1, 100, subject="路灯不亮")
        board.disturb(board.LIST_PATH, refused(429, retry_after="30"), None, cut_short)
"""

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it came in: path with query, headers in lower case, form fields."""

    method: str
    path: str
    headers: Mapping[str, str]
    form: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a site sends. `sent` cuts the body after so many bytes, though all are announced; times in seconds."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    sent: int | None = None
    silence: float = 0
    """Before anything is sent."""
    drip: float = 0
    """Between two bytes of the body."""
    hang_up: bool = False
    """Close the connection instead of answering."""
    unannounced: bool = False
    """Say nothing of the body's length: it ends where the connection does."""


Fault = Callable[[Answer], Answer]


def refused(status: int, retry_after: str | None = None) -> Fault:
    """An answer that says: not now."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return lambda _: Answer(b"go away", status, headers)


def cut_short(answer: Answer) -> Answer:
    """The connection ends in the middle of the body."""
    return replace(answer, sent=len(answer.body) // 2)


def truncated(answer: Answer) -> Answer:
    """Only half of the body, and the headers say that this is all of it."""
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def hang_up(answer: Answer) -> Answer:
    """The connection is closed without an answer."""
    return replace(answer, hang_up=True)


def silent(seconds: float) -> Fault:
    """Nothing comes for so long."""
    return lambda answer: replace(answer, silence=seconds)


def instead(answer: Answer) -> Fault:
    """Another answer altogether."""
    return lambda _: answer


class Site:
    """A web server with pages by path (query included where one is set). Everything else is a 404, robots.txt too."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[Asked] = []
        self._faults: dict[str, deque[Fault | None]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def __enter__(self) -> "Site":
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def put(self, path: str, body: str | bytes, status: int = 200, **headers: str) -> None:
        """Serve a page. Header names are given with underscores: `Content_Type="text/xml"`."""
        content = body.encode() if isinstance(body, str) else body
        self.pages[path] = Answer(content, status, {name.replace("_", "-"): value for name, value in headers.items()})

    def disturb(self, path: str, *faults: Fault | None) -> None:
        """Spoil the next requests for the path, one fault each; None lets one through."""
        with self._lock:
            self._faults[path].extend(faults)

    def mend(self) -> None:
        """Spoil nothing any more."""
        with self._lock:
            self._faults.clear()

    def paths(self) -> list[str]:
        """The paths asked for so far, robots.txt left out."""
        return [asked.path for asked in self.asked if asked.path != "/robots.txt"]

    def answer(self, asked: Asked) -> Answer:
        """The undisturbed answer."""
        found = self.pages.get(asked.path) or self.pages.get(urlsplit(asked.path).path)
        if found is None:
            return Answer(b"not found", 404)
        etag = found.headers.get("ETag")
        if etag and asked.headers.get("if-none-match") == etag:
            return Answer(status=304, headers=found.headers)
        return found

    def _answer_or_fault(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            faults = self._faults[urlsplit(asked.path).path]
            fault = faults.popleft() if faults else None
            answer = self.answer(asked)
        return fault(answer) if fault else answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._send("GET")

            def do_POST(self) -> None:
                self._send("POST")

            def log_message(self, format: str, *args: Any) -> None:
                pass

            def _send(self, method: str) -> None:
                sent_form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                form = {name: values[0] for name, values in parse_qs(sent_form).items()}
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = site._answer_or_fault(Asked(method, self.path, headers, form))
                site._closing.wait(answer.silence)
                if answer.hang_up:
                    self.close_connection = True
                    return
                try:
                    self._write(answer)
                except (BrokenPipeError, ConnectionResetError):
                    # The client has had enough, which is what some tests are about.
                    self.close_connection = True

            def _write(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.unannounced:
                    self.send_header("Connection", "close")
                elif answer.status != 304:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                body = answer.body[: answer.sent]
                if answer.drip:
                    for place in range(len(body)):
                        self.wfile.write(body[place : place + 1])
                        if site._closing.wait(answer.drip):
                            return
                else:
                    self.wfile.write(body)
                self.close_connection = self.close_connection or answer.sent is not None

        return Handler


class Board(Site):
    """Answers like the message board: a forum's page gives the cookie that its list asks for; newest first by `tid`."""

    PAGE_PATH = "/threads/list"
    LIST_PATH = "/pro-dfbbs-front/threads/queryThreadsList"

    def __init__(self) -> None:
        super().__init__()
        self.repeats = False
        """Give the newest page whatever `lastItem` says."""
        self._forums: dict[int, list[tuple[float, dict[str, Any]]]] = defaultdict(list)

    def __enter__(self) -> "Board":
        super().__enter__()
        return self

    @property
    def addresses(self) -> dict[str, str]:
        """The settings that send a `MessageBoard` here."""
        return {
            "page_url": f"{self.url}{self.PAGE_PATH}?fid={{fid}}",
            "list_url": f"{self.url}{self.LIST_PATH}",
            "post_url": f"{self.url}/threads/content?tid={{tid}}",
        }

    def add(self, fid: int, tid: int | None, posted_at: datetime | None = None, **fields: Any) -> None:
        """A post in a forum, by default one written 100 seconds after the one numbered 1 less.

        One without `tid` stands above all that are there.
        """
        posts = self._forums[fid]
        place = tid if tid is not None else max((place for place, _ in posts), default=0) + 0.5
        moment = posted_at or datetime.fromtimestamp(1_578_000_000 + 100 * int(place), UTC)
        item = {
            "tid": tid,
            "subject": f"第{place}件事",
            "content": f"请问第{place}件事怎么办？",
            "dateline": int(moment.timestamp()),
            "domainName": "医疗",
            "typeName": "咨询",
            "stateInfo": "待回复",
            "answerId": None,
            "answerOrganization": None,
            "answerContent": None,
            "favNum": 0,
            "nickName": "匿名网友",
            "ip": "203.0.113.7",
            "gradeManner": 0,
            "gradeSpeed": 0,
            **fields,
        }
        if tid is None:
            del item["tid"]
        with self._lock:
            posts.append((place, item))
            posts.sort(key=lambda one: -one[0])

    def change(self, tid: int, **fields: Any) -> None:
        """Change fields of a post: a reply, a new state, votes."""
        with self._lock:
            next(item for posts in self._forums.values() for place, item in posts if place == tid).update(fields)

    def remove(self, tid: int) -> None:
        """Take a post off the board."""
        with self._lock:
            for posts in self._forums.values():
                posts[:] = [one for one in posts if one[0] != tid]

    def list_requests(self) -> list[tuple[int, int]]:
        """Forum number and `lastItem` of each request for a list so far."""
        lists = [asked.form for asked in self.asked if asked.path == self.LIST_PATH]
        return [(int(form["fid"]), int(form["lastItem"])) for form in lists]

    def answer(self, asked: Asked) -> Answer:
        """The forum's page with the cookie, or the list for who brings it."""
        path = urlsplit(asked.path).path
        if path == self.PAGE_PATH:
            return Answer(b"<html>forum</html>", headers={"Set-Cookie": "board=guest; Path=/"})
        if path != self.LIST_PATH:
            return super().answer(asked)
        if "board=guest" not in asked.headers.get("cookie", "") or asked.method != "POST":
            return Answer(b"no cookie", 403)
        last = 0 if self.repeats else int(asked.form["lastItem"])
        below = [item for place, item in self._forums[int(asked.form["fid"])] if last == 0 or place < last]
        page = {"result": "success", "responseData": below[: int(asked.form["pageSize"])]}
        return Answer(json.dumps(page, ensure_ascii=False).encode(), headers={"Content-Type": "application/json"})
