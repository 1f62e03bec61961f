"""An embedded node of its own for the tests of backups, which belong to the node: one for all of them."""

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.settings import PROJECT
from store.embedded import EmbeddedNode
from tests.cli.command import Yuqing
from tests.conftest import free_port
from tests.pipeline.conftest import gate
from tests.pipeline.content import remove_installation

__all__ = ["gate"]


@pytest.fixture(scope="session")
def own_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNode]:
    """A running node, and the data folder it belongs to above it."""
    node = EmbeddedNode(tmp_path_factory.mktemp("operation") / "data" / "elasticsearch", PROJECT / "var" / "cache")
    node.start(free_port(), "512m")
    yield node
    node.stop()
    shutil.rmtree(node.folder)


@pytest.fixture
def embedded(own_node: EmbeddedNode, tmp_path: Path) -> Iterator[Yuqing]:
    """The command of an empty installation with that node as its embedded one."""
    prefix, data = f"t{uuid.uuid4().hex[:8]}-", tmp_path / "data"
    # Each test has a data folder of its own; the node is found by what its folder says of it.
    (data / "elasticsearch").mkdir(parents=True)
    environment = {
        "YUQING_INDEX_PREFIX": prefix,
        "YUQING_DATA": str(data),
        "YUQING_CACHE": str(PROJECT / "var" / "cache"),
        "YUQING_AUTHOR_KEY": "only-for-tests",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.runtime.EmbeddedNode", lambda folder, cache: own_node)
        yield Yuqing(environment)
    status = own_node.status()
    assert status
    remove_installation(status.url, prefix)
