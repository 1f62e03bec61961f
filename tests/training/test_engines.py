"""`engines` of `config/pipeline.yml` says who reads the posts; a model says the category, and the words the topic within."""

from collections.abc import Sequence

import pytest

from core.errors import ConfigError
from core.post import Post
from nlp.sentiment import StockSnow
from nlp.sentiment_model import SentimentModel, shipped_model
from nlp.topic_model import Topical
from nlp.topic_reader import TopicReader, TopicReading
from nlp.topics import UNKNOWN, KeywordTopics
from pipeline import engines
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from tests.cli.command import Yuqing
from tests.training.bad_input import post_of
from tests.training.conftest import Engines, models_of, runtime_of
from tests.training.letters import CITY, HEALTH, SCHOOL

VACCINE = "孩子的疫苗什么时候能打上，接种点电话打不通"
NO_KEYWORD = "班主任把大家的试卷收走了"


class Saying:
    """A model that says the same of every post."""

    def __init__(self, answer: Topical) -> None:
        self._answer = answer

    def classify(self, titles: Sequence[str], bodies: Sequence[str], tokens: Sequence[Sequence[str]]) -> list[Topical]:
        return [self._answer for _ in titles]


def reading(answer: Topical | None, title: str, body: str) -> TopicReading:
    """How a post is read with the shipped words and a model that says this; without a model for None."""
    keywords = KeywordTopics(Settings({}).topics.topics)
    reader = TopicReader(keywords, Saying(answer) if answer else None)
    (read,) = reader.read([title], [body], [[body]])
    return read


def enriched(runtime: Runtime, body: str) -> Post:
    return runtime.enricher.enrich(post_of(body))


# ---------- topic engines ----------


@pytest.fixture(scope="module")
def trained_runtime(trained_once: Yuqing) -> Runtime:
    return runtime_of(trained_once)


def test_before_any_training_the_keywords_decide(yuqing: Yuqing) -> None:
    # when
    runtime = runtime_of(yuqing)
    known, unknown = (enriched(runtime, body) for body in (VACCINE, NO_KEYWORD))
    # then
    assert (known.category, known.category_score, known.topic) == (HEALTH, None, "疫苗接种")
    assert (unknown.category, unknown.topic, unknown.topic_score) == (None, UNKNOWN, None)


def test_once_trained_the_model_says_the_category(trained_runtime: Runtime) -> None:
    # when
    known, unknown = (enriched(trained_runtime, body) for body in (VACCINE, NO_KEYWORD))
    # then
    assert (known.category, known.topic, known.department) == (HEALTH, "疫苗接种", "疾控应急科")
    assert known.category_score is not None
    assert 1 / 3 < known.category_score <= 1
    assert (unknown.category, unknown.topic) == (SCHOOL, SCHOOL)


def test_the_keywords_may_be_asked_for_in_spite_of_a_model(trained_once: Yuqing, with_engines: Engines) -> None:
    # when
    read = enriched(with_engines(trained_once.environment, topic="keywords"), NO_KEYWORD)
    # then
    assert (read.category, read.category_score, read.topic) == (None, None, UNKNOWN)


@pytest.mark.parametrize("engine", ["linear", "snownlp"])
def test_a_model_asked_for_by_name_must_have_been_trained(engine: str, yuqing: Yuqing, with_engines: Engines) -> None:
    # when
    with pytest.raises(ConfigError) as refused:
        _ = with_engines(yuqing.environment, topic=engine).enricher
    # then
    assert f"engines.topic 是 {engine}" in refused.value.message
    assert "yuqing train topic" in refused.value.advice
    assert "auto" in refused.value.advice


@pytest.mark.parametrize("engine", ["auto", "linear", "snownlp"])
def test_a_trained_model_may_be_asked_for_by_name(engine: str, trained_once: Yuqing, with_engines: Engines) -> None:
    # when
    read = enriched(with_engines(trained_once.environment, topic=engine), "学校的老师在校外办补课班，家长不满")
    # then
    assert (read.category, read.topic) == (SCHOOL, SCHOOL)
    assert read.category_score is not None


def test_snownlp_and_the_linear_model_are_two_engines(trained_once: Yuqing, with_engines: Engines) -> None:
    scores = [
        enriched(with_engines(trained_once.environment, topic=engine), VACCINE).category_score
        for engine in ("linear", "snownlp")
    ]
    assert scores[0] != scores[1]


def test_every_engine_there_is_can_be_compared(yuqing: Yuqing, trained_once: Yuqing) -> None:
    assert list(engines.all_topic_engines(Settings(yuqing.environment))) == ["关键词规则"]
    assert list(engines.all_topic_engines(Settings(trained_once.environment))) == [
        "关键词规则",
        "线性模型",
        "SnowNLP（本地训练）",
    ]


def test_the_keywords_answer_with_categories_where_they_are_compared() -> None:
    # given
    categories = engines.KeywordCategories(KeywordTopics(Settings({}).topics.topics))
    # when
    answers = categories.classify(["疫苗何时到货", "路灯不亮", "你好"], ["", "", ""], [[], [], []])
    # then a topic of the bureau counts as the category it belongs to
    assert [answer.topic for answer in answers] == [HEALTH, CITY, None]


# ---------- sentiment engines ----------


def test_sentiment_is_read_by_the_shipped_model_until_one_is_trained(
    yuqing: Yuqing, trained_once: Yuqing, with_engines: Engines
) -> None:
    # when
    untrained = engines.sentiment(Settings(yuqing.environment))
    trained = engines.sentiment(Settings(trained_once.environment))
    snow = engines.sentiment(with_engines(trained_once.environment, sentiment="snownlp").settings)
    # then
    assert untrained is shipped_model()
    assert isinstance(trained, SentimentModel)
    assert trained.examples > shipped_model().examples
    assert isinstance(snow, StockSnow)
    assert (models_of(trained_once) / "sentiment.model").exists()


# ---------- category by the model, topic by the words ----------


def test_without_a_model_the_words_decide_both() -> None:
    assert reading(None, "疫苗何时到货", "路灯不亮").category == HEALTH
    assert reading(None, "", "你好") == TopicReading(None, None, UNKNOWN, None)


def test_with_a_model_the_words_choose_only_among_the_topics_of_its_category() -> None:
    # given a letter with more words of traffic than of medicine
    title, body = "公交站台离医院太远", "公交线路绕路，司机不停站台，红绿灯太长。医生和护士上班都迟到"
    assert reading(None, title, body).topic == "交通运输"
    # when
    read = reading(Topical(HEALTH, 0.9), title, body)
    # then
    assert (read.category, read.category_score, read.topic) == (HEALTH, 0.9, "医疗服务质量")
    assert read.topic_score is not None
    assert 0 < read.topic_score <= 1


def test_a_category_without_a_word_of_its_own_in_the_letter_is_itself_the_topic() -> None:
    assert reading(Topical(CITY, 0.7), "", "疫苗什么时候到") == TopicReading(CITY, 0.7, CITY, None)


def test_a_second_level_is_the_topic_where_the_words_know_none() -> None:
    assert reading(Topical(HEALTH, 0.9, "食品卫生"), "", "隔壁卖的卤菜吃坏了肚子").topic == "食品卫生"
    # but the bureau's own topics come first: sections keep what is theirs
    assert reading(Topical(HEALTH, 0.9, "食品卫生"), "", VACCINE).topic == "疫苗接种"


def test_a_second_level_says_more_than_a_topic_that_is_the_category_itself() -> None:
    # given a category that `config/topics.yml` does not divide, and a letter full of its words
    read = reading(Topical(SCHOOL, 0.9, "校园收费"), "学校乱收费", "老师要学生家长买教辅，学校还收校服钱")
    # then the most specific matter known is the topic
    assert (read.topic, read.topic_score) == ("校园收费", None)


def test_a_post_the_model_does_not_judge_is_left_to_the_words() -> None:
    assert reading(Topical(None, None), "", VACCINE).topic == "疫苗接种"
    assert reading(Topical(None, None), "", "🙏🙏") == TopicReading(None, None, UNKNOWN, None)


def test_a_category_the_topics_file_does_not_know_keeps_the_bureaus_topics(yuqing: Yuqing) -> None:
    """A message board has labels of its own, and a model trained on them answers with these (`医疗`, not `卫生计生`)."""
    # when
    read = reading(Topical("医疗", 0.9), "", VACCINE)
    # then the section that answers for vaccines still gets the post
    assert (read.category, read.topic) == ("医疗", "疫苗接种")
    assert Settings(yuqing.environment).departments.department_of(read.topic) == "疾控应急科"


def test_a_category_of_the_topics_file_without_words_keeps_its_posts() -> None:
    # given a category that is known, and none of whose topics the words could choose
    read = reading(Topical("政法", 0.9), "", VACCINE)
    # then
    assert read == TopicReading("政法", 0.9, "政法", None)


def test_topics_are_read_in_the_order_of_the_posts() -> None:
    # given
    reader = TopicReader(KeywordTopics(Settings({}).topics.topics), Saying(Topical(HEALTH, 0.9)))
    bodies = [VACCINE, "急救车二十分钟没有出车", "献血证补办", "中医馆的针灸"]
    # when
    read = reader.read([""] * 4, bodies, [[]] * 4)
    # then
    assert [one.topic for one in read] == ["疫苗接种", "急救与120", "献血用血", "中医药"]
    assert reader.read([], [], []) == []
