"""Sentiment of messages to an authority: a linear model over character n-grams and counted words of a lexicon.

What the three labels mean (the guide for everyone who labels):

- **negative**: complaint, dissatisfaction, grievance or reproach, also when polite or sarcastic; a plea out of hardship or
  about something that has gone wrong (no water, no wages, a road nobody mends); a proposal that mostly criticises; thanks
  that only open a complaint.
- **neutral**: a question ("请问……如何办理"), a request or proposal in a calm tone, a bare report, a quoted official text;
  also where a problem is mentioned only as the reason of a proposal, and thanks are only a matter of form.
- **positive**: thanks, praise or approval is what the message is about, or it tells that a matter has been settled well,
  however bad it was before.

A message is read as a whole, title included: what it wants of the reader decides, not its single words. The closing
"谢谢" of a letter says nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.post import SentimentLabel
from nlp.lexicon_words import Lexicon
from nlp.model_files import FORMAT_VERSION, ModelCard, damaged, load_model, save_model
from nlp.sentiment import Sentimental
from nlp.sentiment_features import BUCKETS, FeatureReader, Floats

KIND = "sentiment"
CLASSES: tuple[SentimentLabel, ...] = ("negative", "neutral", "positive")
WORTH = np.array([0.0, 0.5, 1.0])
"""What each class adds to the score, by its probability."""
BATCH = 256
SHIPPED = Path(__file__).with_name("sentiment.model")

_has_letter = re.compile(r"[^\W\d_]").search


@dataclass(frozen=True)
class Weights:
    """What the model learned: a row of three weights (in the order of `CLASSES`) for each n-gram bucket kept and each feature."""

    buckets: NDArray[np.int32]
    ngrams: Floats
    features: Floats
    intercept: Floats


class SentimentModel:
    """Tells how posts feel, with a calibrated probability. Needs no segmentation; text without any letter is not scored."""

    def __init__(self, lexicon: Lexicon, weights: Weights, examples: int, scores: dict[str, float]) -> None:
        self.examples = examples
        self.scores = scores
        self._lexicon = {name: list(words) for name, words in lexicon.items()}
        self._reader = FeatureReader(lexicon)
        self._weights = weights
        self._by_bucket = np.zeros((BUCKETS, len(CLASSES)), dtype=np.float32)
        self._by_bucket[weights.buckets] = weights.ngrams

    def classify(
        self, titles: Sequence[str], bodies: Sequence[str], tokens: Sequence[Sequence[str]] = ()
    ) -> list[Sentimental]:
        """Label, score and confidence of each post; `tokens` are what other engines read.

        The score is the probability of positive plus half that of neutral.
        """
        texts = [bool(_has_letter(title) or _has_letter(body)) for title, body in zip(titles, bodies, strict=True)]
        probabilities = self.probabilities(titles, bodies)
        scores, best = probabilities @ WORTH, probabilities.argmax(axis=1)
        return [
            Sentimental(float(score), CLASSES[label], float(row[label])) if scorable else Sentimental()
            for scorable, score, label, row in zip(texts, scores, best, probabilities, strict=True)
        ]

    def probabilities(self, titles: Sequence[str], bodies: Sequence[str]) -> NDArray[np.float64]:
        """The probability of each class (columns, in the order of `CLASSES`) for each post."""
        batches = [
            self._batch(titles[begin : begin + BATCH], bodies[begin : begin + BATCH])
            for begin in range(0, len(titles), BATCH)
        ]
        return np.concatenate(batches) if batches else np.zeros((0, len(CLASSES)))

    def _batch(self, titles: Sequence[str], bodies: Sequence[str]) -> NDArray[np.float64]:
        ngrams, features = self._reader.read(titles, bodies)
        return softmax(ngrams @ self._by_bucket + features @ self._weights.features + self._weights.intercept)

    def save(self, path: Path, trained_at: datetime, sources: Sequence[str], scores: dict[str, float]) -> None:
        """Write the model; `sources` and `scores` go on its card, the latter beside those of the training itself."""
        card = ModelCard(
            kind=KIND,
            engine="linear",
            format_version=FORMAT_VERSION,
            trained_at=trained_at,
            data_size=self.examples,
            data_sources=list(sources),
            classes=list(CLASSES),
            scores={**self.scores, **scores},
            parameters={"lexicon": self._lexicon},
        )
        weights = self._weights
        arrays = {
            "buckets": weights.buckets,
            "ngrams": weights.ngrams,
            "features": weights.features,
            "intercept": weights.intercept,
        }
        save_model(path, card, arrays)

    @classmethod
    def load(cls, path: Path) -> "SentimentModel":
        """The model of a file. Raises `ConfigError` for one that is broken or foreign."""
        card, arrays = load_model(path, KIND)
        lexicon = card.parameters.get("lexicon")
        try:
            weights = Weights(arrays["buckets"], arrays["ngrams"], arrays["features"], arrays["intercept"])
            model = cls(_checked_lexicon(lexicon), weights, card.data_size, card.scores)
            model._check_shapes()
        except (KeyError, ValueError, IndexError, TypeError):
            raise damaged(path, "内容互不相符") from None
        return model

    def _check_shapes(self) -> None:
        """Raise ValueError where the weights do not fit the lexicon or each other."""
        weights, classes = self._weights, len(CLASSES)
        shapes = (weights.ngrams.shape, weights.features.shape, weights.intercept.shape)
        if shapes != ((len(weights.buckets), classes), (len(self._reader.names), classes), (classes,)):
            raise ValueError("weights of another shape")
        if not all(np.isfinite(one).all() for one in (weights.ngrams, weights.features, weights.intercept)):
            raise ValueError("weights that are no numbers")


def _checked_lexicon(lexicon: object) -> Lexicon:
    """The lexicon of a card. Raises ValueError where it is none."""
    if not isinstance(lexicon, dict) or not all(isinstance(words, list) for words in lexicon.values()):
        raise ValueError("no lexicon")
    if not all(isinstance(word, str) and word for words in lexicon.values() for word in words):
        raise ValueError("words that are none")
    return lexicon


@cache
def shipped_model() -> SentimentModel:
    """The model of an office's first hour, learned from the project's own labelled set alone (`nlp.sentiment_training`)."""
    return SentimentModel.load(SHIPPED)


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of each row of logits."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return result
