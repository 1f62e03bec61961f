"""Training of the topic model: five linear opinions on each category, blended into one linear model.

Each opinion is ridge regression or a support vector machine whose features are first weighted by naive Bayes log-count
ratios (Wang and Manning, Baselines and Bigrams, 2012). Two read everything, the others words, characters or title alone:
where these disagree is told by what they say of posts they did not learn from, and how far each is to be followed is
learned from that (stacking: Wolpert, 1992). All of it is linear, so the blend costs no more to ask than one of them.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from scipy.sparse import csr_matrix, diags

from core.errors import YuqingError
from nlp.evaluation import calibration_error
from nlp.features import BLOCKS, Floats, Numbers, PostReader, Vocabulary, title_length
from nlp.near_duplicates import NearDuplicates, signature
from nlp.taxonomy import learn
from nlp.topic_model import TopicModel, Weights, softmax

FEWEST_POSTS = 3
"""An n-gram in fewer posts than this is not learned."""
FOLDS = 5
SMOOTHING, RATIO_POWER = 0.1, 0.5
"""Of the naive Bayes ratios: what is added to each count, and the power they are raised to."""
SHARES = (1.0, 0.5, 0.0, 0.0, 0.0)
"""What the opinions count before anything is known of them: the machine that reads everything, the ridge regression, then
the machines that read one of `BLOCKS`, all brought to the same spread."""
CAUTION = 8.0
"""How much evidence moves the blend away from `SHARES`."""
LEAST_BLENDED = 2000
"""With fewer labelled posts `SHARES` stand: a blend learned from a few would praise itself on posts its opinions had seen."""
EXPECTED = 20
"""How often a word must be expected in the ready rows before its absence says that it is a stop word."""
LONGEST_TITLE = 16
GREETINGS = frozenset(("尊敬", "敬爱", "您好", "你好"))


@dataclass(frozen=True)
class _Blend:
    """`mix` (opinions on each class x classes) and `offset`: from the margins of the opinions to the odds of each class."""

    mix: Floats
    offset: Floats

    def __call__(self, margins: Floats) -> Floats:
        return margins @ self.mix + self.offset


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
    sizes = vocabulary.sizes
    margins = _held_out(
        folds,
        lambda learned, held: _margins(_opinions(features, numbers, learned, sizes, len(classes)), features[held]),
        len(SHARES) * len(classes),
    )
    blend = _blend(margins, numbers, len(classes))
    opinions = _opinions(features, numbers, np.full(len(posts), True), sizes, len(classes))
    weights = Weights(opinions.margins @ blend.mix, blend(opinions.intercept))
    seconds = None
    if second_level_labels is not None:
        seconds = learn(features[:, : sizes[0]], numbers, second_level_labels, folds)
    # The blend is judged as the opinions are, on posts it has not seen.
    odds = _held_out(
        folds,
        lambda learned, held: _blend(margins[learned], numbers[learned], len(classes))(margins[held]),
        len(classes),
    )
    return TopicModel(reader, vocabulary, classes, weights, seconds, len(posts), _scores(softmax(odds), numbers))


def _too_few() -> YuqingError:
    return YuqingError("带标签的留言太少，学不到什么。", "请每个类别至少准备几十条不同的留言。")


def _training_post(text: str, words: Sequence[str]) -> tuple[list[str], int]:
    """The words of a labelled post without blanks and mark-up left over, and how many of them are the title's."""
    # A line end of the original may stick to a word.
    kept = [word.strip().lower() for word in words if word.strip() not in ("", "_x000D_")]
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


def _held_out(folds: Numbers, answer: Callable[[NDArray[np.bool_], NDArray[np.bool_]], Floats], columns: int) -> Floats:
    """What is said of each post by a model of the other folds. `answer` is given the posts to learn from and those to judge."""
    answers = np.zeros((len(folds), columns), dtype=np.float32)
    for fold in np.unique(folds):
        held = folds == fold
        if held.all():
            raise _too_few()
        answers[held] = answer(~held, held)
    return answers


def _opinions(
    features: csr_matrix, numbers: Numbers, learned: NDArray[np.bool_], sizes: Numbers, classes: int
) -> Weights:
    """The opinions named in `SHARES`, side by side, of the posts marked in `learned`."""
    rows, labels = features[learned], numbers[learned]
    ends = np.cumsum(sizes)
    parts = [_machine(rows, labels, classes), _ridge(rows, labels, classes)]
    for end, size in zip(ends, sizes, strict=True):
        block = slice(end - size, end)
        # Brought to length 1, as the whole is.
        alone = _machine(rows[:, block] * np.float32(np.sqrt(len(BLOCKS))), labels, classes)
        margins = np.zeros((rows.shape[1], classes), dtype=np.float32)
        margins[block] = alone.margins * np.float32(np.sqrt(len(BLOCKS)))
        parts.append(Weights(margins, alone.intercept))
    return Weights(np.hstack([part.margins for part in parts]), np.hstack([part.intercept for part in parts]))


def _margins(weights: Weights, features: csr_matrix) -> Floats:
    margins: Floats = features @ weights.margins + weights.intercept
    return margins


def _machine(features: csr_matrix, numbers: Numbers, classes: int) -> Weights:
    """Support vector machines, one for each category, in which every category weighs the same however many posts it has."""
    from sklearn.svm import LinearSVC

    result = Weights(np.zeros((features.shape[1], classes), np.float32), np.full(classes, -1.0, np.float32))
    totals = np.asarray(features.sum(axis=0)).ravel()
    for label in np.unique(numbers):
        mine = numbers == label
        if mine.all() or not features.nnz:
            continue
        inside = np.asarray(features[mine].sum(axis=0)).ravel()
        ratios = _ratios(inside, totals - inside)
        machine = LinearSVC(C=1.0, class_weight="balanced", random_state=0, tol=1e-2)
        machine.fit(features @ diags(ratios), mine)
        result.margins[:, label] = ratios * machine.coef_[0]
        result.intercept[label] = machine.intercept_[0]
    return result


def _ridge(features: csr_matrix, numbers: Numbers, classes: int) -> Weights:
    """Ridge regression on each category, in which every category weighs the same."""
    from sklearn.linear_model import Ridge

    counts = np.bincount(numbers, minlength=classes)
    targets = np.where(numbers[:, None] == np.arange(classes), 1.0, -1.0)
    ridge = Ridge(alpha=1.0, solver="sparse_cg", tol=1e-2)
    ridge.fit(features, targets, sample_weight=len(numbers) / (np.count_nonzero(counts) * counts[numbers]))
    return Weights(ridge.coef_.T.astype(np.float32), ridge.intercept_.astype(np.float32))


def _ratios(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> NDArray[np.float32]:
    """How much each feature tells, by naive Bayes: the damped log-ratio of its shares, with a mean square of 1."""
    own, other = inside + SMOOTHING, outside + SMOOTHING
    ratios = np.abs(np.log(own / own.sum()) - np.log(other / other.sum())) ** RATIO_POWER
    # Weighted by how often a feature occurs, so that the rows keep their length and C its meaning.
    mass = inside + outside
    mean = np.sqrt(np.average(ratios**2, weights=mass)) if mass.sum() else 1.0
    result: NDArray[np.float32] = (ratios / max(mean, 1e-9)).astype(np.float32)
    return result


def _blend(margins: Floats, numbers: Numbers, classes: int) -> _Blend:
    """Multinomial logistic regression on held-out margins of all opinions, drawn towards `SHARES` made as sure as fits.

    scikit-learn's would be drawn towards zero instead, and a few labelled posts say too little to leave that.
    """
    spread = np.repeat(margins.reshape(len(margins), -1, classes).std(axis=(0, 2)), classes)
    scaled = (margins / np.maximum(spread, 1e-6)).astype(np.float64)
    plain = np.vstack([share * np.eye(classes) for share in SHARES])
    start = np.vstack([plain * _temperature(scaled @ plain, numbers), np.zeros(classes)])
    if len(numbers) < LEAST_BLENDED:
        return _unscaled(start, spread)
    inputs = np.hstack([scaled, np.ones((len(scaled), 1))])
    truth = numbers[:, None] == np.arange(classes)

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        moved = flat.reshape(start.shape)
        probabilities = softmax(inputs @ (start + moved))
        surprise = -np.log(np.maximum(probabilities[truth], 1e-12)).sum()
        slope = inputs.T @ (probabilities - truth) + CAUTION * moved
        return float(surprise + CAUTION / 2 * (moved**2).sum()), slope.ravel()

    found = minimize(loss, np.zeros(start.size), jac=True, method="L-BFGS-B", options={"maxiter": 100}).x
    return _unscaled(start + found.reshape(start.shape), spread)


def _unscaled(mix: NDArray[np.float64], spread: Floats) -> _Blend:
    return _Blend((mix[:-1] / np.maximum(spread, 1e-6)[:, None]).astype(np.float32), mix[-1].astype(np.float32))


def _temperature(margins: NDArray[np.float64], numbers: Numbers) -> float:
    """The factor that makes the softmax of margins on held-out posts most likely (Guo et al., 2017)."""
    rows = np.arange(len(numbers))

    def loss(log_factor: float) -> float:
        probabilities = softmax(margins * np.exp(log_factor))
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
