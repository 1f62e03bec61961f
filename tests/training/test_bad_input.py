"""Whatever is sent, trained and compared engines read it or leave it out; no text stops a batch."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from core.post import Post
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from tests.cli.command import Yuqing
from tests.training.bad_input import SAYING_NOTHING, TEXTS, post_of
from tests.training.conftest import config_with
from tests.training.letters import AT, SENTENCES, letters, write_csv

ENGINES = {
    "untrained": {"topic": "keywords", "sentiment": "linear"},
    "trained": {"topic": "linear", "sentiment": "linear"},
    "snownlp": {"topic": "snownlp", "sentiment": "snownlp"},
}
TRADITIONAL = {
    "醫院門診掛號排隊太久，護士態度惡劣": "医院门诊挂号排队太久，护士态度恶劣",
    "孩子的疫苗約了兩個月還沒有打上，接種門診電話打不通": "孩子的疫苗约了两个月还没有打上，接种门诊电话打不通",
    "小區物業收費不公開，電梯壞了半年，業主投訴無門": "小区物业收费不公开，电梯坏了半年，业主投诉无门",
    "學校老師補課收費，學生家長不敢說話": "学校老师补课收费，学生家长不敢说话",
    "獻血證補辦，血站說要本人來": "献血证补办，血站说要本人来",
}


@pytest.fixture(scope="module", params=ENGINES)
def reading(request: pytest.FixtureRequest, trained_once: Yuqing, tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """An installation with models, for each choice of engines."""
    config = config_with(tmp_path_factory.mktemp("engines"), **ENGINES[request.param])
    return Runtime(Settings({**trained_once.environment, "YUQING_CONFIG": str(config)}))


def assert_makes_sense(post: Post, runtime: Runtime) -> None:
    """Every field holds what it is declared to hold, or is missing."""
    assert Post.model_validate(post.model_dump()) == post
    for share in (post.sentiment, post.category_score, post.topic_score):
        assert share is None or 0 <= share <= 1
    assert (post.sentiment is None) == (post.sentiment_label is None)
    assert (post.category is None) <= (post.category_score is None)
    assert post.topic
    assert post.department in {department.name for department in runtime.settings.departments.departments}


@pytest.mark.parametrize("name", TEXTS)
def test_any_text_gives_a_result_or_missing_values(reading: Runtime, name: str) -> None:
    # given the text as body, and as title
    for post in (post_of(TEXTS[name]), post_of("", title=TEXTS[name][:500])):
        # then
        assert_makes_sense(reading.enricher.enrich(post), reading)


def test_one_odd_text_changes_nothing_for_the_others_of_its_batch(reading: Runtime) -> None:
    # given
    batch = [post_of(text, id=f"board:{number}") for number, text in enumerate(TEXTS.values())]
    # when
    together, alone = reading.enricher.enrich_all(batch), [reading.enricher.enrich(post) for post in batch]
    # then
    assert [post.id for post in together] == [post.id for post in batch]
    assert _rounded(together) == _rounded(alone)


def _rounded(posts: Sequence[Post]) -> list[object]:
    """What was read, without the last digit: sums over a batch come in another order."""
    scores = {"sentiment", "category_score"}
    return [
        (post.model_dump(exclude=scores), *(round(getattr(post, name) or 0, 3) for name in scores)) for post in posts
    ]


@pytest.mark.parametrize("name", SAYING_NOTHING)
def test_what_says_nothing_is_not_scored(reading: Runtime, name: str) -> None:
    # when
    read = reading.enricher.enrich(post_of(SAYING_NOTHING[name]))
    # then
    assert (read.sentiment, read.sentiment_label) == (None, None)
    assert (read.category, read.category_score, read.topic, read.topic_score) == (None, None, "其他", None)
    assert (read.tokens, read.keywords, read.places) == ([], [], [])


def test_no_posts_give_none(reading: Runtime) -> None:
    assert reading.enricher.enrich_all([]) == []


@pytest.mark.parametrize("written", TRADITIONAL)
def test_traditional_characters_are_read_like_simplified_ones_and_stay_as_written(
    reading: Runtime, written: str
) -> None:
    # when
    traditional, simplified = (reading.enricher.enrich(post_of(text)) for text in (written, TRADITIONAL[written]))
    # then
    assert (traditional.body, simplified.body) == (written, TRADITIONAL[written])
    differing = {name for name in Post.model_fields if getattr(traditional, name) != getattr(simplified, name)}
    assert differing == {"body"}
    assert traditional.topic != "其他"


def test_plain_letters_are_read_by_all_engines(reading: Runtime) -> None:
    for category, sentences in SENTENCES.items():
        # when
        read = reading.enricher.enrich_all([post_of(sentence) for sentence in sentences])
        # then
        for post in read:
            assert_makes_sense(post, reading)
        assert sum(post.category == category for post in read) >= 0.7 * len(read)


def test_words_are_kept_in_the_characters_of_the_letter(reading: Runtime) -> None:
    # given characters that stand for a simplified and for a traditional one
    read = reading.enricher.enrich(post_of("余姚市人民路的泳池余氯超标，手机信号覆盖不到，充值卡余额不退"))
    # then
    assert {"余氯", "覆盖", "余额"} <= set(read.tokens)
    assert read.places == ["余姚市", "人民路"]


def test_odd_texts_can_be_learned_from(yuqing: Yuqing, tmp_path: Path) -> None:
    # given letters among which odd texts stand under a label of their own, as an export might hold them
    odd = [("", text[:30_000], "其他") for text in TEXTS.values() if "\ud83d" not in text]
    rows = [(one.title, one.body, one.label) for one in letters()]
    # when
    outcome = yuqing("train", "topic", write_csv(tmp_path / "a.csv", [*rows, *odd]), "--at", AT, "--json")
    # then those without any text are named
    assert outcome.code == 0, outcome.err
    assert 3 <= outcome.json["unused_rows"] < len(SAYING_NOTHING)
    assert outcome.json["in_use"] is True
