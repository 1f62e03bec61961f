"""Near-duplicates: one person sending twice, or many sending one prepared text.

MinHash (Broder 1997) over character 4-grams: the share of equal minima estimates the Jaccard similarity of two texts.
Bands of four minima find candidates without comparing everything with everything; the cost of a text does not grow
with the number of texts seen.
"""

import re
import unicodedata
from collections.abc import MutableMapping

import numpy as np
import numpy.typing as npt

SHINGLE = 4
MINIMA = 64
BAND = 4
ALIKE = 0.75
"""Estimated Jaccard similarity from which two texts count as one. All 42 pairs of real messages looked at above it said
the same; it leaves room for a changed date, greeting or signature."""
MOST_IN_BUCKET = 32
SHORT_TEXT = 30

_MARKS = re.compile(r"[\W_]+")

# Multiply-shift hashing (Dietzfelbinger 1997): products of 64 bits that overflow, of which the upper half is kept.
_RANDOM = np.random.default_rng(61)
_FACTORS = _RANDOM.integers(0, 1 << 63, MINIMA, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_OFFSETS = _RANDOM.integers(0, 1 << 63, MINIMA, dtype=np.uint64)
_PLACES = _RANDOM.integers(0, 1 << 63, SHINGLE, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_HALF = np.uint64(32)

Signature = npt.NDArray[np.uint32]


def plain(text: str) -> str:
    """A text in one width and case, with one blank for all that is neither letter, digit nor Chinese character."""
    return _MARKS.sub(" ", unicodedata.normalize("NFKC", text).lower())


def signature(title: str, body: str) -> Signature:
    """The minima of a post's body (with its title where the body is short), both made `plain` before.

    Empty when there is nothing to compare.
    """
    text = body.replace(" ", "")
    if len(text) < SHORT_TEXT:
        text = title.replace(" ", "") + text
    characters = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    if len(characters) < SHINGLE:
        return np.empty(0, dtype=np.uint32)
    windows = np.lib.stride_tricks.sliding_window_view(characters.astype(np.uint64), SHINGLE)
    shingles = np.unique((windows * _PLACES).sum(axis=1) >> _HALF)
    return np.asarray(((shingles[:, None] * _FACTORS + _OFFSETS) >> _HALF).min(axis=0), dtype=np.uint32)


class NearDuplicates:
    """Finds, for a text, the earlier ones that say the same."""

    def __init__(
        self,
        signatures: MutableMapping[int, Signature] | None = None,
        buckets: MutableMapping[int, list[int]] | None = None,
    ) -> None:
        self._signatures = {} if signatures is None else signatures
        self._buckets = {} if buckets is None else buckets

    def find(self, minima: Signature) -> list[int]:
        """Keys of texts added before that are nearly the same, most alike first, then in order of their keys."""
        candidates = {key for bucket in _buckets(minima) for key in self._buckets.get(bucket, ())}
        alike = []
        for key in sorted(candidates):
            other = self._signatures[key]
            share = float(np.mean(other == minima)) if len(other) == len(minima) else 0.0
            if share >= ALIKE:
                alike.append((-share, key))
        return [key for _, key in sorted(alike)]

    def add(self, key: int, minima: Signature) -> None:
        """Remember a text. Adding a key again replaces its text."""
        self._signatures[key] = minima
        for bucket in _buckets(minima):
            keys = self._buckets.get(bucket, [])
            # A text sent a thousand times is found by any few of its copies.
            if key not in keys and len(keys) < MOST_IN_BUCKET:
                self._buckets[bucket] = [*keys, key]


def _buckets(minima: Signature) -> list[int]:
    """One number for each band and what stands in it. Two bands may share one by chance: then only more is compared."""
    bands = minima.reshape(-1, BAND).astype(np.uint64)
    mixed = (bands * _FACTORS[:BAND]).sum(axis=1) + _OFFSETS[: len(bands)]
    mixed = (mixed ^ (mixed >> _HALF)) * _FACTORS[BAND]
    found: list[int] = mixed.view(np.int64).tolist()
    return found
