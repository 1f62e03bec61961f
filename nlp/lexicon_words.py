"""Finds the words of a lexicon in the character codes of many texts at once, without a loop over characters or words.

pyahocorasick looks through the children of a node one by one, and a lexicon of a thousand words begins with hundreds of
characters: it takes 45 µs for 400 characters. Hashing the few places where a word may begin takes a tenth.
"""

from collections.abc import Mapping, Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

Lexicon = Mapping[str, Sequence[str]]
"""Words by class."""
Codes = NDArray[np.uint32]
"""Characters as their code points."""

_SLOT_BITS = 20
_PAIRS = 1 << 16
_BEYOND = 0xFFFF
"""Characters beyond the basic plane share one place in the table of first characters."""


class LexiconWords:
    """A word inside a longer word of the lexicon is not found ("满意" in "不满意"); of two that overlap both are."""

    def __init__(self, lexicon: Lexicon) -> None:
        words = {word: number for number, of_class in enumerate(lexicon.values()) for word in of_class}
        self._class_of = np.array(list(words.values()), dtype=np.int64)
        self._longest = max(map(len, words), default=0)
        self._begins = np.zeros(_BEYOND + 1, dtype=bool)
        self._alone = np.zeros(_BEYOND + 1, dtype=bool)
        self._pairs = np.zeros(_PAIRS, dtype=bool)
        codes = [_codes(word) for word in words]
        for word in codes:
            first = np.minimum(word[:1], _BEYOND)
            self._begins[first] = True
            if len(word) == 1:
                self._alone[first] = True
            else:
                self._pairs[_pair(word[:1], word[1:2])] = True
        # The first odd multiplier that gives every word a slot of its own.
        for multiplier in count(0x9E3779B97F4A7C15, 2):
            self._multiplier = np.uint64(multiplier)
            self._hashes = np.array([self._hash(word) for word in codes], dtype=np.uint64)
            slots = self._slot(self._hashes)
            if len(np.unique(slots)) == len(words):
                break
        self._word_at = np.full(1 << _SLOT_BITS, -1, dtype=np.int32)
        self._word_at[slots] = np.arange(len(words), dtype=np.int32)

    def find(self, codes: Codes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where words begin, ascending, and the class (its place in the lexicon) of each."""
        starts = self._candidates(codes)
        padded = np.append(codes, np.zeros(self._longest, dtype=np.uint32)).astype(np.uint64)
        hashed = np.zeros(len(starts), dtype=np.uint64)
        word = np.full(len(starts), -1, dtype=np.int64)
        length = np.zeros(len(starts), dtype=np.int64)
        for n in range(self._longest):
            hashed = (hashed + padded[starts + n]) * self._multiplier
            found = self._word_at[self._slot(hashed)]
            is_word = (found >= 0) & (self._hashes[found] == hashed)
            word[is_word], length[is_word] = found[is_word], n + 1
        is_word = word >= 0
        starts, word, ends = starts[is_word], word[is_word], (starts + length)[is_word]
        inside = np.zeros(len(starts), dtype=bool)
        inside[1:] = np.maximum.accumulate(ends)[:-1] >= ends[1:]
        return starts[~inside], self._class_of[word[~inside]]

    def _candidates(self, codes: Codes) -> NDArray[np.int64]:
        """Places where the first two characters are those of a word."""
        first = np.minimum(codes, _BEYOND)
        starts = np.flatnonzero(self._begins[first])
        second = np.append(codes, np.uint32(0))[starts + 1]
        kept: NDArray[np.int64] = starts[self._alone[first[starts]] | self._pairs[_pair(codes[starts], second)]]
        return kept

    def _hash(self, word: Codes) -> np.uint64:
        hashed = np.zeros(1, dtype=np.uint64)
        for code in word:
            hashed = (hashed + np.uint64(code)) * self._multiplier
        return hashed[0]  # type: ignore[no-any-return]

    def _slot(self, hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
        return (hashes >> np.uint64(64 - _SLOT_BITS)).astype(np.int64)


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _pair(first: Codes, second: Codes) -> NDArray[np.int64]:
    return ((first * np.uint32(0x9E3779B1) + second) % _PAIRS).astype(np.int64)
