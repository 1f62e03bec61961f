"""The preview as a server inside the test's process, on a port of its own."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import uvicorn
from starlette.types import ASGIApp

from cli.preview import pages
from dashboards.preview_guard import Admission
from dashboards.preview_process import listen, url_of
from tests.conftest import free_port


@contextmanager
def serving(app: ASGIApp) -> Iterator[str]:
    """The application's address while it is served."""
    with listen("127.0.0.1", free_port()) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield url_of(listening)
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def preview_of(environment: Mapping[str, str], at: datetime) -> Iterator[str]:
    """The address of the preview of an installation as of `at`."""
    with serving(pages(environment, Admission("127.0.0.1"), at)) as url:
        yield url
