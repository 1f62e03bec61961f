"""The topic model of an office's first hour: rules and keywords from `config/topics.yml`."""

from collections.abc import Collection

from ahocorasick_rs import AhoCorasick
from pydantic import Field, ValidationInfo, field_validator

from core.config import Config

STRONG_WEIGHT = 3
TITLE_FACTOR = 2
LEAST_WEIGHT = 2
"""Below this total a post is about none of the topics: one stray keyword in a long body proves nothing."""
UNKNOWN = "其他"


class Topic(Config):
    """A topic and the words that point to it: a `strong` word counts three times, any word in the title twice.

    `category` is the first-level category it belongs to; a topic without one is a first-level category itself.
    """

    name: str = Field(min_length=1)
    category: str | None = None
    keywords: tuple[str, ...] = ()
    strong: tuple[str, ...] = ()


class TopicsFile(Config):
    """`config/topics.yml`."""

    topics: tuple[Topic, ...] = Field(min_length=1)
    site_labels: dict[str, str] = {}
    """What a site calls a subject, and the first-level category that means."""

    @field_validator("topics")
    @classmethod
    def _names_once(cls, topics: tuple[Topic, ...]) -> tuple[Topic, ...]:
        names = [topic.name for topic in topics]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"主题名重复：{'、'.join(twice)}")
        return topics

    @field_validator("site_labels")
    @classmethod
    def _of_known_categories(cls, labels: dict[str, str], given: ValidationInfo) -> dict[str, str]:
        if "topics" not in given.data:
            return labels
        categories = _by_name(given.data["topics"])
        known = list(dict.fromkeys(categories.values()))
        for label, category in labels.items():
            if label == UNKNOWN:
                raise ValueError(f"“{UNKNOWN}”什么分类都不是，不能对应“{category}”")
            if category not in known:
                raise ValueError(f"“{label}”对应的“{category}”不是一级分类；可用：{'、'.join(known)}")
            if categories.get(label, category) != category:
                raise ValueError(f"“{label}”本身属于“{categories[label]}”，不能再对应“{category}”")
        return labels

    def category_of(self, topic: str) -> str:
        """The first-level category of a topic; one that is not in the file is its own."""
        return next((one.category for one in self.topics if one.name == topic and one.category), topic)

    def categories_by_label(self) -> dict[str, str]:
        """The first-level category of every word for a subject that is known: topics, categories and site labels."""
        return {**self.site_labels, **_by_name(self.topics)}


def _by_name(topics: tuple[Topic, ...]) -> dict[str, str]:
    """Topics and first-level categories by name, each with the category it means."""
    categories = {topic.name: topic.category or topic.name for topic in topics}
    return categories | {category: category for category in categories.values()}


class KeywordTopics:
    """Finds the topic whose words weigh most in a post."""

    def __init__(self, topics: tuple[Topic, ...]) -> None:
        weights: dict[str, dict[str, int]] = {}
        for topic in topics:
            for words, weight in ((topic.keywords, 1), (topic.strong, STRONG_WEIGHT)):
                for word in words:
                    weights.setdefault(word.lower(), {})[topic.name] = weight
        self._order = [topic.name for topic in topics]
        self._categories = {topic.name: topic.category or topic.name for topic in topics}
        self._words = AhoCorasick(list(weights))
        self._weights = list(weights.values())

    def category_of(self, topic: str) -> str:
        """The first-level category of a topic; a topic unknown here is its own."""
        return self._categories.get(topic, topic)

    def within(self, category: str) -> list[str]:
        """The topics of a first-level category, and the topic of that very name, in the order of the file."""
        return [name for name in self._order if category in (name, self._categories[name])]

    def classify(self, title: str, body: str, among: Collection[str] | None = None) -> tuple[str, float | None]:
        """The topic and its share (0 to 1) of the weight of all words found; (`其他`, None) when too little points anywhere.

        A word counts once in the title and once in the body, however often it is repeated. Of equal topics the one
        that stands first in the file wins. With `among`, only these topics are looked at.
        """
        totals: dict[str, int] = {}
        for text, factor in ((title, TITLE_FACTOR), (body, 1)):
            matches = self._words.find_matches_as_indexes(text.lower(), overlapping=True)
            for word in {match[0] for match in matches}:
                for name, weight in self._weights[word].items():
                    totals[name] = totals.get(name, 0) + weight * factor
        if among is not None:
            totals = {name: weight for name, weight in totals.items() if name in among}
        weight = max(totals.values(), default=0)
        if weight < LEAST_WEIGHT:
            return UNKNOWN, None
        best = next(name for name in self._order if totals.get(name) == weight)
        return best, round(weight / sum(totals.values()), 4)
