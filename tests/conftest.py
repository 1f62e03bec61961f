"""One real Elasticsearch node for the whole test run; every test has its own data folder and its own indices."""

import os
import shutil
import socket
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.runtime import Runtime
from pipeline.settings import PROJECT, Settings
from store.embedded import EmbeddedNode, NodeStatus
from tests.pipeline.content import remove_installation

REALDATA = PROJECT.parent / "shared" / "data"

# The cores are shared and the first example may load a calendar or a model: a slow example says nothing about the code.
settings.register_profile("no stop-watch", deadline=None)
settings.load_profile("no stop-watch")


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def es_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeStatus]:
    """A running embedded node, shared by the whole run."""
    node = EmbeddedNode(tmp_path_factory.mktemp("elasticsearch"), PROJECT / "var" / "cache")
    yield node.start(free_port(), "768m")
    node.stop()
    # For root it lies outside pytest's folder, which nobody would tidy up.
    shutil.rmtree(node.folder)


@pytest.fixture
def environment(es_node: NodeStatus, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Environment variables of an installation of its own, for `Settings` or for a child process."""
    prefix = f"t{uuid.uuid4().hex[:8]}-"
    yield {
        "ELASTICSEARCH_URL": es_node.url,
        "YUQING_INDEX_PREFIX": prefix,
        "YUQING_DATA": str(tmp_path / "data"),
        "YUQING_AUTHOR_KEY": "only-for-tests",
    }
    remove_installation(es_node.url, prefix)


@pytest.fixture
def runtime(environment: dict[str, str]) -> Runtime:
    """The runtime of that installation, with the shipped configuration."""
    return Runtime(Settings(environment))


@pytest.fixture
def new_runtime(environment: dict[str, str]) -> Callable[..., Runtime]:
    """Makes runtimes of that installation with further environment variables."""

    def make(**more: str) -> Runtime:
        return Runtime(Settings({**environment, **more}))

    return make


@pytest.fixture
def child_environment(environment: dict[str, str]) -> dict[str, str]:
    """The whole environment of a child process of that installation."""
    return {**os.environ, **environment}


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of real messages; a test that needs it is skipped where it is absent."""
    if not REALDATA.is_dir():
        pytest.skip(f"no real data at {REALDATA}")
    return REALDATA
