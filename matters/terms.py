"""Words that carry meaning, and how alike sentences are by them. Segmentation comes in as a function: rooms do not import each other."""

from collections.abc import Callable, Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


_SAY_NOTHING = frozenset(
    (
        "请问",
        "想问",
        "问问",
        "咨询",
        "到底",
        "究竟",
        "一直",
        "现在",
        "目前",
        "一下",
        "关于",
        "这么",
        "那么",
        "还有",
        "怎么办",
        "需要",
    )
)
"""Beside the office's stop words: they stand in every question."""
_LEAST = 0.5


class Terms:
    """Reads content words: without stop words and single characters, synonyms as one.

    `words` cuts a text into words (`nlp.segment.Segmenter.words`). A single character counts if it is in a group of
    `synonyms`: 发, 修 and 拆 are what a question is about.
    """

    def __init__(
        self, words: Callable[[str], list[str]], stopwords: Collection[str], synonyms: Sequence[Sequence[str]] = ()
    ) -> None:
        self._words = words
        self._stopwords = _SAY_NOTHING | frozenset(stopwords)
        self._same = {word: group[0] for group in synonyms for word in group}

    def of(self, text: str) -> list[str]:
        """The content words of a text in order."""
        found = []
        for word in self._words(text):
            same = self._same.get(word)
            if same or (len(word) > 1 and word not in self._stopwords):
                found.append(same or word)
        return found


def vectors(documents: Sequence[Sequence[str]]) -> Any:
    """TF-IDF rows (sparse, of length 1) of documents given as words; a row of zeros for one without words."""
    # scikit-learn takes a second to load.
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(documents):
        from scipy.sparse import csr_matrix

        return csr_matrix((len(documents), 1))
    return TfidfVectorizer(analyzer=list, sublinear_tf=True).fit_transform(documents)


def rarity(documents: Sequence[Collection[str]]) -> dict[str, float]:
    """How much each word tells: log((1 + documents) / (1 + documents with it)) and a little, so that no word tells nothing."""
    counts: dict[str, int] = {}
    for document in documents:
        for word in set(document):
            counts[word] = counts.get(word, 0) + 1
    return {word: float(np.log((1 + len(documents)) / (1 + count)) + _LEAST) for word, count in counts.items()}


class Postings:
    """Which of many documents hold a word: a matter may have thousands of replies, and every question is held against all."""

    def __init__(self, documents: Sequence[Collection[str]]) -> None:
        rows: dict[str, list[int]] = {}
        for row, document in enumerate(documents):
            for word in set(document):
                rows.setdefault(word, []).append(row)
        self._rows = {word: np.array(numbers) for word, numbers in rows.items()}
        self._none = np.array([], dtype=int)

    def of(self, word: str) -> NDArray[np.int_]:
        """The numbers of the documents with the word, in order."""
        return self._rows.get(word, self._none)
