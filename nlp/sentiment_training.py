"""Training of the sentiment model: on the project's own labelled set, and on what an office's posts tell of themselves.

`python -m nlp.sentiment_training` makes the shipped model anew; do so after a change to the labelled set or the lexicon.
"""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, diags, hstack, vstack
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from core.errors import YuqingError
from core.post import Kind, SentimentLabel
from nlp.evaluation import calibration_error
from nlp.lexicon_words import Lexicon
from nlp.sentiment_features import FeatureReader, Floats
from nlp.sentiment_model import BATCH, CLASSES, SHIPPED, SentimentModel, Weights, softmax

LABELLED = Path(__file__).with_name("sentiment_labelled.csv")
LEXICON = Path(__file__).with_name("sentiment_lexicon.yml")
FOLDS = 5
FEWEST_TEXTS = 3
"""An n-gram in fewer texts is not learned: what it says may be true of that one text only."""
FEATURE_SCALE = 0.1
"""How much a feature may count beside the n-grams, both brought to unit size first. Chosen together with `REGULARISATION`."""
REGULARISATION = 5.0
COOLEST, HOTTEST = 1.0, 5.0
"""Bounds of the temperature. It never makes the model surer than it is of itself: the texts of the labelled set were written as
examples and are clearer than what a board brings."""
ANNOYED = 2
"""Up to this grade of satisfaction, 1 to 5, an author is taken for annoyed."""

_TITLE_SAYS: tuple[tuple[SentimentLabel, re.Pattern[str]], ...] = (
    ("positive", re.compile(r"(?:感谢|谢谢|表扬|点赞|致.{2,30}感谢信)")),
    ("negative", re.compile(r"(?:再次)?(?:投诉|举报|控告|强烈反对|坚决反对)")),
    ("neutral", re.compile(r"(?:咨询|请问|建议)")),
)
_KIND_SAYS: dict[Kind, SentimentLabel] = {
    "感谢": "positive",
    "投诉": "negative",
    "求助": "negative",
    "咨询": "neutral",
    "建言": "neutral",
}


@dataclass(frozen=True)
class Example:
    """One labelled post. `weight` is what it counts beside one labelled by hand."""

    title: str
    body: str
    label: SentimentLabel
    weight: float = 1.0


def own_examples() -> list[Example]:
    """The texts written and labelled by hand for this project."""
    labels = {str(label): label for label in CLASSES}
    with LABELLED.open(encoding="utf-8", newline="") as stream:
        return [Example(row["title"], row["text"], labels[row["label"]]) for row in csv.DictReader(stream)]


def shipped_lexicon() -> Lexicon:
    """The words of `sentiment_lexicon.yml` by class."""
    lexicon: dict[str, list[str]] = yaml.safe_load(LEXICON.read_text(encoding="utf-8"))
    return lexicon


def weak_label(title: str, kind: Kind | None, satisfaction: float | None) -> SentimentLabel | None:
    """What a post's own marks tell of it: the board's kind, the first words of its title, its author's grade (1 to 5).

    None where they tell nothing or contradict each other. A grade judges the answer to a post: it only casts doubt.
    """
    by_kind = _KIND_SAYS[kind] if kind else None
    by_title = next((label for label, opening in _TITLE_SAYS if opening.match(title)), None)
    if by_kind and by_title and by_kind != by_title:
        return None
    label = by_kind or by_title
    annoyed = satisfaction is not None and satisfaction <= ANNOYED
    return None if annoyed and label != "negative" else label


def weigh(by_hand: Sequence[Example], weak: Sequence[Example]) -> list[Example]:
    """All of them, the weakly labelled so light that together they count no more than those labelled by hand."""
    weight = min(1.0, sum(example.weight for example in by_hand) / max(len(weak), 1))
    return [*by_hand, *(replace(example, weight=weight) for example in weak)]


def train_sentiment(examples: Sequence[Example], lexicon: Lexicon | None = None) -> SentimentModel:
    """A model learned from the examples, its probabilities calibrated on folds that were kept out of the learning.

    Raises `YuqingError` when a label has fewer examples than there are folds.
    """
    counts = Counter(example.label for example in examples)
    if min(counts[label] for label in CLASSES) < FOLDS:
        raise YuqingError(f"每种情感至少要有 {FOLDS} 条留言才能训练。", f"现有：{dict(counts)}")
    lexicon = shipped_lexicon() if lexicon is None else lexicon
    data = _Data.of(examples, FeatureReader(lexicon))
    # The vectors are short: several threads would mostly wait for each other.
    with threadpool_limits(1):
        logits = _kept_out_logits(data)
        temperature = _temperature(logits, data)
        weights = _weights(data, temperature)
    probabilities = softmax(logits / temperature)
    answers = probabilities.argmax(axis=1)
    right = [bool(one) for one in answers == data.labels]
    scores = {
        "cross_validated_macro_f1": float(f1_score(data.labels, answers, average="macro")),
        "cross_validated_calibration_error": calibration_error(probabilities.max(axis=1).tolist(), right),
    }
    return SentimentModel(lexicon, weights, len(examples), scores)


@dataclass(frozen=True)
class _Data:
    """Examples as numbers: n-grams and features (a row each), labels as places in `CLASSES`, weights."""

    ngrams: csr_matrix
    features: Floats
    labels: NDArray[np.int64]
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, examples: Sequence[Example], reader: FeatureReader) -> "_Data":
        ngrams, features = [], []
        for begin in range(0, len(examples), BATCH):
            batch = examples[begin : begin + BATCH]
            read = reader.read([example.title for example in batch], [example.body for example in batch])
            ngrams.append(read[0])
            features.append(read[1])
        together = vstack(ngrams).tocsr()
        together.sum_duplicates()
        return cls(
            together,
            np.concatenate(features),
            np.array([CLASSES.index(example.label) for example in examples]),
            np.array([example.weight for example in examples]),
        )

    def part(self, rows: NDArray[np.int64]) -> "_Data":
        return _Data(self.ngrams[rows], self.features[rows], self.labels[rows], self.weights[rows])


def _weights(data: _Data, temperature: float = 1.0) -> Weights:
    """Multinomial logistic regression; all scaling of its input is folded into the weights, so that reading stays cheap."""
    texts_with = np.asarray((data.ngrams > 0).sum(axis=0)).ravel()
    kept = np.flatnonzero(texts_with >= FEWEST_TEXTS)
    rarity = np.log((1 + len(data.labels)) / (1 + texts_with[kept])) + 1
    ngrams = data.ngrams[:, kept] @ diags(rarity)
    ngram_scale = 1 / np.sqrt(ngrams.multiply(ngrams).sum(axis=1).mean())
    mean, spread = data.features.mean(axis=0), data.features.std(axis=0)
    feature_scale = FEATURE_SCALE / np.where(spread > 0, spread, 1)
    table = hstack([ngrams * ngram_scale, csr_matrix((data.features - mean) * feature_scale)]).tocsr()
    fitted = LogisticRegression(C=REGULARISATION, max_iter=5_000, tol=1e-6).fit(table, data.labels, data.weights)
    of_ngrams = fitted.coef_[:, : len(kept)].T * (rarity * ngram_scale)[:, None] / temperature
    of_features = fitted.coef_[:, len(kept) :].T * feature_scale[:, None] / temperature
    intercept = fitted.intercept_ / temperature - mean @ of_features
    return Weights(
        kept.astype(np.int32),
        of_ngrams.astype(np.float32),
        of_features.astype(np.float32),
        intercept.astype(np.float32),
    )


def _kept_out_logits(data: _Data) -> NDArray[np.float64]:
    """The logits of each example by a model that did not learn from it."""
    logits = np.zeros((len(data.labels), len(CLASSES)))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    for learned, kept_out in folds.split(data.features, data.labels):
        weights, rest = _weights(data.part(learned)), data.part(kept_out)
        by_ngram = rest.ngrams[:, weights.buckets] @ weights.ngrams
        logits[kept_out] = by_ngram + rest.features @ weights.features + weights.intercept
    return logits


def _temperature(logits: NDArray[np.float64], data: _Data) -> float:
    """By what to divide the logits for the likelihood of the true labels to be greatest (Guo et al. 2017, temperature scaling)."""

    def surprise(temperature: float) -> float:
        of_truth = softmax(logits / temperature)[np.arange(len(data.labels)), data.labels]
        return float(-(np.log(np.maximum(of_truth, 1e-12)) * data.weights).sum())

    return float(minimize_scalar(surprise, bounds=(COOLEST, HOTTEST), method="bounded").x)


def train_shipped() -> SentimentModel:
    """The shipped model, from the project's own labelled set alone."""
    return train_sentiment(own_examples())


if __name__ == "__main__":
    model = train_shipped()
    model.save(SHIPPED, datetime.now(UTC), [LABELLED.name], {})
    print(model.scores)
