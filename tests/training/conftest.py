"""Installations to train in: an empty one without Elasticsearch, one that has been trained, and one with an index."""

import shutil
import uuid
from collections.abc import Callable, Iterator
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
from tests.training.board import BOARD, write_board
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


@pytest.fixture(scope="session")
def office(es_node: NodeStatus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The command of an office that has the messages of `board` in its index. Each test changes only messages of its own."""
    folder, prefix = tmp_path_factory.mktemp("office"), f"t{uuid.uuid4().hex[:8]}-"
    yuqing = Office(
        {
            "ELASTICSEARCH_URL": es_node.url,
            "YUQING_INDEX_PREFIX": prefix,
            "YUQING_DATA": str(folder / "data"),
            "YUQING_AUTHOR_KEY": "only-for-tests",
        }
    )
    outcome = yuqing("import", write_board(folder / "export.csv", BOARD), "--at", AT, "--json")
    assert outcome.code == ExitCode.OK, outcome.err
    assert outcome.json["indexed"] == len(BOARD)
    yield yuqing
    remove_installation(es_node.url, prefix)


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


KNOWN_FAULTS = (
    "test_a_table_corrects_many_and_names_what_it_cannot",
    "test_while_elasticsearch_is_down_the_command_ends_with_4_and_can_be_repeated[a table]",
    "test_a_second_level_says_more_than_a_topic_that_is_the_category_itself",
    "test_a_category_the_topics_file_does_not_know_keeps_the_bureaus_topics",
    "test_one_label_alone_can_be_judged_without_a_warning_in_english",
    "test_posts_tell_their_mood_by_kind_and_title",
    "test_a_worse_model_is_not_used_even_as_the_first",
    "test_a_worse_model_of_the_same_time_does_not_take_the_old_ones_place",
    "test_letters_that_all_begin_alike_are_learned_from_or_refused_in_plain_words[False]",
)
"""What these tests found is not mended yet (issue 3). Strict: whoever mends it takes the name out of this list."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect the known faults to fail."""
    for item in items:
        if item.path.parent.name == "training" and item.name.startswith(KNOWN_FAULTS):
            item.add_marker(pytest.mark.xfail(strict=True, reason="known fault, issue 3"))
