"""Sentiment by SnowNLP's naive Bayes, fed with our own tokens.

SnowNLP's segmenter is what makes it slow, not its model; the model is used as it is, on words cut by `nlp.segment`.
"""

from typing import Protocol

from core.post import SentimentLabel

NEGATIVE_BELOW = 0.4
POSITIVE_ABOVE = 0.6


class SentimentScorer(Protocol):
    """What every engine offers."""

    def score(self, tokens: list[str]) -> float | None:
        """0 (negative) to 1 (positive); None where there is nothing to score."""


class SnowSentiment:
    """SnowNLP's shipped model."""

    def __init__(self) -> None:
        # Loading SnowNLP takes a second and reads 30 MB; commands that score nothing should not pay for it.
        from snownlp import normal, sentiment

        self._model = sentiment.classifier.classifier
        self._without_stopwords = normal.filter_stop

    def score(self, tokens: list[str]) -> float | None:
        """Probability that the text is positive, by the model; None for a text without words."""
        words = self._without_stopwords(tokens)
        if not words:
            return None
        label, probability = self._model.classify(words)
        return float(probability if label == "pos" else 1 - probability)


def label_of(score: float | None) -> SentimentLabel | None:
    """The label shown for a score."""
    if score is None:
        return None
    if score < NEGATIVE_BELOW:
        return "negative"
    return "positive" if score > POSITIVE_ABOVE else "neutral"
