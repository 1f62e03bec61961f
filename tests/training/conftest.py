"""Installations to train in: an empty one without Elasticsearch, one that has been trained, and one with an index."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from core.errors import ExitCode
from pipeline.runtime import Runtime
from pipeline.settings import PROJECT, Settings
from tests.cli.command import Yuqing
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
