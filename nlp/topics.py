"""The topic model of an office's first hour: rules and keywords from `config/topics.yml`."""

import ahocorasick
from pydantic import Field, field_validator

from core.config import Config

STRONG_WEIGHT = 3
TITLE_FACTOR = 2
LEAST_WEIGHT = 2
"""Below this total a post is about none of the topics: one stray keyword in a long body proves nothing."""
UNKNOWN = "其他"


class Topic(Config):
    """A topic and the words that point to it: a `strong` word counts three times, any word in the title twice."""

    name: str = Field(min_length=1)
    keywords: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()


class TopicsFile(Config):
    """`config/topics.yml`."""

    topics: tuple[Topic, ...] = Field(min_length=1)

    @field_validator("topics")
    @classmethod
    def _names_once(cls, topics: tuple[Topic, ...]) -> tuple[Topic, ...]:
        names = [topic.name for topic in topics]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"主题名重复：{'、'.join(twice)}")
        return topics


class KeywordTopics:
    """Finds the topic whose words weigh most in a post."""

    def __init__(self, topics: tuple[Topic, ...]) -> None:
        weights: dict[str, dict[str, int]] = {}
        for topic in topics:
            for words, weight in ((topic.keywords, 1), (topic.strong, STRONG_WEIGHT)):
                for word in words:
                    weights.setdefault(word.lower(), {})[topic.name] = weight
        self._order = [topic.name for topic in topics]
        self._words = ahocorasick.Automaton()
        for word, by_topic in weights.items():
            self._words.add_word(word, (word, by_topic))
        self._words.make_automaton()

    def classify(self, title: str, body: str) -> tuple[str, float | None]:
        """The topic and its share (0 to 1) of the weight of all words found; (`其他`, None) when too little points anywhere.

        A word counts once in the title and once in the body, however often it is repeated. Of equal topics the one
        that stands first in the file wins.
        """
        totals: dict[str, int] = {}
        for text, factor in ((title, TITLE_FACTOR), (body, 1)):
            found = dict(word_and_topics for _, word_and_topics in self._words.iter(text.lower()))
            for by_topic in found.values():
                for name, weight in by_topic.items():
                    totals[name] = totals.get(name, 0) + weight * factor
        best = max(self._order, key=lambda name: totals.get(name, 0))
        weight = totals.get(best, 0)
        if weight < LEAST_WEIGHT:
            return UNKNOWN, None
        return best, round(weight / sum(totals.values()), 4)
