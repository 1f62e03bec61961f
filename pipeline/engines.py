"""Which engines read the posts, as `config/pipeline.yml` and the shelf of models say."""

from nlp.sentiment import SentimentEngine, StockSnow
from nlp.topic_reader import TopicReader
from nlp.topics import KeywordTopics
from pipeline.settings import Settings


def sentiment(settings: Settings) -> SentimentEngine:
    """The engine that scores sentiment."""
    return StockSnow()


def topics(settings: Settings) -> TopicReader:
    """The engine that reads topics."""
    return TopicReader(KeywordTopics(settings.topics.topics))
