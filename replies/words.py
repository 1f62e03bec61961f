"""Which of a post's words a reply takes up, by the word itself or by one like it (停车场 and 停车费)."""

import re
from collections.abc import Collection, Iterable, Mapping

from matters.terms import Terms

_LIKE = 0.6
"""Worth of a word of which the reply has only two characters in a row."""
_WISHES = frozenset(
    (
        "请求", "希望", "建议", "投诉", "举报", "反映", "咨询", "恳请", "强烈", "呼吁", "要求", "解决", "处理", "尽快", "相关", "部门",
        "有关", "问题", "领导", "政府", "情况", "严重", "谢谢", "事宜", "质疑", "反对", "书记", "县长", "市长", "区长", "能否", "答复", "回复",
    )
)  # fmt: skip
"""Words of asking, which say nothing of what is asked about."""

_LETTERS = re.compile(r"[a-z]\d{0,2}")
"""What is left of a masked place name."""


class TakenUp:
    """The words of a reply."""

    def __init__(self, text: str, terms: Terms) -> None:
        self._text = text
        self._words = frozenset(terms.of(text))
        self._pairs = frozenset(pair for word in self._words for pair in _pairs(word))

    def worth(self, word: str) -> float:
        """1 for a word of the reply, less for one like a word of it, 0 for any other."""
        # Names are cut differently in different sentences: 辅道 stands in 西辅|道.
        if word in self._words or word in self._text:
            return 1.0
        return _LIKE if self._is_like(word) else 0.0

    def seen(self, words: Iterable[str]) -> list[str]:
        """Those of the words that the reply's own words are or are like."""
        return [word for word in words if word in self._words or self._is_like(word)]

    def _is_like(self, word: str) -> bool:
        return any(pair in self._pairs for pair in _pairs(word))

    def share(self, weights: Mapping[str, float]) -> float:
        """The weighted share of the words that the reply takes up, 0 to 1; 0 without words."""
        total = sum(weights.values())
        return sum(weight * self.worth(word) for word, weight in weights.items()) / total if total else 0.0

    def share_of(self, words: Collection[str]) -> float:
        """`share` of words that all weigh the same."""
        return self.share(dict.fromkeys(words, 1.0))


def content(text: str, terms: Terms) -> list[str]:
    """The words of a text that say what it is about, in order."""
    return [word for word in terms.of(text) if word not in _WISHES and not _LETTERS.fullmatch(word)]


def _pairs(word: str) -> list[str]:
    return [word[start : start + 2] for start in range(len(word) - 1)]
