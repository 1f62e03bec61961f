"""Installations to train in: an empty one without Elasticsearch, one that has been trained, and one with an index."""

import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import pytest
import yaml

from core.errors import ExitCode
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT, Settings
from store.embedded import NodeStatus
from tests.cli.command import Yuqing
from tests.pipeline.content import remove_installation
from tests.training.board import BOARD, Message, write_board
from tests.training.letters import AT, MOOD_HEADER, letters, moods, write_letters

Engines = Callable[..., Runtime]


@pytest.fixture
def yuqing(tmp_path: Path) -> Yuqing:
    """The command of an empty installation. Training and evaluating from files need no Elasticsearch: it has none."""
    return Yuqing({"YUQING_DATA": str(tmp_path / "data")})


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Yuqing:
    """The command of an installation with a topic model and a sentiment model; for tests that change nothing."""
    folder = tmp_path_factory.mktemp("trained")
    yuqing = Yuqing({"YUQING_DATA": str(folder / "data")})
    topics = write_letters(folder / "topics.csv", letters())
    feelings = write_letters(folder / "moods.csv", moods(), MOOD_HEADER)
    for task, path in (("topic", topics), ("sentiment", feelings)):
        # Forced: what is tested with it is that models are used, not that they are better.
        assert yuqing("train", task, path, "--at", AT, "--force").code == ExitCode.OK
    return yuqing


@pytest.fixture
def trained_already(trained_once: Yuqing, yuqing: Yuqing) -> Yuqing:
    """The same for a test that changes it."""
    shutil.copytree(models_of(trained_once), models_of(yuqing), symlinks=True)
    return yuqing


class Office(Yuqing):
    """The command of an office with an index, and its runtime for looking into that."""

    @cached_property
    def runtime(self) -> Runtime:
        """Made once: connecting takes longer than what is asked."""
        return runtime_of(self)


@contextmanager
def office_with(messages: Sequence[Message], node: NodeStatus, folder: Path) -> Iterator[Office]:
    """The command of an office that has these messages in its index, until the block ends."""
    prefix = f"t{uuid.uuid4().hex[:8]}-"
    yuqing = Office(
        {
            "ELASTICSEARCH_URL": node.url,
            "YUQING_INDEX_PREFIX": prefix,
            "YUQING_DATA": str(folder / "data"),
            "YUQING_AUTHOR_KEY": "only-for-tests",
        }
    )
    outcome = yuqing("import", write_board(folder / "export.csv", messages), "--at", AT, "--json")
    assert outcome.code == ExitCode.OK, outcome.err
    assert outcome.json["indexed"] == len(messages)
    yield yuqing
    remove_installation(node.url, prefix)


@pytest.fixture(scope="session")
def office(es_node: NodeStatus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The command of an office that has the messages of `board` in its index. Each test changes only messages of its own."""
    with office_with(BOARD, es_node, tmp_path_factory.mktemp("office")) as office:
        yield office


@pytest.fixture
def with_engines(tmp_path: Path) -> Engines:
    """Makes the runtime of an installation whose `config/pipeline.yml` names these engines."""

    def make(environment: dict[str, str], **engines: object) -> Runtime:
        return Runtime(Settings({**environment, "YUQING_CONFIG": str(config_with(tmp_path, **engines))}))

    return make


def config_with(folder: Path, **engines: object) -> Path:
    """A copy of the shipped configuration with these engines."""
    config = folder / "config"
    shutil.copytree(PROJECT / "config", config, dirs_exist_ok=True)
    content = yaml.safe_load((config / "pipeline.yml").read_text(encoding="utf-8"))
    content["engines"] |= engines
    (config / "pipeline.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return config


def models_of(yuqing: Yuqing) -> Path:
    """The folder of an installation's models."""
    return Path(yuqing.environment["YUQING_DATA"]) / "models"


def runtime_of(yuqing: Yuqing) -> Runtime:
    """The runtime of the same installation."""
    return Runtime(Settings(yuqing.environment))


def used(yuqing: Yuqing, kind: str = "topic") -> bytes:
    """What the model in use holds."""
    return (models_of(yuqing) / f"{kind}.model").read_bytes()
