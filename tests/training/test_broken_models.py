"""A model file that is broken, foreign or gone is refused by name; nothing goes on quietly with another engine."""

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConfigError, ExitCode
from pipeline import engines
from pipeline.settings import Settings
from store.post_places import read_by_id
from tests.cli.command import Yuqing
from tests.training.board import message, write_board
from tests.training.conftest import Engines, Office, models_of
from tests.training.letters import AT, LATER, letters, write_letters

Damage = Callable[[Path], object]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def altered(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def pickled(path: Path) -> None:
    path.write_bytes(pickle.dumps({"model": "from elsewhere"}))


DAMAGES: dict[str, Damage] = {
    "cut off": cut,
    "altered": altered,
    "empty": lambda path: path.write_bytes(b""),
    "a pickle": pickled,
    "gone": lambda path: path.unlink(),
}
"""What may happen to the file that `models/topic.model` is a link to."""


def ask(yuqing: Yuqing, kind: str) -> object:
    """The engine that would read posts with the model of that kind."""
    settings = Settings(yuqing.environment)
    return engines.topics(settings) if kind == "topic" else engines.sentiment(settings)


def spoil(yuqing: Yuqing, kind: str, damage: Damage) -> Path:
    """The model in use of that kind, damaged."""
    path = (models_of(yuqing) / f"{kind}.model").resolve()
    damage(path)
    return path


@pytest.mark.parametrize("kind", ["topic", "sentiment"])
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_reading_posts_is_refused_with_the_name_of_the_file(damage: Damage, kind: str, trained_already: Yuqing) -> None:
    # given
    path = spoil(trained_already, kind, damage)
    # when
    with pytest.raises(ConfigError) as refused:
        ask(trained_already, kind)
    # then
    assert str(path) in refused.value.message
    assert "yuqing train" in refused.value.advice


@pytest.mark.parametrize(
    ("kind", "other"), [("topic", "sentiment"), ("sentiment", "topic"), ("topic", "topic-snownlp")]
)
def test_a_model_of_another_kind_is_refused(kind: str, other: str, trained_already: Yuqing) -> None:
    # given
    path = spoil(trained_already, kind, lambda path: shutil.copy(models_of(trained_already) / f"{other}.model", path))
    # then
    with pytest.raises(ConfigError, match=path.name):
        ask(trained_already, kind)


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_snownlps_file_is_refused_likewise(damage: Damage, trained_already: Yuqing, with_engines: Engines) -> None:
    # given
    path = spoil(trained_already, "topic-snownlp", damage)
    settings = with_engines(trained_already.environment, topic="snownlp").settings
    # then
    with pytest.raises(ConfigError, match=path.name):
        engines.topics(settings)


def test_what_is_not_asked_for_may_be_broken(trained_already: Yuqing, with_engines: Engines) -> None:
    # given
    spoil(trained_already, "topic", pickled)
    # then
    assert engines.topics(with_engines(trained_already.environment, topic="keywords").settings) is not None


@pytest.mark.parametrize("damage", [DAMAGES["altered"], DAMAGES["gone"]], ids=["altered", "gone"])
def test_an_evaluation_ends_with_3_and_the_name_of_the_file(
    damage: Damage, trained_already: Yuqing, tmp_path: Path
) -> None:
    # given
    path = spoil(trained_already, "topic", damage)
    # when
    outcome = trained_already("evaluate", "topic", "--data", write_letters(tmp_path / "a.csv", letters(each=5)))
    # then
    assert (outcome.code, outcome.out) == (ExitCode.CONFIG, "")
    assert path.name in outcome.err.replace("\n", "")
    assert "怎么办：" in outcome.err


def test_training_again_mends_it(trained_already: Yuqing, tmp_path: Path) -> None:
    # given model and trial twin broken
    path = spoil(trained_already, "topic", pickled)
    pickled(path.with_suffix(".trial"))
    # when
    data = write_letters(tmp_path / "a.csv", letters())
    outcome = trained_already("train", "topic", data, "--at", LATER, "--json")
    # then
    assert (outcome.code, outcome.json["in_use"]) == (ExitCode.OK, True)
    assert ask(trained_already, "topic") is not None


def test_a_refusal_comes_whole_out_of_another_process(trained_already: Yuqing) -> None:
    # given what a worker hands back (`pipeline.reading`)
    path = spoil(trained_already, "topic", pickled)
    with pytest.raises(ConfigError) as refused:
        ask(trained_already, "topic")
    # when
    arrived = pickle.loads(pickle.dumps(refused.value))
    # then
    assert type(arrived) is ConfigError
    assert str(path) in arrived.message
    assert (arrived.advice, arrived.exit_code) == (refused.value.advice, ExitCode.CONFIG)


def test_enrichment_ends_with_3_and_takes_the_posts_up_when_the_model_is_mended(
    office: Office, trained_already: Yuqing, tmp_path: Path
) -> None:
    # given the office's index, and a data folder with a damaged model
    yuqing = Yuqing({**office.environment, **trained_already.environment})
    path = spoil(yuqing, "topic", cut)
    messages = [message(f"新{number}", one.title, one.body) for number, one in enumerate(letters(each=2, seed=7))]
    ids = [f"yuqing_demo:{one['编号']}" for one in messages]
    # when
    first = yuqing("import", write_board(tmp_path / "export.csv", messages), "--at", AT)
    second = yuqing("enrich", "--at", AT)
    # then nothing is indexed by another engine
    for outcome in (first, second):
        assert outcome.code == ExitCode.CONFIG
        assert path.name in outcome.err.replace("\n", "")
        assert "Traceback" not in outcome.err
    assert found(office, ids) == []
    # and when the office trains anew
    assert yuqing("train", "topic", write_letters(tmp_path / "a.csv", letters()), "--at", LATER).code == ExitCode.OK
    third = yuqing("enrich", "--at", AT, "--json")
    # then
    assert (third.code, third.json["indexed"]) == (ExitCode.OK, len(messages))
    assert [post["category_score"] > 0 for post in found(office, ids)] == [True] * len(messages)


def found(office: Office, ids: list[str]) -> list[dict[str, Any]]:
    """The posts of these ids that lie in the index."""
    return list(read_by_id(office.runtime.es, office.runtime.names, ids).values())
