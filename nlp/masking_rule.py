"""What a masking rule is, and how people write the blanks, dashes and dots inside numbers."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

TAKEN = "\ue000"
"""What stands in for every character of data already found, in the text that the patterns read."""
SPACES = r" \t\xa0\u2000-\u200d\u202f\u2060\u3000\ufeff"
DASHES = r"\-‐‑‒–—―−~"
DOTS = r"_.·•・∙"
BLANK = f"[{SPACES}{DASHES}]"
"""One character that may stand between any two digits of a number."""
GAP = f"[{SPACES}{DASHES}{DOTS}]"
"""One of those that may stand several in a row, between groups of digits."""
START = rf"(?<![0-9{TAKEN}])"
"""Where a number may begin: not inside another."""
ALONE = rf"(?!{GAP}?[0-9{TAKEN}])"
"""Where a number without a check digit ends that must not be one of a row. Masking its neighbour leaves it in the row."""
NOT_IN_A_ROW = rf"(?<![0-9{TAKEN}]{BLANK})"
SPOKEN_DIGITS = {
    "0": "零〇○⓪",
    "1": "一幺壹①",
    "2": "二贰貳②",
    "3": "三叁參③",
    "4": "四肆④",
    "5": "五伍⑤",
    "6": "六陆陸⑥",
    "7": "七柒⑦",
    "8": "八捌⑧",
    "9": "九玖⑨",
}
SPOKEN = "".join(SPOKEN_DIGITS.values())
END = f"(?![0-9{SPOKEN}])"
"""Where a number of no certain length ends. What goes on in Chinese digits is read as a whole later."""


@dataclass(frozen=True)
class Rule:
    """One form of one kind of personal data. A match counts where `is_one` agrees; its named group, if any, is the data.

    `least` is the length of the group's hit below which there is nothing of the kind.
    """

    kind: str
    label: str
    pattern: re.Pattern[str]
    is_one: Callable[[re.Match[str]], bool] = bool
    public_in_official_text: bool = False
    least: int = 0


@dataclass(frozen=True)
class RuleGroup:
    """Rules that look only around the hits of a cheap pattern, of which most texts have none.

    `before` and `after` say how many characters around a hit a match, and what it looks at, may take.
    """

    hit: re.Pattern[str]
    before: int
    after: int
    rules: tuple[Rule, ...]

    def windows(self, text: str, parts: Sequence[tuple[int, int]]) -> list[tuple[int, int, int]]:
        """The stretches around the hits in these parts, none of which touch: start, stop, length of the longest hit."""
        found: list[tuple[int, int, int]] = []
        for first, last in parts:
            # Looking for one hit is faster than for all, and most texts have none.
            for hit in self.hit.finditer(text, first, last) if self.hit.search(text, first, last) else ():
                start, stop = hit.span()
                length, start, stop = stop - start, max(0, start - self.before), stop + self.after
                if found and start <= found[-1][1]:
                    earlier = found.pop()
                    start, length = earlier[0], max(length, earlier[2])
                found.append((start, stop, length))
        return found


def clause_before(match: re.Match[str], most: int) -> str:
    """What stands before the data in the same clause, at most so many characters; masked data ends it too."""
    return _CLAUSE_ENDS.split(_before(match, most))[-1]


def clause_after(match: re.Match[str], most: int) -> str:
    """What stands after the data in the same clause, at most so many characters."""
    return _CLAUSE_ENDS.split(_after(match, most), maxsplit=1)[0]


def sentence_before(match: re.Match[str], most: int) -> str:
    """What stands before the data in the same sentence, at most so many characters; masked data ends it too."""
    return _SENTENCE_ENDS.split(_before(match, most))[-1]


def sentence_after(match: re.Match[str], most: int) -> str:
    """What stands after the data in the same sentence, at most so many characters."""
    return _SENTENCE_ENDS.split(_after(match, most), maxsplit=1)[0]


_SENTENCE_ENDS = re.compile(rf"[。！？!?\n{TAKEN}]")
_CLAUSE_ENDS = re.compile(rf"[，。；！？,;!?\n{TAKEN}]")


def _before(match: re.Match[str], most: int) -> str:
    start = match.start(match.lastgroup or 0)
    return match.string[max(0, start - most) : start]


def _after(match: re.Match[str], most: int) -> str:
    stop = match.end(match.lastgroup or 0)
    return match.string[stop : stop + most]
