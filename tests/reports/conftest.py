"""Installations with a city's month in them: one for the tests that only read, one of its own for each that writes."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.runtime import Runtime
from pipeline.settings import Settings
from store.embedded import NodeStatus
from tests.cli.command import Yuqing
from tests.pipeline.conftest import post_office
from tests.pipeline.content import remove_installation
from tests.pipeline.postoffice import PostOffice
from tests.reports.city import build

__all__ = ["post_office"]


@pytest.fixture(scope="session")
def town(es_node: NodeStatus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """The month, to read only."""
    prefix = f"town{uuid.uuid4().hex[:8]}-"
    environment = {
        "ELASTICSEARCH_URL": es_node.url,
        "YUQING_INDEX_PREFIX": prefix,
        "YUQING_DATA": str(tmp_path_factory.mktemp("town")),
        "YUQING_AUTHOR_KEY": "only-for-tests",
    }
    runtime = Runtime(Settings(environment))
    build(runtime)
    yield runtime
    remove_installation(es_node.url, prefix)


@pytest.fixture
def own_town(runtime: Runtime) -> Runtime:
    """The month in an installation of the test's own."""
    build(runtime)
    return runtime


@pytest.fixture
def mailing_town(own_town: Runtime, new_runtime: Callable[..., Runtime], post_office: PostOffice) -> Runtime:
    """The same with a mail server."""
    return new_runtime(**post_office.settings)


@pytest.fixture
def no_office(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without LibreOffice, which takes its time."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def command(environment: dict[str, str]) -> Yuqing:
    """The `yuqing` command of the test's installation, run inside the test."""
    return Yuqing(environment)
