"""A model file that is broken, foreign or gone is refused by name; nothing goes on quietly with another engine."""

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import ConfigError, ExitCode
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from tests.cli import exports
from tests.cli.command import Yuqing
from tests.pipeline.content import posts
from tests.training.conftest import Engines, models_of, runtime_of
from tests.training.letters import AT, LATER, MOOD_HEADER, letters, moods, write_letters

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
        _ = runtime_of(trained_already).enricher
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
        _ = runtime_of(trained_already).enricher


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_snownlps_file_is_refused_likewise(damage: Damage, trained_already: Yuqing, with_engines: Engines) -> None:
    # given
    path = spoil(trained_already, "topic-snownlp", damage)
    # then
    with pytest.raises(ConfigError) as refused:
        _ = with_engines(trained_already.environment, topic="snownlp").enricher
    assert path.name in refused.value.message


def test_what_is_not_asked_for_may_be_broken(trained_already: Yuqing, with_engines: Engines) -> None:
    # given
    spoil(trained_already, "topic", pickled)
    # then
    assert with_engines(trained_already.environment, topic="keywords").enricher is not None


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
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


@pytest.mark.parametrize("kind", ["topic", "sentiment"])
def test_training_again_mends_it(kind: str, trained_already: Yuqing, tmp_path: Path) -> None:
    # given model and trial twin broken
    path = spoil(trained_already, kind, pickled)
    pickled(path.with_suffix(".trial"))
    data = (
        write_letters(tmp_path / "a.csv", letters())
        if kind == "topic"
        else write_letters(tmp_path / "a.csv", moods(), MOOD_HEADER)
    )
    # when
    outcome = trained_already("train", kind, data, "--at", LATER, "--json")
    # then
    assert (outcome.code, outcome.json["in_use"]) == (ExitCode.OK, True)
    assert runtime_of(trained_already).enricher is not None


def test_enrichment_ends_with_3_and_takes_the_posts_up_when_the_model_is_mended(
    environment: dict[str, str], trained_once: Yuqing, tmp_path: Path
) -> None:
    # given an office whose model was damaged before its first import
    yuqing = Yuqing(environment)
    shutil.copytree(models_of(trained_once), models_of(yuqing), symlinks=True)
    path = spoil(yuqing, "topic", cut)
    runtime = Runtime(Settings(environment))
    # when
    first = yuqing("import", exports.write(tmp_path / "export.csv"), "--at", exports.AT)
    second = yuqing("enrich", "--at", exports.AT)
    # then nothing is indexed by another engine
    for outcome in (first, second):
        assert outcome.code == ExitCode.CONFIG
        assert path.name in outcome.err.replace("\n", "")
        assert "Traceback" not in outcome.err
    assert posts(runtime) == {}
    # and when the office trains anew
    assert yuqing("train", "topic", write_letters(tmp_path / "a.csv", letters()), "--at", LATER).code == ExitCode.OK
    third = yuqing("enrich", "--at", AT, "--json")
    # then
    assert (third.code, third.json["indexed"]) == (ExitCode.OK, len(exports.ROWS))
    assert all(post["category_score"] > 0 for post in posts(runtime).values())
