"""Posts as rows of a sparse matrix: hashed words, characters and pairs of characters, and the same once more for the title.

Reading is numpy over a whole batch: words become numbers by a cached look-up, all characters of the batch are one array
of code points, and pairs are two neighbours of it. Nothing here loops over n-grams, so a post takes some ten
microseconds where scikit-learn's vectorisers, which do the same in Python, take a millisecond.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]

BUCKET_BITS = 21
BUCKETS = 1 << BUCKET_BITS
"""Hashes a feature can have: wide enough that an unknown n-gram is seldom taken for a known one."""
MOST_TOKENS = 3_000
"""Words read of a post: the rest of a very long one repeats what it is about."""
BLOCKS = ("words", "characters", "title")
"""Each is brought to length 1 by itself, so that a long body cannot drown the title."""
LIKELY_TITLE = 9
"""Words of a title where its end is not known: the median of real titles."""
MOST_REMEMBERED = 300_000
"""Words whose hash is kept; then the memory is emptied, so that it stays flat over any number of posts."""

_SEEDS = {"word": 1, "character": 2, "pair": 3}
_TITLE = 8
"""Added to a seed: the same n-gram in the title is another feature."""
_COUNTED = 4_096
_DAMPED = (1 + np.log(np.maximum(np.arange(_COUNTED), 1))).astype(np.float32)
"""Sublinear frequency: a word said ten times means about three times what it means said once."""


class _WordHashes(dict[str, int]):
    """Word to hash, remembered."""

    def __missing__(self, word: str) -> int:
        number = self[word] = crc32(word.encode("utf-8", "surrogatepass"))
        return number


@dataclass(frozen=True)
class Grams:
    """Hashed n-grams of a batch: bucket, and number of the post each stands in."""

    buckets: NDArray[np.uint32]
    posts: Numbers


class PostReader:
    """Turns tokens into buckets. `stop_words` are left out before anything is read."""

    def __init__(self, stop_words: Collection[str] = ()) -> None:
        self.stop_words = frozenset(stop_words)
        self._hashes = _WordHashes()

    def read(self, tokens: Sequence[Sequence[str]], title_lengths: Sequence[int]) -> list[Grams]:
        """The n-grams of the posts, one entry for each of `BLOCKS`; `title_lengths` says how many tokens are the title's."""
        if len(self._hashes) > MOST_REMEMBERED:
            self._hashes.clear()
        titles = [self.content(words[:length]) for words, length in zip(tokens, title_lengths, strict=True)]
        texts = [
            title + self.content(words[length:MOST_TOKENS])
            for title, words, length in zip(titles, tokens, title_lengths, strict=True)
        ]
        title = [self._words(titles, _TITLE), *_characters(titles, _TITLE)]
        return [self._words(texts, 0), _together(_characters(texts, 0)), _together(title)]

    def content(self, words: Sequence[str]) -> list[str]:
        """The words that are no stop words."""
        return [word for word in words if word not in self.stop_words]

    def _words(self, texts: Sequence[Sequence[str]], shift: int) -> Grams:
        lengths = np.fromiter(map(len, texts), np.int64, len(texts))
        words = chain.from_iterable(texts)
        hashes = np.fromiter(map(self._hashes.__getitem__, words), np.uint64, int(lengths.sum()))
        return Grams(_bucket(hashes, _SEEDS["word"] + shift), np.repeat(np.arange(len(texts)), lengths))


def title_length(title: str, tokens: Sequence[str]) -> int:
    """How many of a post's tokens are those of its title.

    Told by the number of letters and digits, not by the characters themselves: the tokens may be simplified ones.
    For a post without a title its first few words stand in for one.
    """
    letters = _letters(title)
    if not letters:
        return min(LIKELY_TITLE, len(tokens))
    for number, token in enumerate(tokens):
        if letters <= 0:
            return number
        letters -= _letters(token)
    return len(tokens)


def _letters(text: str) -> int:
    return len(text) if text.isalnum() else sum(character.isalnum() for character in text)


def _characters(texts: Sequence[Sequence[str]], shift: int) -> list[Grams]:
    """Characters and pairs of neighbouring characters, across words but not across posts."""
    joined = ["".join(words) for words in texts]
    lengths = np.fromiter(map(len, joined), np.int64, len(joined))
    codes = np.frombuffer("".join(joined).encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    posts = np.repeat(np.arange(len(joined)), lengths)
    same_post = posts[1:] == posts[:-1]
    pairs = (codes[:-1] << np.uint64(21) | codes[1:])[same_post]
    return [
        Grams(_bucket(codes, _SEEDS["character"] + shift), posts),
        Grams(_bucket(pairs, _SEEDS["pair"] + shift), posts[1:][same_post]),
    ]


def _bucket(values: NDArray[np.uint64], seed: int) -> NDArray[np.uint32]:
    """Buckets by the mixing steps of MurmurHash3's 64-bit finaliser, over values shifted apart by the seed."""
    mixed = values + np.uint64(seed << 56)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(33)
    mixed *= np.uint64(0xC4CEB9FE1A85EC53)
    return (mixed >> np.uint64(64 - BUCKET_BITS)).astype(np.uint32)


def _together(parts: Sequence[Grams]) -> Grams:
    return Grams(np.concatenate([part.buckets for part in parts]), np.concatenate([part.posts for part in parts]))


@dataclass(frozen=True)
class Vocabulary:
    """The features kept: bucket and rarity (inverse document frequency) of each, block after block; `sizes` by block."""

    buckets: NDArray[np.uint32]
    rarity: Floats
    sizes: NDArray[np.int64]

    @classmethod
    def learned(cls, grams: Sequence[Grams], posts: int, fewest: int) -> "Vocabulary":
        """Of the n-grams of so many posts those that stand in at least `fewest` of them."""
        buckets, rarity = [], []
        for block in grams:
            distinct = np.unique(block.posts.astype(np.uint64) << np.uint64(BUCKET_BITS) | block.buckets)
            found, counts = np.unique(distinct & np.uint64(BUCKETS - 1), return_counts=True)
            often = counts >= fewest
            buckets.append(found[often].astype(np.uint32))
            rarity.append((1 + np.log((1 + posts) / (1 + counts[often]))).astype(np.float32))
        sizes = np.array([len(block) for block in buckets], dtype=np.int64)
        return cls(np.concatenate(buckets), np.concatenate(rarity), sizes)

    def matrix_maker(self) -> Callable[[Sequence[Grams], int], csr_matrix]:
        """A function that gives the matrix (posts x features) of n-grams read; its tables are made here once."""
        ends = np.cumsum(self.sizes)
        tables = []
        for end, size in zip(ends, self.sizes, strict=True):
            table = np.full(BUCKETS, -1, dtype=np.int32)
            table[self.buckets[end - size : end]] = np.arange(end - size, end)
            tables.append(table)
        width = len(self.buckets)

        def matrix(grams: Sequence[Grams], posts: int) -> csr_matrix:
            keys = []
            for table, block in zip(tables, grams, strict=True):
                columns = table[block.buckets]
                known = columns >= 0
                keys.append(block.posts[known] * width + columns[known])
            cells, counts = _counted(np.concatenate(keys))
            rows, columns = np.divmod(cells, max(width, 1))
            values = _DAMPED[np.minimum(counts, _COUNTED - 1)] * self.rarity[columns]
            part = rows * len(BLOCKS) + np.searchsorted(ends, columns, side="right")
            squares = np.bincount(part, weights=values * values, minlength=posts * len(BLOCKS))
            shares = (1 / np.sqrt(np.maximum(squares, 1e-12) * len(BLOCKS))).astype(np.float32)
            pointers = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=posts))])
            return csr_matrix((values * shares[part], columns, pointers), shape=(posts, width))

        return matrix


def _counted(keys: Numbers) -> tuple[Numbers, Numbers]:
    """The distinct keys in order and how often each occurs (`np.unique` sorts slower)."""
    keys.sort()
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.zeros(0, np.int64)
    return keys[first], np.diff(np.append(first, len(keys)))
