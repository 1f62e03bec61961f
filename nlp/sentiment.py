"""What every sentiment engine offers, and SnowNLP's shipped model as one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from core.post import SentimentLabel

NEGATIVE_BELOW = 0.4
POSITIVE_ABOVE = 0.6


@dataclass(frozen=True)
class Sentimental:
    """How a post feels: `score` from 0 (negative) to 1 (positive), the label, and the probability that the label is right.

    All are None where there is nothing to score, a probability also where the engine gives none.
    """

    score: float | None = None
    label: SentimentLabel | None = None
    confidence: float | None = None


class SentimentEngine(Protocol):
    """Reads posts, a batch at a time."""

    def classify(
        self, titles: Sequence[str], bodies: Sequence[str], tokens: Sequence[Sequence[str]]
    ) -> list[Sentimental]:
        """How each of the posts feels."""


class StockSnow:
    """SnowNLP's shipped model, trained on reviews of shops, on our own tokens: its segmenter is what makes it slow."""

    def __init__(self) -> None:
        # Loading SnowNLP takes a second and reads 30 MB; commands that score nothing should not pay for it.
        from snownlp import normal, sentiment

        self._model = sentiment.classifier.classifier
        self._without_stopwords = normal.filter_stop

    def classify(
        self, titles: Sequence[str], bodies: Sequence[str], tokens: Sequence[Sequence[str]]
    ) -> list[Sentimental]:
        """How each of the posts feels, by the model's probability that it is positive."""
        return [self._one(words) for words in tokens]

    def _one(self, tokens: Sequence[str]) -> Sentimental:
        words = self._without_stopwords(tokens)
        if not words:
            return Sentimental()
        label, probability = self._model.classify(words)
        score = float(probability if label == "pos" else 1 - probability)
        return Sentimental(score, label_of(score))


def label_of(score: float) -> SentimentLabel:
    """The label for the score of an engine that knows only two."""
    if score < NEGATIVE_BELOW:
        return "negative"
    return "positive" if score > POSITIVE_ABOVE else "neutral"
