"""The dashboards as pages on this machine, for whoever has no Kibana: the same panels, asked with the same searches.

A page is one HTML file that says which panels there are; what they show comes by one request, whenever the reader chooses
something else. Everything the browser needs is served from here.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
from elasticsearch import ApiError, Elasticsearch, TransportError
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from core.errors import Unavailable, YuqingError
from core.pictures import font_folder
from dashboards import marks
from dashboards.kibana_views import LABELS
from dashboards.panel import CONTROLS, Chart, Dashboard, Panel, Table, WordCloud
from dashboards.preview_answers import MATTER, answer
from dashboards.preview_choice import PRESETS, BadChoice, fields_of, read_choice
from dashboards.preview_guard import Admission, Guard
from dashboards.preview_posts import described, find_changes, find_post

FONT_FILE = "NotoSansSC-Regular.ttf"
FIELDS: Mapping[str, str] = {**LABELS["posts"], **CONTROLS, MATTER: "事项"}
"""The word for each field one can narrow to."""
DARK: Mapping[str, Any] = {
    marks.BLUE: "#4a9fd4",
    marks.GREY: "#6f7885",
    marks.VERMILLION: "#e2854a",
    marks.INK: "#d5dae1",
    "blues": {"name": "darkblue", "extent": [0.05, 0.7]},
}
"""What takes the place of the panels' colours on a dark screen."""
DOWN = (
    "连不上 Elasticsearch，它可能没有启动，或正在重新启动。",
    "它恢复后，这页会自己更新。启动内置的：yuqing es start",
)
"""The sentence and the advice for a reader; what exactly went wrong would tell them nothing."""
DAY_SECONDS = 86_400
SECONDS_FOR_AN_ANSWER = 20

_templates = Environment(loader=PackageLoader("dashboards"), autoescape=True, undefined=StrictUndefined)


@dataclass(frozen=True)
class Backend:
    """What the pages stand on. `connect` gives a new client or raises `YuqingError`; `prefix` is that of the indices.

    `sources` and `rules` have the titles of sources and of deadline rules by name; `now` is the pages' now, `fixed` says
    that it stands still.
    """

    connect: Callable[[], Elasticsearch]
    prefix: str
    sources: Mapping[str, str]
    rules: Mapping[str, str]
    now: Callable[[], datetime]
    fixed: bool


def create_app(backend: Backend, boards: Sequence[Dashboard], admission: Admission, script: Path) -> ASGIApp:
    """The application. `script` is the file of the drawing program (`preview_script.drawing_script`)."""
    pages = _Pages(backend, boards, script.stem)
    static = str(files("dashboards").joinpath("static"))

    def drawing(_: Request) -> Response:
        return _file(script, "text/javascript; charset=utf-8")

    def font(_: Request) -> Response:
        return _file(font_folder() / FONT_FILE, "font/ttf")

    app = Starlette(
        routes=[
            Route("/", pages.page),
            Route("/boards/{board}", pages.page),
            Route("/posts/{post:path}", pages.post),
            Route("/api/boards/{board}", pages.data),
            Route("/vega.js", drawing),
            Route("/font.ttf", font),
            Mount("/static", StaticFiles(directory=static)),
        ],
        exception_handlers={YuqingError: _tell, HTTPException: _tell_http, Exception: _tell_fault},
    )
    # Around everything, the page about an unforeseen error included.
    return Guard(app, admission)


class _Pages:
    """The pages and their data. Starlette runs them in threads: the client waits for Elasticsearch."""

    def __init__(self, backend: Backend, boards: Sequence[Dashboard], drawing_version: str) -> None:
        self._drawing_version = drawing_version
        self._backend = backend
        self._boards = {board.id: board for board in boards}
        panels = [panel for board in boards for row in board.layout for panel in row]
        self._fields = fields_of(panels)
        # Now rather than in front of the first reader; a node that is down may be up by then.
        self._es: Elasticsearch | None = None
        with suppress(YuqingError):
            self._connect()
        self._told = {
            "boards": [_board_for_page(board) for board in boards],
            "presets": PRESETS,
            "controls": CONTROLS,
            "fields": {field: FIELDS.get(field, field) for field in self._fields},
            "sources": dict(backend.sources),
            "matter": MATTER,
            "dark": DARK,
            "fixed": backend.fixed,
        }

    def page(self, request: Request) -> Response:
        """The page of a board, the first one's without a name. Its data comes by a request of its own."""
        board = self._board(request.path_params.get("board", next(iter(self._boards))))
        boards = self._boards.values()
        return _page("page.html", board=board, boards=boards, told=self._told, drawing_version=self._drawing_version)

    def data(self, request: Request) -> Response:
        """What a board shows for the choice that stands in the address."""
        board = self._board(request.path_params["board"])
        now = self._backend.now()
        asked = read_choice(request.query_params.multi_items(), board, self._fields, now)
        sources, prefix = self._backend.sources, self._backend.prefix
        return _json(self._asking(lambda es: answer(es, prefix, board, asked, sources, now)))

    def post(self, request: Request) -> Response:
        """One post."""
        post_id, prefix = request.path_params["post"], self._backend.prefix
        found = self._asking(lambda es: find_post(es, prefix, post_id))
        if found is None:
            raise HTTPException(404, "没有这条留言，可能已被删除。")
        changes = self._asking(lambda es: find_changes(es, prefix, post_id))
        return _page("post.html", post=described(found, self._backend.sources, self._backend.rules), changes=changes)

    def _board(self, board_id: str) -> Dashboard:
        if board_id not in self._boards:
            raise HTTPException(404, "没有这个看板。")
        return self._boards[board_id]

    def _asking(self, question: Callable[[Elasticsearch], Any]) -> Any:
        """The answer to a question. After a failure the next one connects anew: the node may be at another address."""
        es = self._es or self._connect()
        try:
            return question(es)
        except TransportError as error:
            self._es = None
            raise Unavailable(*DOWN) from error
        except ApiError as error:
            self._es = None
            raise Unavailable(
                f"Elasticsearch 没有答复（{error.status_code}）。", "请稍后再看；一直这样请联系系统管理员。"
            ) from error

    def _connect(self) -> Elasticsearch:
        try:
            es = self._backend.connect()
        except Unavailable as error:
            raise Unavailable(*DOWN) from error
        # A reader waits in front of the page: rather a sentence soon than an answer after minutes.
        self._es = es.options(request_timeout=SECONDS_FOR_AN_ANSWER, max_retries=0)
        return self._es


def _board_for_page(board: Dashboard) -> dict[str, Any]:
    return {
        "id": board.id,
        "title": board.title,
        "about": board.about,
        "days": board.days,
        "layout": [[_panel_for_page(panel) for panel in row] for row in board.layout],
    }


def _panel_for_page(panel: Panel) -> dict[str, Any]:
    kinds = {Chart: "chart", WordCloud: "words", Table: "table"}
    return {
        "id": panel.id,
        "title": panel.title,
        "about": panel.about,
        "empty": panel.empty,
        "index": panel.index,
        "kind": kinds[type(panel.picture)],
        "picture": asdict(panel.picture),
    }


def _page(name: str, status: int = 200, **what: Any) -> Response:
    return HTMLResponse(_templates.get_template(name).render(**what), status)


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def _file(path: Path, kind: str) -> Response:
    # Large and the same for months; after an update of the program a day at most.
    return FileResponse(path, media_type=kind, headers={"Cache-Control": f"private, max-age={DAY_SECONDS}"})


def _tell(request: Request, error: Exception) -> Response:
    assert isinstance(error, YuqingError)  # noqa: S101  what the handler is registered for
    status = 400 if isinstance(error, BadChoice) else 503
    return _sentence(request, status, error.message, error.advice)


def _tell_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  what the handler is registered for
    known = {404: "没有这个网页。", 405: "这个网址只能查看。"}
    said = error.detail if error.detail and not error.detail.isascii() else known.get(error.status_code, "请求不对。")
    return _sentence(request, error.status_code, said, "")


def _tell_fault(request: Request, _: Exception) -> Response:
    # The server logs the error itself.
    return _sentence(request, 500, "网页程序出错了。", "请把运行日志交给系统管理员。")


def _sentence(request: Request, status: int, message: str, advice: str) -> Response:
    if request.url.path.startswith("/api/"):
        return _json({"error": message, "advice": advice}, status)
    return _page("message.html", status, message=message, advice=advice)
