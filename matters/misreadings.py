"""Posts that contradict what was answered: another number, date or amount, or the opposite, about the same thing.

For a person to look at, not a verdict: sometimes it is the reply that is wrong. Conservative: the sentence must share most
of its words with the one of the reply, and be written after the reply. A dispute about facts ("no fee is charged" — "they
do charge") is no misreading; the opposite counts only of rules: what may, must, need not be.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np

from core.post import Post
from matters.matter import Answer
from matters.sentences import is_courtesy, sentences
from matters.terms import Postings, Terms

Difference = Literal["数字或日期不同", "说法相反"]

SHARED_WORDS = 2
SHARED_PART = 0.6
"""At least so many words in common, and so large a part of the shorter clause's words; chosen on written cases."""

_CLAUSE = re.compile(r"[^，,；;：:（）()]+")
_AMOUNT = re.compile(
    r"(\d+(?:\.\d+)?)\s*(万|千|百)?\s*(元|块|%|％|倍|个?工作日|天|个月|年(?!\d|底|初|内|[前后])|周岁|岁|小时|公里|米|吨|针|次|折)"
)
_DATE = re.compile(r"(?:(\d{4})年)?(\d{1,2})月(?:(\d{1,2})[日号]|(底|初))?")
_TIMES = {"万": 10_000.0, "千": 1_000.0, "百": 100.0, "": 1.0}
_SAME_UNIT = {"块": "元", "％": "%", "工作日": "个工作日", "周岁": "岁"}
_RULE = re.compile(r"可以|需要|必须|应当|允许|只能|纳入|取消|限制|免费|无须|无需|不用|不需|不必")
_NOT = re.compile(r"不(?!仅|但|少|同|断|过|管|论|动产)|未|没有?|无须|无需|无法|免(?!疫)|禁止|取消|并非")
_ASKS = re.compile(r"[吗呢？?]|是否|能否|可否|有没有|能不能|可不可以|是不是")


@dataclass(frozen=True)
class Misreading:
    """`post_id` says `says`; the answer says `answer`. `differs`: in a number or date, or in yes and no."""

    post_id: str
    says: str
    answer: str
    differs: Difference


@dataclass(frozen=True)
class _Clause:
    sentence: str
    text: str
    words: frozenset[str]
    numbers: frozenset[tuple[str, float]]
    dates: frozenset[tuple[int | None, int, int | None]]


def misreadings(posts: Sequence[Post], answers: Sequence[Answer], terms: Terms) -> list[Misreading]:
    """What posts say otherwise than the answers that were given before them; of each post once."""
    said = _Said([(answer.at, clause) for answer in answers if answer.at for clause in _clauses(answer.text, terms)])
    found = []
    for post in posts:
        for clause in _clauses(post.text, terms):
            contradicted = _contradicted(clause, said.alike(clause, post.posted_at))
            if contradicted:
                found.append(Misreading(post.id, clause.sentence, contradicted[0].sentence, contradicted[1]))
                break
    return found


class _Said:
    """The clauses of dated answers."""

    def __init__(self, dated: Sequence[tuple[datetime, _Clause]]) -> None:
        self._clauses = [clause for _, clause in dated]
        self._at = np.array([at.timestamp() for at, _ in dated])
        self._lengths = np.array([len(clause.words) for _, clause in dated])
        self._postings = Postings([clause.words for _, clause in dated])

    def alike(self, clause: _Clause, at: datetime) -> list[_Clause]:
        """Those said before `at` that speak of the same as the clause, the most alike first."""
        common = np.zeros(len(self._clauses))
        for word in clause.words:
            common[self._postings.of(word)] += 1
        part = common / np.maximum(np.minimum(self._lengths, len(clause.words)), 1)
        same = np.flatnonzero((common >= SHARED_WORDS) & (part >= SHARED_PART) & (self._at < at.timestamp()))
        order = np.lexsort((-common[same], -part[same]))
        return [self._clauses[int(number)] for number in same[order]]


def _contradicted(clause: _Clause, near: Sequence[_Clause]) -> tuple[_Clause, Difference] | None:
    """Of the clauses that speak of the same the one that is contradicted, and in what."""
    other = _other_number(clause, near)
    if other:
        return other, "数字或日期不同"
    return (near[0], "说法相反") if near and _opposite(clause, near[0]) else None


def _clauses(text: str, terms: Terms) -> Iterator[_Clause]:
    for sentence in sentences(text):
        if is_courtesy(sentence):
            continue
        for part in _CLAUSE.findall(sentence):
            words = frozenset(word for word in terms.of(_NOT.sub(" ", part)) if not any(c.isdigit() for c in word))
            clause = _Clause(sentence, part, words, frozenset(_numbers(part)), frozenset(_dates(part)))
            # Others cannot contradict in any way looked for here.
            if clause.numbers or clause.dates or _RULE.search(part):
                yield clause


def _other_number(clause: _Clause, near: Sequence[_Clause]) -> _Clause | None:
    """The first of those near with numbers or dates of the clause's kind, if none of them has one of the clause's own."""
    units = {unit for unit, _ in clause.numbers}
    counted = [one for one in near if units & {unit for unit, _ in one.numbers}]
    if counted and not any(clause.numbers & one.numbers for one in counted):
        return counted[0]
    dated = [one for one in near if one.dates] if clause.dates else []
    if dated and not any(_agree(own, date) for own in clause.dates for one in dated for date in one.dates):
        return dated[0]
    return None


def _opposite(clause: _Clause, answer: _Clause) -> bool:
    """Whether one says yes and the other no to the same rule, in much the same words on both sides."""
    if not (_RULE.search(clause.text) and _RULE.search(answer.text)) or _ASKS.search(clause.text):
        return False
    alike = len(clause.words & answer.words) / len(clause.words | answer.words)
    return alike >= SHARED_PART and bool(_NOT.search(clause.text)) != bool(_NOT.search(answer.text))


def _numbers(text: str) -> Iterator[tuple[str, float]]:
    for value, times, unit in _AMOUNT.findall(text):
        yield _SAME_UNIT.get(unit, unit), float(value) * _TIMES[times]


def _dates(text: str) -> Iterator[tuple[int | None, int, int | None]]:
    for year, month, day, _ in _DATE.findall(text):
        yield int(year) if year else None, int(month), int(day) if day else None


def _agree(one: tuple[int | None, int, int | None], other: tuple[int | None, int, int | None]) -> bool:
    """Whether two dates may be the same; what one leaves out does not contradict."""
    return all(a is None or b is None or a == b for a, b in zip(one, other, strict=True))
