"""SnowNLP's classifier in plain arrays: trained by its own trainer, saved and loaded without any loss."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from snownlp.classification.bayes import Bayes
from snownlp.normal import filter_stop

from core.errors import ConfigError
from nlp.model_files import load_model
from nlp.segment import Segmenter
from nlp.snow_topics import SnowTopicModel
from nlp.topic_model import Topical, TopicModel
from tests.training.letters import letters

WRITTEN = datetime(2026, 1, 9, 0, 30, tzinfo=UTC)
Tokens = list[list[str]]


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter()


def words_of(segmenter: Segmenter, seed: int = 1) -> tuple[Tokens, list[str]]:
    written = letters(seed=seed)
    return [segmenter.words(f"{one.title} {one.body}") for one in written], [one.label for one in written]


@pytest.fixture(scope="module")
def model(segmenter: Segmenter) -> SnowTopicModel:
    return SnowTopicModel(*words_of(segmenter))


def asked(model: SnowTopicModel, tokens: Tokens) -> list[Topical]:
    return model.classify([""] * len(tokens), [""] * len(tokens), tokens)


def test_it_answers_what_snownlp_itself_answers(model: SnowTopicModel, segmenter: Segmenter) -> None:
    # given SnowNLP's own classifier as its package trains it
    own = Bayes()
    own.train([(filter_stop(words), label) for words, label in zip(*words_of(segmenter), strict=True)])
    fresh, _ = words_of(segmenter, seed=2)
    # then
    expected = [own.classify(filter_stop(words)) for words in fresh]
    assert [(answer.topic, answer.score) for answer in asked(model, fresh)] == expected


def test_a_saved_model_answers_as_before(model: SnowTopicModel, segmenter: Segmenter, tmp_path: Path) -> None:
    # given
    path, (fresh, truth) = tmp_path / "snow.model", words_of(segmenter, seed=2)
    model.save(path, WRITTEN, ["a.csv"], {"macro_f1": 0.5})
    # when
    loaded = SnowTopicModel.load(path)
    # then
    assert asked(loaded, fresh) == asked(model, fresh)
    assert sum(answer.topic == label for answer, label in zip(asked(loaded, fresh), truth, strict=True)) > 100
    card, _ = load_model(path, "topic")
    assert (card.engine, card.data_size, card.data_sources) == ("snownlp", 120, ["a.csv"])
    # and saved again it is the same file
    loaded.save(tmp_path / "again.model", WRITTEN, ["a.csv"], {"macro_f1": 0.5})
    assert (tmp_path / "again.model").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("words", [[], ["的", "了"], [" ", ""]], ids=["none", "stop words", "blanks"])
def test_a_post_without_content_is_not_scored(words: list[str], model: SnowTopicModel) -> None:
    assert asked(model, [words]) == [Topical(None, None)]


def test_words_never_seen_and_endless_posts_are_scored_or_not_but_stop_nothing(model: SnowTopicModel) -> None:
    for words in (["未见过的词"], ["医院"] * 100_000, ["医院", "学校", "物业"] * 30_000, ["😡"]):
        (answer,) = asked(model, [words])
        assert answer.score is None or 0 < answer.score <= 1


def test_letters_are_read_in_either_case(segmenter: Segmenter) -> None:
    # given
    model = SnowTopicModel([["HPV", "医院"], ["wifi", "学校"]] * 10, ["甲", "乙"] * 10)
    # then
    assert [answer.topic for answer in asked(model, [["hpv"], ["WiFi"]])] == ["甲", "乙"]


def test_many_categories_are_written_and_read(tmp_path: Path) -> None:
    # given more than any first level has
    labels = [f"类别{number}" for number in range(80)]
    model = SnowTopicModel([[f"词{label}", "共同"] for label in labels], labels)
    # when
    model.save(tmp_path / "snow.model", WRITTEN, [], {})
    # then
    loaded = SnowTopicModel.load(tmp_path / "snow.model")
    assert [answer.topic for answer in asked(loaded, [[f"词{label}"] for label in labels])] == labels


def test_the_two_kinds_of_topic_model_are_not_taken_for_each_other(model: SnowTopicModel, tmp_path: Path) -> None:
    # given
    model.save(tmp_path / "snow.model", WRITTEN, [], {})
    # then
    with pytest.raises(ConfigError, match=r"snow\.model"):
        TopicModel.load(tmp_path / "snow.model")
