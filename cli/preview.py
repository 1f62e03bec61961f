"""`yuqing dashboards preview`: the dashboards as a page on this machine."""

import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from cli.output import moment, out, say
from pipeline.runtime import Runtime
from pipeline.settings import Settings

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from dashboards.preview_guard import Admission

LOOPBACK = "127.0.0.1"
SECONDS_TO_FINISH = 2
"""For requests under way when the preview is told to end."""


def preview(
    host: str = typer.Option(LOOPBACK, help="监听地址；给别的机器看时要先在 YUQING_PREVIEW_TOKEN 里设口令。"),
    port: int | None = typer.Option(None, min=1, max=65535, help="端口；默认从 8601 起找一个空闲的。"),
    at: str = typer.Option(
        None, "--at", metavar="时间", help="把这个时间当作“现在”，如 2026-01-09T08:30（北京时间）；默认真实的现在。"
    ),
    background: bool = typer.Option(False, "--background", help="在后台运行；已在运行的先停掉。"),
    stop: bool = typer.Option(False, "--stop", help="停掉正在运行的。"),
) -> None:
    """在本机用浏览器看三个看板，不需要 Kibana。"""
    # The web server takes half a second to load, and the other commands do without.
    import uvicorn

    from dashboards.preview_guard import Admission
    from dashboards.preview_process import PreviewProcess, listen, url_of

    if background and stop:
        raise typer.BadParameter("不能和 --stop 一起用", param_hint="--background")
    process = PreviewProcess(Settings(os.environ).data)
    if stop:
        out.print("看板网页已停止。" if process.stop() else "看板网页本来就没有运行。")
        return
    admission = Admission.on(host, os.environ)
    # Before anything is started: a time that is none is the caller's mistake.
    fixed = moment(at) if at else None
    hint = "，口令加在后面：?token=口令" if admission.token else ""
    if background:
        running = process.start(_arguments(host, port, at), os.environ)
        out.print(f"网页 {running.url}{hint}（在后台运行；停止：yuqing dashboards preview --stop）")
        return
    say("正在准备网页……")
    app = pages(os.environ, admission, fixed)
    # No log of requests: the first one may carry the token.
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=SECONDS_TO_FINISH,
        )
    )
    with listen(host, port) as listening, suppress(KeyboardInterrupt):

        def serve() -> None:
            out.print(f"网页 {url_of(listening)}{hint}（按 Ctrl-C 结束）")
            server.run([listening])

        process.hold(listening, serve)


def pages(environment: Mapping[str, str], admission: "Admission", fixed: datetime | None) -> "ASGIApp":
    """The web application of an installation; `fixed` is a time that takes the place of now."""
    from dashboards.boards import BOARDS
    from dashboards.preview import Backend, create_app
    from dashboards.preview_script import drawing_script

    settings = Runtime(Settings(environment)).settings
    backend = Backend(
        # A new runtime each time: the embedded node may have been started again at another port. Readers may use an
        # account that can only read, so nothing is set up for them.
        connect=lambda: Runtime(Settings(environment)).client,
        prefix=settings.index_prefix,
        sources={source.name: source.title for source in settings.sources.sources},
        rules={name: rule.title for name, rule in settings.deadlines.rules.items()},
        now=lambda: fixed or datetime.now(UTC),
        fixed=fixed is not None,
    )
    return create_app(backend, BOARDS, admission, drawing_script(settings.cache))


def _arguments(host: str, port: int | None, at: str | None) -> list[str]:
    return ["--host", host, *(["--port", str(port)] if port else []), *(["--at", at] if at else [])]
