"""One filled installation for all tests that only read it."""

from collections.abc import Iterator

import pytest

from pipeline.runtime import Runtime
from pipeline.settings import Settings
from store.embedded import NodeStatus
from tests.dashboards.content import fill


@pytest.fixture(scope="session")
def filled(es_node: NodeStatus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """An installation with the content of `tests.dashboards.content`; not to be changed."""
    environment = {
        "ELASTICSEARCH_URL": es_node.url,
        "YUQING_INDEX_PREFIX": "boards-",
        "YUQING_DATA": str(tmp_path_factory.mktemp("boards")),
        "YUQING_AUTHOR_KEY": "only-for-tests",
    }
    runtime = Runtime(Settings(environment))
    fill(runtime)
    yield runtime
    for index in runtime.es.indices.get(index="boards-*"):
        runtime.es.indices.delete(index=index)
    runtime.es.indices.delete_index_template(name="boards-*")
