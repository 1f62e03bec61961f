"""An installation of its own for each test: configuration, message board, mail server, commands as child processes."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.runtime import Runtime
from pipeline.settings import PROJECT, Settings
from tests.alerts.chat_server import ChatServer
from tests.collectors.servers import Board
from tests.pipeline.children import Child, Zygote
from tests.pipeline.gate import Gate
from tests.pipeline.postoffice import PostOffice

NO_WAITING = {"interval": 0, "jitter": 0, "first_wait": 0, "refusal_wait": 0, "connect_timeout": 2, "read_timeout": 2}
BOARD_NAME = "board"
StartCommand = Callable[..., Child]
SetSources = Callable[..., Runtime]


@pytest.fixture
def board() -> Iterator[Board]:
    """A message board on loopback."""
    with Board() as running:
        yield running


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """A mail server on loopback."""
    with PostOffice() as running:
        yield running


@pytest.fixture
def chat() -> Iterator[ChatServer]:
    """The chat services, on loopback."""
    with ChatServer() as running:
        yield running


@pytest.fixture
def set_sources(environment: dict[str, str], tmp_path: Path) -> SetSources:
    """Gives the installation a configuration folder of its own with these sources, and makes its runtime."""

    def set_(*sources: dict[str, Any], politeness: Mapping[str, float] = NO_WAITING) -> Runtime:
        folder = tmp_path / "config"
        if not folder.exists():
            shutil.copytree(PROJECT / "config", folder)
        entries = {"politeness": dict(politeness), "sources": list(sources)}
        (folder / "sources.yml").write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")
        environment["YUQING_CONFIG"] = str(folder)
        return Runtime(Settings(environment))

    return set_


@pytest.fixture
def twin(environment: dict[str, str], tmp_path: Path) -> Callable[[], Runtime]:
    """Makes the runtime of an installation with the same configuration and nothing in it, to compare with."""

    def make() -> Runtime:
        own = {
            "YUQING_INDEX_PREFIX": environment["YUQING_INDEX_PREFIX"] + "twin-",
            "YUQING_DATA": str(tmp_path / "twin"),
        }
        return Runtime(Settings({**environment, **own}))

    return make


@pytest.fixture
def gate(environment: dict[str, str]) -> Iterator[Gate]:
    """A gate between the installation's commands and Elasticsearch."""
    with Gate(environment["ELASTICSEARCH_URL"], environment["YUQING_INDEX_PREFIX"]) as running:
        yield running


@pytest.fixture(scope="session")
def zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """Where commands are forked from."""
    with Zygote(tmp_path_factory.mktemp("zygote")) as running:
        yield running


@pytest.fixture
def yuqing(zygote: Zygote, environment: dict[str, str]) -> StartCommand:
    """Starts `yuqing` with these arguments in the test's installation; further environment variables by keyword."""

    def start(*arguments: str | Path, **more: str) -> Child:
        return zygote.start([str(one) for one in arguments], {**os.environ, **environment, **more})

    return start
