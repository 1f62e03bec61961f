"""What a post is about: the first-level category, by the trained model once there is one, and the bureau's own topic in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nlp.topic_model import Topical
from nlp.topics import UNKNOWN, KeywordTopics


class TopicClassifier(Protocol):
    """A trained model of categories."""

    def classify(self, titles: Sequence[str], bodies: Sequence[str], tokens: Sequence[Sequence[str]]) -> list[Topical]:
        """The category of each post."""


@dataclass(frozen=True)
class TopicReading:
    """`category` with its probability (None while keywords alone decide), `topic` with its share of keyword weight."""

    category: str | None
    category_score: float | None
    topic: str
    topic_score: float | None


class TopicReader:
    """Reads category and topic. Without a model the keywords decide both; with one they only choose within its category."""

    def __init__(self, keywords: KeywordTopics, model: TopicClassifier | None = None) -> None:
        self._keywords = keywords
        self._model = model

    def read(self, titles: Sequence[str], bodies: Sequence[str], tokens: Sequence[Sequence[str]]) -> list[TopicReading]:
        """What each of the posts is about."""
        if self._model is None:
            return [self._by_keywords(title, body) for title, body in zip(titles, bodies, strict=True)]
        answers = self._model.classify(titles, bodies, tokens)
        return [self._within(*parts) for parts in zip(answers, titles, bodies, strict=True)]

    def _by_keywords(self, title: str, body: str) -> TopicReading:
        topic, share = self._keywords.classify(title, body)
        category = None if topic == UNKNOWN else self._keywords.category_of(topic)
        return TopicReading(category, None, topic, share)

    def _within(self, answer: Topical, title: str, body: str) -> TopicReading:
        if answer.topic is None:
            return self._by_keywords(title, body)
        # Where the model names a category that the topics file does not hold, any topic may be meant.
        topic, share = self._keywords.classify(title, body, self._keywords.within(answer.topic) or None)
        if topic in (UNKNOWN, answer.topic) and answer.second:
            # A second level says more than the category's own name.
            return TopicReading(answer.topic, answer.score, answer.second, None)
        return TopicReading(answer.topic, answer.score, answer.topic if topic == UNKNOWN else topic, share)
