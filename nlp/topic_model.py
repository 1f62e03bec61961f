"""The first-level category of a post, by a linear model over hashed words and characters; the second where it is sure.

How it is learned: `nlp.topic_training`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlp.features import BUCKETS, Floats, PostReader, Vocabulary, title_length
from nlp.model_files import FORMAT_VERSION, ModelCard, damaged, load_model, save_model
from nlp.taxonomy import SecondLevels

KIND = "topic"
BATCH = 256
SURE = 0.8
"""Probability of the first level from which on a second one is named."""


@dataclass(frozen=True)
class Topical:
    """What a post is about. `topic` is the first-level category with its probability; None for a post without words."""

    topic: str | None
    score: float | None
    second: str | None = None


@dataclass(frozen=True)
class Weights:
    """`margins` (features x classes) and `intercept` of the sum of the models learned; their softmax is the probability of each class."""

    margins: Floats
    intercept: Floats


class TopicModel:
    """A trained model. Built by `nlp.topic_training.train` or `load`."""

    def __init__(
        self,
        reader: PostReader,
        vocabulary: Vocabulary,
        classes: Sequence[str],
        weights: Weights,
        seconds: SecondLevels | None,
        examples: int,
        scores: dict[str, float],
    ) -> None:
        self.classes = list(classes)
        self.examples = examples
        self.scores = scores
        """Figures on posts held out during training: macro_f1, accuracy, ece (expected calibration error)."""
        self._reader = reader
        self._vocabulary = vocabulary
        self._matrix = vocabulary.matrix_maker()
        self._weights = weights
        self._seconds = seconds

    def classify(self, titles: Sequence[str], bodies: Sequence[str], tokens: Sequence[Sequence[str]]) -> list[Topical]:
        """The category of each post. `tokens` are the words of title and body together; bodies serve other engines."""
        answers: list[Topical] = []
        for begin in range(0, len(tokens), BATCH):
            batch = tokens[begin : begin + BATCH]
            lengths = [title_length(*post) for post in zip(titles[begin : begin + BATCH], batch, strict=True)]
            answers += self._batch(batch, lengths)
        return answers

    def _batch(self, tokens: Sequence[Sequence[str]], title_lengths: Sequence[int]) -> list[Topical]:
        features = self._matrix(self._reader.read(tokens, title_lengths), len(tokens))
        probabilities = softmax(features @ self._weights.margins + self._weights.intercept)
        best = probabilities.argmax(axis=1)
        score = probabilities[np.arange(len(best)), best]
        seconds: list[str | None] = [None] * len(best)
        if self._seconds:
            seconds = self._seconds.name(features[:, : self._vocabulary.sizes[0]], best)
        return [
            Topical(self.classes[topic], float(sure), second if sure >= SURE else None)
            if words
            else Topical(None, None)
            for words, topic, sure, second in zip(tokens, best, score, seconds, strict=True)
        ]

    def save(self, path: Path, trained_at: datetime, sources: Sequence[str], scores: dict[str, float]) -> None:
        """Write the model; `sources` and `scores` go on its card, the latter beside those of the training itself."""
        seconds = self._seconds
        card = ModelCard(
            kind="topic",
            engine="linear",
            format_version=FORMAT_VERSION,
            trained_at=trained_at,
            data_size=self.examples,
            data_sources=list(sources),
            classes=self.classes,
            scores={**self.scores, **scores},
            parameters={
                "stop_words": sorted(self._reader.stop_words),
                "seconds": seconds.names if seconds else [],
            },
        )
        arrays: dict[str, np.ndarray] = {
            "buckets": self._vocabulary.buckets,
            "rarity": self._vocabulary.rarity,
            "sizes": self._vocabulary.sizes,
            "margins": self._weights.margins.astype(np.float16),
            "intercept": self._weights.intercept,
        }
        if seconds:
            arrays |= {
                "second_parents": seconds.parents,
                "second_weights": seconds.weights,
                "second_intercept": seconds.intercept,
                "second_lead": seconds.lead,
            }
        save_model(path, card, arrays)

    @classmethod
    def load(cls, path: Path) -> "TopicModel":
        """The model of a file; a broken or foreign one is refused (see `nlp.model_files`)."""
        card, arrays = load_model(path, KIND)
        try:
            vocabulary = Vocabulary(arrays["buckets"], arrays["rarity"], arrays["sizes"])
            weights = Weights(arrays["margins"].astype(np.float32), arrays["intercept"])
            names = card.parameters["seconds"]
            seconds = (
                SecondLevels(
                    names,
                    arrays["second_parents"],
                    arrays["second_weights"],
                    arrays["second_intercept"],
                    arrays["second_lead"],
                )
                if names
                else None
            )
            reader = PostReader(card.parameters["stop_words"])
        except (KeyError, TypeError):
            raise damaged(path, "内容不完整") from None
        if not _fits(vocabulary, weights, seconds, len(card.classes)):
            raise damaged(path, "数组大小不符")
        return cls(reader, vocabulary, card.classes, weights, seconds, card.data_size, dict(card.scores))


def _fits(vocabulary: Vocabulary, weights: Weights, seconds: SecondLevels | None, classes: int) -> bool:
    """Whether the arrays of a file belong together, so that none is read beyond its end later."""
    features = len(vocabulary.buckets)
    sound = (
        vocabulary.sizes.shape == (3,)
        and int(vocabulary.sizes.sum()) == features == len(vocabulary.rarity)
        and int(vocabulary.sizes.min()) >= 0
        and bool((vocabulary.buckets < BUCKETS).all())
        and weights.margins.shape == (features, classes)
        and weights.intercept.shape == (classes,)
        and classes > 0
    )
    if not sound or seconds is None:
        return sound
    count = len(seconds.names)
    return (
        seconds.weights.shape == (int(vocabulary.sizes[0]), count)
        and seconds.parents.shape == seconds.intercept.shape == (count,)
        and seconds.lead.shape == (classes,)
    )


def softmax(margins: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """The probability of each class, row by row."""
    powers = np.exp(margins.astype(np.float64) - margins.max(axis=1, keepdims=True))
    result: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return result
