"""The `yuqing` command of an installation whose Elasticsearch is down, and of one that holds a few posts with replies."""

import io
from pathlib import Path

import pytest

from tests.cli.command import Yuqing
from tests.conftest import free_port
from tests.replies.posts import write


@pytest.fixture
def offline(tmp_path: Path) -> Yuqing:
    """Grading a text or a file needs no cluster."""
    return Yuqing({"ELASTICSEARCH_URL": f"http://127.0.0.1:{free_port()}", "YUQING_DATA": str(tmp_path / "data")})


@pytest.fixture
def imported(environment: dict[str, str], tmp_path: Path) -> Yuqing:
    """The command of an installation that holds the posts of `tests.replies.posts`."""
    yuqing = Yuqing(environment)
    outcome = yuqing("import", write(tmp_path / "export.csv"), "--at", "2026-03-31T09:00")
    assert outcome.code == 0, outcome.err
    # What was written shows in searches once the index is refreshed, as the report does.
    assert yuqing("deadlines", "report", "--at", "2026-03-31T09:00").code == 0
    return yuqing


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> "Typed":
    """Sets what the command reads from its standard input; nothing to begin with."""
    stdin = Typed(monkeypatch)
    stdin("")
    return stdin


class Typed:
    """The standard input of the commands that follow."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, text: str) -> None:
        """The next command reads this text."""
        self._monkeypatch.setattr("sys.stdin", io.StringIO(text))
