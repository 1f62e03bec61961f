"""Which engines read the posts, as `config/pipeline.yml` and the shelf of models say; and all there are, to be compared."""

from collections.abc import Sequence

from core.errors import ConfigError
from nlp.sentiment import SentimentEngine, StockSnow
from nlp.sentiment_model import SentimentModel, shipped_model
from nlp.snow_topics import SnowTopicModel
from nlp.topic_model import Topical, TopicModel
from nlp.topic_reader import TopicClassifier, TopicReader
from nlp.topics import UNKNOWN, KeywordTopics
from pipeline.models import ModelShelf
from pipeline.settings import Settings


def sentiment(settings: Settings) -> SentimentEngine:
    """The engine that scores sentiment: SnowNLP's, the model trained here, or the one shipped with the project."""
    if settings.pipeline.engines.sentiment == "snownlp":
        return StockSnow()
    return trained_sentiment(settings) or shipped_model()


def trained_sentiment(settings: Settings) -> SentimentModel | None:
    """The sentiment model trained here; None before the first training."""
    path = ModelShelf(settings.data).in_use("sentiment")
    return SentimentModel.load(path) if path else None


def topics(settings: Settings) -> TopicReader:
    """The engine that reads topics. Raises `ConfigError` when a model is asked for and none was trained."""
    return TopicReader(KeywordTopics(settings.topics.topics), _topic_model(settings))


def _topic_model(settings: Settings) -> TopicClassifier | None:
    wanted, shelf = settings.pipeline.engines.topic, ModelShelf(settings.data)
    if wanted == "keywords":
        return None
    path = shelf.in_use("topic-snownlp" if wanted == "snownlp" else "topic")
    if path is None:
        if wanted == "auto":
            return None
        raise ConfigError(
            f"engines.topic 是 {wanted}，但还没有训练过模型。", "请先运行 yuqing train topic，或改为 auto。"
        )
    return SnowTopicModel.load(path) if wanted == "snownlp" else TopicModel.load(path)


class KeywordCategories:
    """The keyword rules as a classifier of first-level categories, to be compared with trained ones."""

    def __init__(self, keywords: KeywordTopics) -> None:
        self._keywords = keywords

    def classify(self, titles: Sequence[str], bodies: Sequence[str], tokens: Sequence[Sequence[str]]) -> list[Topical]:
        """The category of the topic with most weight; None where too little points anywhere."""
        answers = []
        for title, body in zip(titles, bodies, strict=True):
            topic, share = self._keywords.classify(title, body)
            answers.append(Topical(None if topic == UNKNOWN else self._keywords.category_of(topic), share))
        return answers


def all_topic_engines(settings: Settings) -> dict[str, TopicClassifier]:
    """Every topic engine there is, by the name shown."""
    shelf = ModelShelf(settings.data)
    engines: dict[str, TopicClassifier] = {"关键词规则": KeywordCategories(KeywordTopics(settings.topics.topics))}
    if path := shelf.in_use("topic"):
        engines["线性模型"] = TopicModel.load(path)
    if path := shelf.in_use("topic-snownlp"):
        engines["SnowNLP（本地训练）"] = SnowTopicModel.load(path)
    return engines
