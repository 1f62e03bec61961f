"""Extractive summary: a few sentences of many texts that stand for them, in the writers' own words.

Sentences are rated by how close they are to the centre (TF-IDF centroid, Radev et al. 2004) and chosen one after the
other so that each adds something (maximal marginal relevance, Carbonell and Goldstein 1998), no two by the same person.
Read side by side on three real matters, this told more than TextRank, SnowNLP's included: TextRank rewards sentences that
resemble others, so that its first five say one thing over and over (of a matter on parking spaces tied to flats, five
times that they are tied, and not that contracts are withheld until they are paid for); SnowNLP's besides cuts at every
comma and shows pieces.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from matters.sentences import LONGEST, is_courtesy
from matters.terms import Terms, vectors

_CENTRE = 0.6
"""Weight of being central, against that of being different from what was chosen before."""
_SHORTEST = 12
_LEANS_ON_OTHERS = re.compile(
    r"^(?:这|那|他|她|它|其|此|因此|所以|但|可是|而|并|同时|然后|于是|后来|随后|另外|还|也|如此|以上|上述|不过|且|及|等|可[^以]|第[一二三四五])"
)
"""A sentence that begins so is hard to understand alone."""
_CUT_OFF = re.compile(r"(?:……|[^。！？!?；;…”）)])$")
_INTRODUCES = re.compile(r"^(?:我们?|本人|俺们?)(?:家|都)?(?:是|系|叫|为|住在?)[^，,；;]{0,30}$")
"""Says only who writes."""
_LESS = 0.75


@dataclass(frozen=True)
class Sentence:
    """A sentence and who wrote it (any name that tells one writer from another)."""

    text: str
    writer: str


def representative(
    candidates: Sequence[Sentence], terms: Terms, most: int, prefers: Callable[[str], float] = lambda _: 1.0
) -> list[Sentence]:
    """Up to `most` sentences that stand for all, the most central first. `prefers` multiplies a sentence's centrality.

    Greetings, thanks and words on the writer, and sentences too short or long to stand alone, are never chosen.
    """
    pool = [one for one in candidates if _SHORTEST <= len(one.text) <= LONGEST + 2 and _tells(one.text)]
    matrix = vectors([terms.of(one.text) for one in pool])
    centre = np.asarray(matrix.sum(axis=0)).ravel()
    length = float(np.linalg.norm(centre))
    if not length:
        return []
    central = np.array([_standing(one.text) * prefers(one.text) for one in pool]) * (matrix @ (centre / length))
    told = np.zeros(len(pool))
    free = np.ones(len(pool), dtype=bool)
    chosen: list[Sentence] = []
    while len(chosen) < most and free.any():
        value = np.where(free, _CENTRE * central - (1 - _CENTRE) * told, -np.inf)
        best = int(value.argmax())
        chosen.append(pool[best])
        told = np.maximum(told, (matrix @ matrix[best].T).toarray().ravel())
        free &= np.array([one.writer != pool[best].writer for one in pool]) & (told < 1 - 1e-9)
    return chosen


def _tells(text: str) -> bool:
    return not (is_courtesy(text) or _INTRODUCES.match(text))


def _standing(text: str) -> float:
    """How well a sentence stands alone, 0 to 1."""
    return (_LESS if _LEANS_ON_OTHERS.match(text) else 1.0) * (_LESS if _CUT_OFF.search(text) else 1.0)
