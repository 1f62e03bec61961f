"""The first-level category of a post, by a linear model over hashed words and characters; the second where it is sure.

Two linear models are learned on the same features and added up to one: a support vector machine whose features are first
weighted by naive Bayes log-count ratios (Wang and Manning, Baselines and Bigrams, 2012), and a ridge regression. They err
in different places, and their sum costs no more to ask than one of them.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, diags

from core.errors import YuqingError
from nlp.evaluation import calibration_error
from nlp.features import BUCKETS, Floats, Numbers, PostReader, Vocabulary, title_length
from nlp.model_files import FORMAT_VERSION, ModelCard, damaged, load_model, save_model
from nlp.near_duplicates import NearDuplicates, signature
from nlp.taxonomy import SecondLevels, learn

KIND = "topic"
BATCH = 256
FEWEST_POSTS = 3
"""An n-gram in fewer posts than this is not learned."""
FOLDS = 5
SMOOTHING, RATIO_POWER = 0.1, 0.5
"""Of the naive Bayes ratios: what is added to each count, and the power they are raised to."""
RIDGE_SHARE = 0.5
"""What the ridge regression counts beside the support vector machine, both brought to the same spread."""
SURE = 0.8
"""Probability of the first level from which on a second one is named."""
EXPECTED = 20
"""How often a word must be expected in the ready rows before its absence says that it is a stop word."""
LONGEST_TITLE = 16
GREETINGS = frozenset(("尊敬", "敬爱", "您好", "你好"))


@dataclass(frozen=True)
class Topical:
    """What a post is about. `topic` is the first-level category with its probability; None for a post without words."""

    topic: str | None
    score: float | None
    second: str | None = None


@dataclass(frozen=True)
class _Weights:
    """`margins` (features x classes) and `intercept` of the sum of both models, on a scale of its own."""

    margins: Floats
    intercept: Floats


class TopicModel:
    """A trained model. Built by `train` or `load`."""

    def __init__(
        self,
        reader: PostReader,
        vocabulary: Vocabulary,
        classes: Sequence[str],
        weights: _Weights,
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
        probabilities = _softmax(features @ self._weights.margins + self._weights.intercept)
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
            weights = _Weights(arrays["margins"].astype(np.float32), arrays["intercept"])
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


def _fits(vocabulary: Vocabulary, weights: _Weights, seconds: SecondLevels | None, classes: int) -> bool:
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


def train(
    texts: Sequence[str],
    tokens: Sequence[Sequence[str]],
    labels: Sequence[str],
    second_level_labels: Sequence[str | None] | None = None,
    stop_words: Sequence[str] = (),
) -> TopicModel:
    """A model learned from labelled posts, with calibrated probabilities and its figures on held-out posts.

    `texts` holds title, line end and body of each post, and "" for a row that came as ready tokens. Such rows were made
    by another segmenter: blank entries among their tokens mark where the title ends, and words they never hold though
    raw posts often do are that segmenter's stop words, which are left out from then on.
    The same posts give the same model. Raises `YuqingError` when there are fewer than two categories.
    """
    classes = sorted(set(labels))
    if len(classes) < 2:
        raise YuqingError("训练主题模型至少需要两个类别的留言。", "请检查标签列，或加入别的类别的留言。")
    posts = [_training_post(text, words) for text, words in zip(texts, tokens, strict=True)]
    reader = PostReader({*stop_words, *_absent_words(texts, posts)})
    grams = reader.read([words for words, _ in posts], [length for _, length in posts])
    vocabulary = Vocabulary.learned(grams, len(posts), FEWEST_POSTS)
    if not vocabulary.sizes[0]:
        raise _too_few()
    features = vocabulary.matrix_maker()(grams, len(posts))
    numbers = np.searchsorted(classes, labels)
    folds = _folds([reader.content(words) for words, _ in posts], numbers)
    margins = np.zeros((len(posts), len(classes)), dtype=np.float32)
    for fold in range(FOLDS):
        held = folds == fold
        if not held.any():
            continue
        if held.all():
            raise _too_few()
        weights = _fit(features[~held], numbers[~held], len(classes))
        margins[held] = features[held] @ weights.margins + weights.intercept
    warmth = _temperature(margins, numbers)
    weights = _fit(features, numbers, len(classes))
    scaled = _Weights(weights.margins * warmth, weights.intercept * warmth)
    seconds = None
    if second_level_labels is not None:
        seconds = learn(features[:, : vocabulary.sizes[0]], numbers, second_level_labels, folds)
    scores = _scores(_softmax(margins * warmth), numbers)
    return TopicModel(reader, vocabulary, classes, scaled, seconds, len(posts), scores)


def _too_few() -> YuqingError:
    return YuqingError("带标签的留言太少，学不到什么。", "请每个类别至少准备几十条不同的留言。")


def _training_post(text: str, words: Sequence[str]) -> tuple[list[str], int]:
    """The words of a labelled post without blanks and mark-up left over, and how many of them are the title's."""
    kept = [word.lower() for word in words if word.strip() and word != "_x000D_"]
    if text:
        return kept, title_length(text.partition("\n")[0], kept)
    first_break = next((number for number, word in enumerate(words) if not word.strip()), 0)
    if 2 <= first_break <= LONGEST_TITLE:
        return kept, first_break
    # Without a break, a greeting or the title said again is where the body begins.
    opening = kept[:2]
    for number in range(4, min(LONGEST_TITLE, len(kept))):
        if kept[number] in GREETINGS or kept[number : number + 2] == opening:
            return kept, number
    return kept, title_length("", kept)


def _absent_words(texts: Sequence[str], posts: Sequence[tuple[list[str], int]]) -> set[str]:
    """Stop words of the segmenter behind the ready rows: raw posts use them often, those rows never do.

    Only a single character or a word of SnowNLP's own list is taken for one; another word may simply be a new matter.
    """
    from snownlp.normal import stop

    ready = {word for text, (words, _) in zip(texts, posts, strict=True) if not text for word in words}
    raw = Counter(word for text, (words, _) in zip(texts, posts, strict=True) if text for word in set(words))
    ready_rows = sum(not text for text in texts)
    least = max(FEWEST_POSTS, EXPECTED * (len(texts) - ready_rows) / ready_rows) if ready_rows else np.inf
    return {
        word for word, count in raw.items() if count >= least and word not in ready and (len(word) == 1 or word in stop)
    }


def _folds(contents: Sequence[Sequence[str]], numbers: Numbers) -> Numbers:
    """The fold of each post: every category evenly spread, near-duplicates together. Judged by words without stop words:
    a post may stand among the raw ones and among the ready rows.
    """
    seen = NearDuplicates()
    group_of: list[int] = []
    fold_of_group: dict[int, int] = {}
    dealt: Counter[int] = Counter()
    for number, (words, label) in enumerate(zip(contents, numbers, strict=True)):
        minima = signature("", "".join(words))
        alike = seen.find(minima)
        seen.add(number, minima)
        group = group_of[alike[0]] if alike else number
        group_of.append(group)
        if group == number:
            fold_of_group[group] = (dealt[label] + label) % FOLDS
            dealt[label] += 1
    return np.array([fold_of_group[group] for group in group_of])


def _fit(features: csr_matrix, numbers: Numbers, classes: int) -> _Weights:
    """Both models on the given posts, added up. Every category weighs the same, however many posts it has."""
    from sklearn.linear_model import Ridge
    from sklearn.svm import LinearSVC

    counts = np.bincount(numbers, minlength=classes)
    width = features.shape[1]
    vector = _Weights(np.zeros((width, classes), np.float32), np.full(classes, -1.0, np.float32))
    totals = np.asarray(features.sum(axis=0)).ravel()
    for label in np.flatnonzero(counts):
        mine = numbers == label
        if mine.all():
            continue
        inside = np.asarray(features[mine].sum(axis=0)).ravel()
        ratios = _ratios(inside, totals - inside)
        weighted = features @ diags(ratios)
        machine = LinearSVC(C=1.0, class_weight="balanced", random_state=0, tol=1e-3)
        machine.fit(weighted, mine)
        vector.margins[:, label] = ratios * machine.coef_[0]
        vector.intercept[label] = machine.intercept_[0]
    targets = np.where(numbers[:, None] == np.arange(classes), 1.0, -1.0)
    ridge = Ridge(alpha=1.0, solver="sparse_cg", tol=1e-2)
    ridge.fit(features, targets, sample_weight=len(numbers) / (np.count_nonzero(counts) * counts[numbers]))
    spread = (features @ vector.margins + vector.intercept).std() / max(ridge.predict(features).std(), 1e-9)
    share = RIDGE_SHARE * spread
    return _Weights(
        (vector.margins + share * ridge.coef_.T).astype(np.float32),
        (vector.intercept + share * ridge.intercept_).astype(np.float32),
    )


def _ratios(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> NDArray[np.float32]:
    """How much each feature tells, by naive Bayes: the damped log-ratio of its shares, with a mean square of 1."""
    own, other = inside + SMOOTHING, outside + SMOOTHING
    ratios = np.abs(np.log(own / own.sum()) - np.log(other / other.sum())) ** RATIO_POWER
    # Weighted by how often a feature occurs, so that the rows keep their length and C its meaning.
    mass = inside + outside
    mean = np.sqrt(np.average(ratios**2, weights=mass)) if mass.sum() else 1.0
    result: NDArray[np.float32] = (ratios / max(mean, 1e-9)).astype(np.float32)
    return result


def _temperature(margins: Floats, numbers: Numbers) -> float:
    """The factor that makes the softmax of margins on held-out posts most likely (Guo et al., 2017)."""
    rows = np.arange(len(numbers))

    def loss(log_factor: float) -> float:
        probabilities = _softmax(margins * np.exp(log_factor))
        return -float(np.log(np.maximum(probabilities[rows, numbers], 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-3.0, 4.0), method="bounded").x))


def _scores(probabilities: NDArray[np.float64], numbers: Numbers) -> dict[str, float]:
    """Macro-F1, accuracy and calibration error of predictions on held-out posts."""
    from sklearn.metrics import f1_score

    best = probabilities.argmax(axis=1)
    right = best == numbers
    return {
        "macro_f1": round(float(f1_score(numbers, best, average="macro")), 4),
        "accuracy": round(float(right.mean()), 4),
        "ece": round(calibration_error(probabilities.max(axis=1).tolist(), right.tolist()), 4),
    }


def _softmax(margins: NDArray[np.float32]) -> NDArray[np.float64]:
    powers = np.exp(margins.astype(np.float64) - margins.max(axis=1, keepdims=True))
    result: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return result
