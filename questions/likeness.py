"""How alike a question is to what was asked and answered before.

Elasticsearch finds candidates by words (BM25); here they are put in order by pairs of neighbouring characters, weighted by
rarity (tf-idf): title against title, all against all, and the question against the reply. Pairs need no dictionary, and
tell 新生儿落地险 from 新生儿医保 where words alone do not. Weights were chosen on the judged questions of
`tests/questions/judged.csv` that are not held out.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_MARKS = re.compile(r"[\W_]+")
TITLE_TWICE = 2
BODY_CHARACTERS = 400
REPLY_CHARACTERS = 800
"""What a message or reply is about stands at its beginning."""
_PLACE = 0.1
_SEARCH = 0.5
_THIN = 0.3
"""What is left of the score of a candidate whose reply says nothing."""

_FILLING = re.compile(
    r"咨询(?:一下)?|请问|想问|问一下|关于|反映|投诉|举报|建议|希望|请求|呼吁|恳请|强烈|质疑|"
    r"的?(?:相关|有关|一些|几个)?(?:问题|事宜|事项|情况)(?:的(?:咨询|建议|反映|请求))?"
)
"""Words of asking, which stand in every title and say nothing of what is asked about."""
_ELSEWHERE = 0.5
"""What is left of the likeness where another place is named: what holds there may not hold here."""

Vector = Mapping[str, float]


@dataclass(frozen=True)
class Asked:
    """A question as typed (`title` alone) or as posted; `places` are those it names."""

    title: str
    body: str = ""
    places: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Candidate:
    """Something asked before, and what was said to it (empty: nothing yet). `found` is the search engine's score.

    `says` is whether the reply answers anything at all (`replies.parts`).
    """

    key: str
    title: str
    body: str
    reply: str = ""
    places: frozenset[str] = frozenset()
    found: float = 0.0
    says: bool = True


@dataclass(frozen=True)
class Ranked:
    """A candidate's key with its place in the order (`score`) and how sure it is the same question (`likeness`, 0 to 1)."""

    key: str
    score: float
    likeness: float


class Likeness:
    """Puts candidates in order. `background` are texts by which it is told which pairs of characters are rare."""

    def __init__(self, background: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        self._texts = 0
        for text in background:
            self._counts.update(_pairs(text).keys())
            self._texts += 1

    def rank(self, asked: Asked, candidates: Sequence[Candidate]) -> list[Ranked]:
        """The candidates, the most alike first; of equal ones in their order."""
        here: Counter[str] = Counter()
        for one in candidates:
            here.update(_pairs(f"{one.title} {one.body[:BODY_CHARACTERS]}").keys())
            here.update(_pairs(one.reply[:REPLY_CHARACTERS]).keys())
        texts = self._texts + 2 * len(candidates)

        def vector(text: str) -> Vector:
            weights = {
                pair: (1 + math.log(count)) * math.log((1 + texts) / (1 + self._counts[pair] + here[pair]))
                for pair, count in _pairs(text).items()
            }
            length = math.sqrt(sum(weight * weight for weight in weights.values()))
            return {pair: weight / length for pair, weight in weights.items()} if length > 0 else {}

        title, whole = vector(asked.title), vector(_whole(asked.title, asked.body))
        core = vector(_core(asked.title, asked.places))
        best = max((one.found for one in candidates), default=0.0)
        ranked = []
        for one in candidates:
            by_title = _cosine(title, vector(one.title))
            by_all = _cosine(whole, vector(_whole(one.title, one.body)))
            by_reply = _cosine(title, vector(one.reply[:REPLY_CHARACTERS]))
            place = _PLACE * _agreement(asked.places, one.places)
            score = by_title + by_all + by_reply + place + (_SEARCH * one.found / best if best > 0 else 0.0)
            core_by_title = _cosine(core, vector(_core(one.title, one.places)))
            core_by_reply = _cosine(core, vector(_core(one.reply[:REPLY_CHARACTERS], one.places)))
            likeness = min(core_by_title + core_by_reply, 1.0) * (_ELSEWHERE if place < 0 else 1.0)
            ranked.append(Ranked(one.key, score if one.says else _THIN * score, likeness))
        return sorted(ranked, key=lambda one: -one.score)


def _core(text: str, places: frozenset[str]) -> str:
    """The text without the places it names and without words of asking; as it is where nothing else is left."""
    bare = text
    for place in sorted(places, key=len, reverse=True):
        bare = bare.replace(place, " ")
    bare = _FILLING.sub(" ", bare)
    return bare if _pairs(bare) else text


def _whole(title: str, body: str) -> str:
    return " ".join([*[title] * TITLE_TWICE, body[:BODY_CHARACTERS]])


def _pairs(text: str) -> Counter[str]:
    plain = _MARKS.sub(" ", unicodedata.normalize("NFKC", text).lower())
    return Counter(pair for first, second in pairwise(plain) if " " not in (pair := first + second))


def _cosine(one: Vector, other: Vector) -> float:
    if len(one) > len(other):
        one, other = other, one
    return sum(weight * other.get(pair, 0.0) for pair, weight in one.items())


def _agreement(one: frozenset[str], other: frozenset[str]) -> float:
    """1 where both name a place in common, -1 where they name different ones, else 0."""
    if not one or not other:
        return 0.0
    return 1.0 if one & other else -1.0
