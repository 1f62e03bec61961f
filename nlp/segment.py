"""Segmentation: jieba's Rust port with the office's own words. A post is segmented once; every later step uses the tokens."""

import re
from pathlib import Path

import rjieba

_has_word_character = re.compile(r"\w").search
USER_WORD_FREQUENCY = 20_000


class Segmenter:
    """Cuts text into words. `user_dict` is a text file with one word a line; blank lines and `#` comments are skipped."""

    def __init__(self, user_dict: Path | None = None) -> None:
        self._jieba = rjieba.Jieba()
        for word in read_words(user_dict) if user_dict else ():
            self._jieba.add_word(word, USER_WORD_FREQUENCY, "n")

    def words(self, text: str) -> list[str]:
        """The words of the text in order, Latin letters in lower case, without punctuation and blanks."""
        # `isalnum` settles nearly every word and costs a third of the search.
        return [word for word in self._jieba.cut(text.lower()) if word.isalnum() or _has_word_character(word)]


def read_words(path: Path) -> list[str]:
    """The words of a list file, in its order."""
    lines = (line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line]
