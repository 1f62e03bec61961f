"""`yuqing train sentiment`: from an office's own labels on top of the shipped set, or from what posts tell of themselves."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import ExitCode
from nlp.model_files import load_model
from nlp.sentiment_model import shipped_model
from nlp.sentiment_training import own_examples
from pipeline import engines
from pipeline.settings import Settings
from tests.cli.command import Yuqing
from tests.training.conftest import models_of, runtime_of, used
from tests.training.letters import AT, LATER, MOOD_HEADER, Letter, moods, with_sides, write_letters

WRITTEN = datetime(2026, 1, 9, 0, 30, tzinfo=UTC)
SLANG = ["又给我们走程序了", "这就是所谓的研究研究", "皮球踢得真圆", "材料再等通知", "窗口让找窗口"]
"""What an office's letters say of it; no word of it is reproachful by itself."""


def wrong(letter: Letter) -> Letter:
    order = ["负面", "中性", "正面"]
    return Letter(letter.title, letter.body, order[(order.index(letter.label) + 1) % 3])


def slang(path: Path) -> Path:
    """Forty letters in the office's own slang, labelled negative, among letters of all moods."""
    written = [
        Letter("", f"{SLANG[number % 5]}，{SLANG[(number + 1 + number // 5) % 5]}，第{number}次来了", "负面")
        for number in range(40)
    ]
    return write_letters(path, [*written, *moods()], MOOD_HEADER)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Yuqing:
    """An installation whose sentiment model learned the slang, in use whatever it is worth."""
    folder = tmp_path_factory.mktemp("learned")
    yuqing = Yuqing({"YUQING_DATA": str(folder / "data")})
    outcome = yuqing("train", "sentiment", slang(folder / "口头禅.csv"), "--at", AT, "--json", "--force")
    assert (outcome.code, outcome.json["posts"], outcome.json["in_use"]) == (ExitCode.OK, 100, True)
    return yuqing


def test_a_model_learns_from_a_file_what_the_shipped_one_does_not_know(learned: Yuqing) -> None:
    # given letters in that slang
    fresh = ["请问研究研究的结果，又给我们走程序了", "皮球踢得真圆，材料再等通知"]
    before = shipped_model().classify(["", ""], fresh)
    # when they are read by the model in use
    after = runtime_of(learned).enricher.sentiment.classify(["", ""], fresh, [[], []])
    # then
    assert [one.label for one in after] == ["negative", "negative"]
    assert all((one.score or 1) < (was.score or 0) for one, was in zip(after, before, strict=True))


def test_what_the_projects_own_texts_teach_is_not_forgotten(learned: Yuqing) -> None:
    # given
    model, own = engines.trained_sentiment(Settings(learned.environment)), own_examples()[::10]
    assert model is not None
    # when
    answers = model.classify([one.title for one in own], [one.body for one in own])
    # then
    known = sum(answer.label == one.label for answer, one in zip(answers, own, strict=True))
    assert known > 0.9 * len(own)


def test_the_card_counts_the_projects_own_texts_with_the_offices(learned: Yuqing) -> None:
    # when
    card, _ = load_model(models_of(learned) / "sentiment.model", "sentiment")
    # then
    assert (card.kind, card.trained_at, card.data_sources) == ("sentiment", WRITTEN, ["口头禅.csv"])
    assert card.data_size == len(own_examples()) + 100
    assert {"held_out_macro_f1", "held_out_accuracy", "cross_validated_macro_f1"} <= card.scores.keys()


def test_the_same_letters_give_the_same_model(learned: Yuqing, yuqing: Yuqing, tmp_path: Path) -> None:
    # when
    yuqing("train", "sentiment", slang(tmp_path / "口头禅.csv"), "--at", AT, "--force")
    # then
    assert used(yuqing, "sentiment") == used(learned, "sentiment")


def test_a_worse_model_is_not_used_even_as_the_first(yuqing: Yuqing, tmp_path: Path) -> None:
    """Before any training the shipped model reads the posts: it is the one to be better than."""
    # given letters that teach the wrong moods and are judged by the right ones
    written = [one if out else wrong(one) for one, out in with_sides(moods(each=40))]
    # when
    outcome = yuqing(
        "train", "sentiment", write_letters(tmp_path / "a.csv", written, MOOD_HEADER), "--at", AT, "--json"
    )
    # then
    assert outcome.json["new"]["macro_f1"] < 0.6
    assert outcome.json["in_use"] is False
    assert outcome.json["old"]["macro_f1"] > outcome.json["new"]["macro_f1"]
    assert engines.sentiment(Settings(yuqing.environment)) is shipped_model()


def test_a_worse_model_is_not_used_in_place_of_a_trained_one(trained_already: Yuqing, tmp_path: Path) -> None:
    # given
    before = used(trained_already, "sentiment")
    written = [one if out else wrong(one) for one, out in with_sides(moods(each=40))]
    path = write_letters(tmp_path / "a.csv", written, MOOD_HEADER)
    # when
    outcome = trained_already("train", "sentiment", path, "--at", LATER)
    # then
    assert outcome.code == ExitCode.OK
    assert "没有启用" in outcome.out
    assert used(trained_already, "sentiment") == before


def test_two_moods_are_enough_beside_the_projects_own_texts(yuqing: Yuqing, tmp_path: Path) -> None:
    # given letters without a neutral one
    written = [one for one in moods() if one.label != "中性"]
    # when
    outcome = yuqing(
        "train", "sentiment", write_letters(tmp_path / "a.csv", written, MOOD_HEADER), "--at", AT, "--json"
    )
    # then
    assert (outcome.code, outcome.json["posts"]) == (ExitCode.OK, 40)
    assert load_model(Path(outcome.json["model"]), "sentiment")[0].classes == ["negative", "neutral", "positive"]


def test_too_few_letters_are_refused_though_the_project_has_its_own(yuqing: Yuqing, tmp_path: Path) -> None:
    # when
    outcome = yuqing("train", "sentiment", write_letters(tmp_path / "a.csv", moods(each=9), MOOD_HEADER), "--at", AT)
    # then
    assert outcome.code == ExitCode.FAILED
    assert "有标签的留言太少" in outcome.err
    assert not models_of(yuqing).exists()
