"""One installation with a handful of messages for the tests that only read, and one of its own for each that writes."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerts.catcher import MailCatcher
from store.embedded import NodeStatus
from tests.cli.command import Yuqing
from tests.cli.exports import AT, write
from tests.conftest import free_port
from tests.pipeline.content import remove_installation


@pytest.fixture(scope="session")
def imported(es_node: NodeStatus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yuqing]:
    """The command of an installation that holds the messages of `exports`; for tests that change nothing."""
    folder, prefix = tmp_path_factory.mktemp("imported"), f"t{uuid.uuid4().hex[:8]}-"
    yuqing = Yuqing(
        {
            "ELASTICSEARCH_URL": es_node.url,
            "YUQING_INDEX_PREFIX": prefix,
            "YUQING_DATA": str(folder / "data"),
            "YUQING_AUTHOR_KEY": "only-for-tests",
        }
    )
    outcome = yuqing("import", write(folder / "export.csv"), "--at", AT)
    assert outcome.code == 0, outcome.err
    # A new post shows in searches after a second, in the report at once and from then on in searches too.
    assert yuqing("deadlines", "report", "--at", AT).code == 0
    yield yuqing
    remove_installation(es_node.url, prefix)


@pytest.fixture
def yuqing(environment: dict[str, str]) -> Yuqing:
    """The command of an empty installation of the test's own."""
    return Yuqing(environment)


@pytest.fixture
def offline(tmp_path: Path) -> Yuqing:
    """The command of an installation whose Elasticsearch is down."""
    return Yuqing({"ELASTICSEARCH_URL": f"http://127.0.0.1:{free_port()}", "YUQING_DATA": str(tmp_path / "data")})


@pytest.fixture
def catcher(tmp_path: Path) -> Iterator[MailCatcher]:
    """A mail server that keeps what it gets."""
    with MailCatcher(tmp_path / "mails", "127.0.0.1", free_port()) as running:
        yield running
