"""What a post is about, as vectors.

Three views of a post, each a plain sum over posts, so that the mean likeness of two groups of posts is one product of sums:

- *grams*: pairs of neighbouring characters, weighted by rarity (tf-idf), the title four times. Names of places, estates and
  firms, which no dictionary holds and people misspell, are told by these.
- *things*: the post's common words (no names among them) in a space of topics found in the posts themselves (latent
  semantic analysis, Deerwester et al. 1990). Noise and dust, or boundaries and school places, fall together here.
- *names*: the pairs of characters of the places its title names, to notice that two posts name different places.

Rarity is counted as posts come, on top of texts that the program brings along. The topic space is fitted anew whenever
the number of posts has grown by a tenth, so that over time the work per post stays the same.
"""

import csv
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from nlp.near_duplicates import plain

TITLE_WEIGHT = 4
BODY_CHARACTERS = 400
"""A message says what it is about at its beginning; what follows are laws, dates and greetings."""
MOST_WORDS = 400
GRAMS = 1 << 22
WORDS = 1 << 20
TOPICS = 200
COMMON = (0.007, 0.35)
"""Shares of posts between which a word is one for things, not a name and not filling."""
LEAST_TO_FIT = 1_000
"""Topics found in fewer posts say less than none: matters found without them agreed better with a reader's."""
GROWTH = 1.1
NAME_SHARE = 0.05
NAME_POSTS = 20
"""A pair of characters that a larger share of posts, and more posts, contain names no particular place (the city itself)."""

_KIND = re.compile(
    "(?:小区|社区|家园|花园|公寓|大厦|广场|国际|安置房|街道|公园|幼儿园|小学|中学|大学|职业|技术|学院|学校|医院|公司|集团|银行|酒店"
    "|市场|大道|路口|路|街|站|镇|乡|村|组|区|县|市|省)+$"
)
_BUS = re.compile(r"(?<![0-9a-z])([a-z]?[0-9]{1,4})(?:路|区间|公交)(?!口)")

USUAL_TEXTS = Path(__file__).with_name("sentiment_labelled.csv")
"""What people write anyway, whatever they write about. Where there are few posts, rarity cannot be told from them alone: the
words three of twenty share would count less than those that one has for himself."""

MOST_COUNTED = np.iinfo(np.uint16).max

Ids = npt.NDArray[np.int32]
Counts = npt.NDArray[np.uint16]
Weights = npt.NDArray[np.float32]
Number = TypeVar("Number", np.int32, np.uint16)


@dataclass(frozen=True)
class Features:
    """What was read out of a post once: ids (ascending) and how much each counts; its author's number (0: unknown)."""

    author: int
    grams: Ids
    gram_counts: Counts
    words: Ids
    word_counts: Counts
    names: Ids


def read_features(author: str | None, title: str, body: str, tokens: Sequence[str], places: Sequence[str]) -> Features:
    """The features of a post, whose title, body and places were made `plain` before.

    Only the places that its title names count as names.
    """
    body = body[:BODY_CHARACTERS]
    in_title, in_body = (np.concatenate([_gram_ids(text), _bus_ids(text)]) for text in (title, body))
    grams, inverse = np.unique(np.concatenate([in_title, in_body]), return_inverse=True)
    counts = np.bincount(inverse, np.repeat([TITLE_WEIGHT, 1], [len(in_title), len(in_body)]), len(grams))
    word_weights: dict[int, int] = {}
    for token in tokens[:MOST_WORDS]:
        word = _word_id(token)
        word_weights[word] = word_weights.get(word, 0) + 1
    for token in set(tokens[:MOST_WORDS]):
        if len(token) > 1 and token in title:
            word_weights[_word_id(token)] += 1
    words = sorted(word_weights)
    named = _name_ids(title, places)
    return Features(
        author=zlib.crc32(author.encode()) + 1 if author else 0,
        grams=grams.astype(np.int32),
        gram_counts=np.minimum(counts, MOST_COUNTED).astype(np.uint16),
        words=np.array(words, dtype=np.int32),
        word_counts=np.array([word_weights[word] for word in words], dtype=np.uint16),
        names=np.unique(named).astype(np.int32),
    )


def features_to_bytes(features: Features) -> bytes:
    """The features as they are kept."""
    lengths = [len(features.grams), len(features.words), len(features.names)]
    ids = np.concatenate([features.grams, features.words, features.names])
    counts = np.concatenate([features.gram_counts, features.word_counts])
    return np.array([features.author, *lengths], dtype=np.int64).tobytes() + ids.tobytes() + counts.tobytes()


def features_from_bytes(kept: bytes) -> Features:
    """What `features_to_bytes` was given."""
    author, grams, words, names = np.frombuffer(kept, dtype=np.int64, count=4).tolist()
    ids = np.frombuffer(kept, dtype=np.int32, offset=32, count=grams + words + names)
    counts = np.frombuffer(kept, dtype=np.uint16, offset=32 + 4 * len(ids))
    return Features(
        author, ids[:grams], counts[:grams], ids[grams : grams + words], counts[grams:], ids[grams + words :]
    )


def _name_ids(title: str, places: Sequence[str]) -> npt.NDArray[np.int64]:
    """What sets the places of a title apart: their names without their kind; where it has none, its bus lines."""
    stems = [_KIND.sub("", place) for place in places if place in title]
    stems = [stem for stem in stems if len(stem) > 1]
    return np.concatenate([_gram_ids(stem) for stem in stems]) if stems else _bus_ids(title)


def _bus_ids(text: str) -> npt.NDArray[np.int64]:
    """Ids of the bus lines in a text: their digits, as pairs of characters, would tell nothing."""
    return np.array([zlib.crc32(f"bus {line}".encode()) % GRAMS for line in _BUS.findall(text)], dtype=np.int64)


def _gram_ids(text: str) -> npt.NDArray[np.int64]:
    """Ids of the pairs of neighbouring letters, in order; a pair never spans a blank."""
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    if len(codes) < 2:
        return np.empty(0, dtype=np.int64)
    first, second = codes[:-1], codes[1:]
    ids = (first * 1_000_003 + second * 8_191) % GRAMS
    return np.asarray(ids[(first != 32) & (second != 32)], dtype=np.int64)


@lru_cache(maxsize=200_000)
def _word_id(word: str) -> int:
    return zlib.crc32(word.encode()) % WORDS


@cache
def _usual_grams() -> tuple[int, npt.NDArray[np.int32]]:
    """How many texts the program brings along, and how many of them contain each gram."""
    counts = np.zeros(GRAMS, dtype=np.int32)
    with USUAL_TEXTS.open(encoding="utf-8", newline="") as file:
        texts = [plain(f"{row['title']} {row['text']}") for row in csv.DictReader(file)]
    for text in texts:
        counts[np.unique(_gram_ids(text))] += 1
    return len(texts), counts


class VectorSpace:
    """Counts how rare grams and words are, and turns features into vectors."""

    def __init__(self) -> None:
        self.posts = 0
        self.fitted_on = 0
        self._gram_posts = np.zeros(GRAMS, dtype=np.int32)
        self._word_posts = np.zeros(WORDS, dtype=np.int32)
        self._topics: npt.NDArray[np.float32] = np.empty((0, 0), dtype=np.float32)
        self._set_topic_words(np.empty(0, dtype=np.int64))

    def _set_topic_words(self, words: npt.NDArray[np.int64]) -> None:
        self._topic_words = words
        self._column = np.full(WORDS, -1, dtype=np.int32)
        self._column[words] = np.arange(len(words))

    def count(self, posts: Sequence[Features]) -> None:
        """Take note of which grams and words posts contain."""
        for post in posts:
            self._gram_posts[post.grams] += 1
            self._word_posts[post.words] += 1
        self.posts += len(posts)

    def is_due(self) -> bool:
        """Whether the number of posts has grown by a tenth since the topic space was fitted."""
        return self.posts >= max(LEAST_TO_FIT, GROWTH * self.fitted_on)

    def fit(self, posts: Sequence[Features]) -> None:
        """Find the topics in these posts, at most 20,000."""
        # It takes a second to import, and not every process that knows of matters fits topics.
        from sklearn.decomposition import TruncatedSVD

        share = self._word_posts / max(self.posts, 1)
        common = (share >= COMMON[0]) & (share <= COMMON[1]) & (self._word_posts > 1)
        self._set_topic_words(np.flatnonzero(common))
        matrix = self._common_words(posts)
        topics = min(TOPICS, min(matrix.shape) - 1)
        self._topics = TruncatedSVD(topics, random_state=0).fit(matrix).components_.T.astype(np.float32)
        self.fitted_on = self.posts

    def grams(self, posts: Sequence[Features]) -> csr_matrix:
        """One row a post: tf-idf of its grams, of length 1."""
        ids, ends = _joined([post.grams for post in posts])
        counts, _ = _joined([post.gram_counts for post in posts])
        return _rows(ids, _damped(counts) * self._rarity(ids), ends, GRAMS, _length)

    def names(self, posts: Sequence[Features]) -> csr_matrix:
        """One row a post: the rarity of the grams its title's places are made of, adding up to 1; empty without any."""
        ids, ends = _joined([post.names for post in posts])
        return _rows(ids, self._name_rarity(ids), ends, GRAMS, _sum)

    def share_of_name(self, one: Features, other: Features) -> float | None:
        """How much of the names in one post's title is found in the other post, 0 to 1; None when it names nothing."""
        weights = self._name_rarity(one.names)
        total = float(weights.sum())
        return float(weights[np.isin(one.names, other.grams)].sum()) / total if total > 0 else None

    def word_rarity(self, word: str) -> float:
        """The logarithm of how many posts there are for one with this word."""
        return float(np.log((self.posts + 1) / (self._word_posts[_word_id(word)] + 1)))

    def _rarity(self, grams: Ids) -> Weights:
        texts, usual = _usual_grams()
        return np.asarray(
            np.log((texts + self.posts + 1) / (usual[grams] + self._gram_posts[grams] + 1)), dtype=np.float32
        )

    def _name_rarity(self, grams: Ids) -> Weights:
        common = self._gram_posts[grams] > max(NAME_SHARE * self.posts, NAME_POSTS)
        return np.asarray(np.where(common, 0, self._rarity(grams)), dtype=np.float32)

    def things(self, posts: Sequence[Features]) -> npt.NDArray[np.float32]:
        """One row a post: where its common words lie in the topic space, of length 1; zeros for a post without any."""
        if not self.fitted_on or not posts:
            return np.zeros((len(posts), 1), dtype=np.float32)
        found = np.asarray(self._common_words(posts) @ self._topics, dtype=np.float32)
        length = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(np.divide(found, length, out=np.zeros_like(found), where=length > 0), dtype=np.float32)

    def _common_words(self, posts: Sequence[Features]) -> csr_matrix:
        words, ends = _joined([post.words for post in posts])
        counts, _ = _joined([post.word_counts for post in posts])
        columns = self._column[words]
        rarity = np.log((self.posts + 1) / (self._word_posts[words] + 1)).astype(np.float32)
        weights = np.where(columns < 0, np.float32(0), _damped(counts) * rarity)
        return _rows(columns, weights, ends, len(self._topic_words), _length)

    def state(self) -> dict[str, npt.NDArray[np.generic]]:
        """Everything as plain arrays, for `restore`."""
        grams, words = np.flatnonzero(self._gram_posts), np.flatnonzero(self._word_posts)
        return {
            "counts": np.array([self.posts, self.fitted_on]),
            "grams": grams.astype(np.int32),
            "gram_posts": self._gram_posts[grams],
            "words": words.astype(np.int32),
            "word_posts": self._word_posts[words],
            "topic_words": self._topic_words,
            "topics": self._topics,
        }

    def restore(self, state: dict[str, npt.NDArray[np.generic]]) -> None:
        """Take over what `state` gave."""
        self.posts, self.fitted_on = (int(count) for count in state["counts"])
        self._gram_posts[state["grams"].astype(np.int64)] = state["gram_posts"]
        self._word_posts[state["words"].astype(np.int64)] = state["word_posts"]
        self._topics = state["topics"].astype(np.float32)
        self._set_topic_words(state["topic_words"].astype(np.int64))


def _joined(parts: Sequence[npt.NDArray[Number]]) -> tuple[npt.NDArray[Number], npt.NDArray[np.int64]]:
    """The arrays (at least one) one after the other, and where each ends, with a zero in front."""
    return np.concatenate(parts), np.cumsum([0, *map(len, parts)], dtype=np.int64)


def _damped(counts: Counts) -> Weights:
    return np.asarray(1 + np.log(np.maximum(counts, 1).astype(np.float32)), dtype=np.float32)


def _sum(row: npt.NDArray[np.int64], weights: Weights, rows: int) -> npt.NDArray[np.float64]:
    return np.asarray(np.bincount(row, weights, rows), dtype=np.float64)


def _length(row: npt.NDArray[np.int64], weights: Weights, rows: int) -> npt.NDArray[np.float64]:
    return np.sqrt(_sum(row, weights**2, rows))


def _rows(
    ids: Ids,
    weights: Weights,
    ends: npt.NDArray[np.int64],
    width: int,
    size: Callable[[npt.NDArray[np.int64], Weights, int], npt.NDArray[np.float64]],
) -> csr_matrix:
    """Sparse rows without their zeros, each divided by its `size`."""
    rows = len(ends) - 1
    kept = weights > 0
    row = np.repeat(np.arange(rows), np.diff(ends))[kept]
    ids, weights = ids[kept], weights[kept]
    weights = (weights / size(row, weights, rows)[row]).astype(np.float32)
    ends = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))])
    return csr_matrix((weights, ids, ends), shape=(rows, width))
