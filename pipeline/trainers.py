"""How the models of each task are trained, loaded and asked: what training and evaluation need of them, in one form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, cast

from core.post import SentimentLabel
from nlp import topic_training
from nlp.segment import Segmenter
from nlp.sentiment import Sentimental
from nlp.sentiment_model import SentimentModel
from nlp.sentiment_training import Example, own_examples, train_sentiment, weigh
from nlp.simplify import Simplifier
from nlp.snow_topics import SnowTopicModel
from nlp.topic_model import Topical, TopicModel
from pipeline.labelled import Labelled, Task
from pipeline.models import ModelKind
from pipeline.runtime import Runtime


@dataclass(frozen=True)
class Prepared:
    """A labelled post ready to be learnt from: simplified and segmented. `text` is empty where only tokens were given."""

    title: str
    body: str
    tokens: list[str]
    label: str
    second: str | None
    text: str
    weak: bool = False


class Preparer:
    """Simplifies and segments posts as they are when they are read for the index. Building it loads the word lists."""

    def __init__(self, runtime: Runtime) -> None:
        self._simplified = Simplifier()
        self._segmenter = Segmenter(runtime.settings.config / "user_dict.txt")

    def __call__(self, posts: Sequence[Labelled]) -> list[Prepared]:
        """The posts ready to be learnt from or judged."""
        return [self._one(post) for post in posts]

    def _one(self, post: Labelled) -> Prepared:
        if post.tokens:
            # The words as one text, for engines that read characters.
            return Prepared("", "".join(post.tokens), list(post.tokens), post.label, post.second, "")
        title, body = self._simplified(post.title), self._simplified(post.body)
        words = self._segmenter.words(title) + self._segmenter.words(body)
        return Prepared(title, body, words, post.label, post.second, f"{title}\n{body}", post.weak)


class Asked(Protocol):
    """An engine as the enricher asks it."""

    def classify(
        self, titles: Sequence[str], bodies: Sequence[str], tokens: Sequence[Sequence[str]]
    ) -> Sequence[Topical] | Sequence[Sentimental]:
        """What it says of each post."""


@dataclass(frozen=True)
class Trained:
    """A model with the one question that training has."""

    model: TopicModel | SentimentModel

    def labels_of(self, posts: Sequence[Prepared]) -> list[str | None]:
        """The label it gives each post."""
        return labels_by(self.model, posts)

    def save(self, path: Path, at: datetime, sources: Sequence[str], scores: dict[str, float]) -> None:
        """Write the model with its card."""
        self.model.save(path, at, sources, scores)


def labels_by(engine: Asked, posts: Sequence[Prepared]) -> list[str | None]:
    """The label an engine gives each post; None for one it does not judge."""
    answers = engine.classify(
        [post.title for post in posts], [post.body for post in posts], [post.tokens for post in posts]
    )
    return [answer.topic if isinstance(answer, Topical) else answer.label for answer in answers]


def trainer(task: Task) -> Callable[[Sequence[Prepared]], Trained]:
    """What makes a model of labelled posts."""
    return _train_topics if task == "topic" else _train_sentiments


def load(task: ModelKind, path: Path) -> Trained:
    """A trained model. Raises `ConfigError` for a file that is none."""
    return Trained(TopicModel.load(path) if task == "topic" else SentimentModel.load(path))


def train_snow_topics(posts: Sequence[Prepared]) -> SnowTopicModel:
    """SnowNLP's classifier on the same posts, to be compared with."""
    return SnowTopicModel([post.tokens for post in posts], [post.label for post in posts])


def _train_topics(posts: Sequence[Prepared]) -> Trained:
    seconds = [post.second for post in posts]
    return Trained(
        topic_training.train(
            [post.text for post in posts],
            [post.tokens for post in posts],
            [post.label for post in posts],
            seconds if any(seconds) else None,
        )
    )


def _train_sentiments(posts: Sequence[Prepared]) -> Trained:
    """From the office's posts on top of the project's own labelled set."""
    by_hand = own_examples()
    weak: list[Example] = []
    for post in posts:
        example = Example(post.title, post.body, cast(SentimentLabel, post.label))
        (weak if post.weak else by_hand).append(example)
    return Trained(train_sentiment(weigh(by_hand, weak)))
