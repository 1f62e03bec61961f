"""What the sentiment model reads in a batch of posts: hashed character n-grams, and words of the lexicon by place.

A batch is one array of character codes; n-grams and words are found in all of it at once, and what belongs to which post
is told by position. Nothing here loops over characters.
"""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.lexicon_words import Lexicon, LexiconWords
from nlp.simplify import Simplifier

Floats = NDArray[np.float32]
Places = NDArray[np.int64]

BUCKETS = 1 << 18
HEAD, TAIL = 3_000, 1_000
"""Of a longer body these first and last characters are read: what a message wants stands there."""
MOST_IN_TITLE = 2
"""A word said three times in a title means no more than said twice."""
FORMS = ("length", "questions", "exclamations", "share of questions", "titled", "title asks", "opens with thanks")

_END = "\0"
"""Ends each title and each body; no n-gram and no word reaches over it."""
_MULTIPLIERS = (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35)
"""One for each length of n-gram, one to three characters: longer words that matter stand in the lexicon."""
_BLANK, _QUESTION, _EXCLAMATION, _STOP = 1, 2, 4, 8
_MARKS = ((" \n\t\u3000\u00a0", _BLANK), ("?？", _QUESTION), ("!！", _EXCLAMATION), ("。；;\n", _STOP))
_IDEOGRAPHS = range(0x3400, 0xA000)
_OPENS_WITH_THANKS = re.compile(r"(?:感谢|谢谢|表扬|点赞|夸|赞)(?!.{0,8}(?:百忙|平台))").match


def _mark_table() -> NDArray[np.uint8]:
    table = np.zeros(0x10000, dtype=np.uint8)
    for characters, bit in _MARKS:
        table[[ord(character) for character in characters]] |= bit
    return table


_MARK_OF = _mark_table()


class FeatureReader:
    """Reads posts with a lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._classes = len(lexicon)
        self._words = LexiconWords(lexicon)
        self._simplified = Simplifier()
        self._simple = _codes(self._simplified("".join(map(chr, range(_IDEOGRAPHS.start, _IDEOGRAPHS.stop)))))
        self.names = tuple([f"{place}: {name}" for place in ("title", "body") for name in lexicon] + [*FORMS])

    def read(self, titles: Sequence[str], bodies: Sequence[str]) -> tuple[csr_matrix, Floats]:
        """Hashed n-grams, each over the square root of their number (posts x BUCKETS), and the features called `names`."""
        titles = [title.replace(_END, " ") for title in titles]
        bodies = [_shortened(body).replace(_END, " ") for body in bodies]
        text = _END.join([part for pair in zip(titles, bodies, strict=True) for part in pair]) + _END
        codes = _codes(text).copy()
        ideographs = (codes >= _IDEOGRAPHS.start) & (codes < _IDEOGRAPHS.stop)
        codes[ideographs] = self._simple[codes[ideographs] - _IDEOGRAPHS.start]
        batch = _Batch(codes)
        openings = [self._simplified(title or body[:20]) for title, body in zip(titles, bodies, strict=True)]
        thanks = np.array([bool(_OPENS_WITH_THANKS(opening)) for opening in openings])
        counts = batch.word_counts(self._words, self._classes)
        return batch.ngrams(), np.hstack([*counts, batch.forms(), thanks[:, None]]).astype(np.float32)


class _Batch:
    """Codes of titles and bodies in turn, each followed by `_END`; `title_ends` and `ends` are the places of these."""

    def __init__(self, codes: NDArray[np.uint32]) -> None:
        self._codes = codes
        self._marks = _MARK_OF[np.minimum(codes, 0xFFFF)]
        ends = np.flatnonzero(codes == 0)
        self._title_ends, self._ends = ends[::2], ends[1::2]
        self._starts = np.append(0, self._ends[:-1] + 1)

    def ngrams(self) -> csr_matrix:
        """The n-grams of each post, blanks left out."""
        solid = (self._marks & _BLANK) == 0
        codes = np.append(self._codes[solid], np.zeros(len(_MULTIPLIERS), dtype=np.uint32))
        places = len(codes) - len(_MULTIPLIERS)
        hashed = np.zeros((places, len(_MULTIPLIERS)), dtype=np.int32)
        whole = np.ones((places, len(_MULTIPLIERS)), dtype=bool)
        rolling, inside = np.zeros(places, dtype=np.uint32), np.ones(places, dtype=bool)
        for n, multiplier in enumerate(_MULTIPLIERS):
            following = codes[n : n + places]
            rolling = (rolling + following) * np.uint32(multiplier)
            inside &= following != 0
            hashed[:, n], whole[:, n] = (rolling ^ (rolling >> 15)) % BUCKETS, inside
        post_ends = np.flatnonzero(codes[:places] == 0)[1::2]
        before = np.append(0, np.cumsum(whole.sum(axis=1)))
        rows = before[np.append(0, post_ends + 1)]
        numbers = np.diff(rows)
        values = np.repeat(1 / np.sqrt(np.maximum(numbers, 1)), numbers).astype(np.float32)
        return csr_matrix((values, hashed[whole], rows), shape=(len(numbers), BUCKETS))

    def word_counts(self, words: LexiconWords, classes: int) -> tuple[Floats, Floats]:
        """How often words of each class stand in the title and in the body of each post."""
        places, word_class = words.find(self._codes)
        post = np.searchsorted(self._ends, places)
        in_title = places < self._title_ends[post]
        cell, cells = post * classes + word_class, len(self._ends) * classes

        def count(where: NDArray[np.bool_]) -> Floats:
            return np.bincount(cell[where], minlength=cells).reshape(-1, classes).astype(np.float32)

        # A word weighs less the longer the body; below 20 characters the length says nothing.
        weight = np.sqrt(20 / np.maximum(self._ends - self._title_ends, 20)).astype(np.float32)
        return np.minimum(count(in_title), MOST_IN_TITLE), count(~in_title) * weight[:, None]

    def forms(self) -> Floats:
        """Length and punctuation of each post: `FORMS` but the last."""
        body = self._title_ends, self._ends
        questions, exclamations = self._count(_QUESTION, *body), self._count(_EXCLAMATION, *body)
        sentences = self._count(_QUESTION | _EXCLAMATION | _STOP, *body) + 1
        columns = (
            np.log1p(self._ends - self._title_ends),
            np.log1p(questions),
            np.log1p(exclamations),
            questions / sentences,
            self._title_ends > self._starts,
            self._count(_QUESTION, self._starts, self._title_ends) > 0,
        )
        return np.stack([np.asarray(column, dtype=np.float32) for column in columns], axis=1)

    def _count(self, marks: int, begins: Places, ends: Places) -> Places:
        seen = np.append(0, np.cumsum((self._marks & marks) != 0))
        result: Places = seen[ends] - seen[begins]
        return result


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _shortened(body: str) -> str:
    return body if len(body) <= HEAD + TAIL else f"{body[:HEAD]}\n{body[-TAIL:]}"
