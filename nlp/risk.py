"""How much a post can turn into: a grade with reasons that a person can check.

Points are added up for negativity, reach and groups of words from `config/risk.yml`. A threat of harm to oneself or to
others is graded `紧急` whatever the sum. For threats the clause around the word is read: a lecture on preventing suicide,
a negation and a thing of the past are no threats, and what the author says of himself outweighs the first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from ahocorasick_rs import AhoCorasick, MatchKind
from pydantic import Field, model_validator

from core.config import Config
from core.post import Channel

Grade = Literal["低", "中", "高", "紧急"]
URGENT: Grade = "紧急"

_YEAR = re.compile(r"(?<![0-9])(?:19|20)?[0-9]{2}年(?![0-9级后内])")
_CLAUSE_ENDS = re.compile(r"[，。！？；：,!?;:\n]")
_SENTENCE_ENDS = re.compile(r"[。！？!?\n]")
_LONGEST_CLAUSE = 80
_QUOTES = frozenset('“”"‘’「」『』《》')
_NEGATION = re.compile(
    r"(?:(?<!是)不会|(?<!有)没有|没想|并非|并不是|绝不|不至于|不敢|不能|不要|别|切勿|莫)(?:[^我逼]{0,3})\Z"
)
_PREVENTION = re.compile(r"(?:防止|预防|避免|以免|免得|杜绝|干预|制止|阻止|防范|劝阻).{0,8}\Z")
_SPEAKER = re.compile(r"[想要就]把|我|本人|咱|俺|老子|全家|一家|扬言|威胁|声称|放话|叫嚣")
_INTENT = re.compile(
    r"想|要|只能|只有|只好|准备|打算|就|宁愿|宁可|不如|逼|干脆|不得不|唯有|非|敢|大不了|不活|活够|死给|死在|以死|同归"
)


class Negativity(Config):
    """Points for a sentiment score (0 negative, 1 positive) of at most `at_most`."""

    at_most: float = Field(ge=0, le=1)
    points: int = Field(ge=0)


class Reach(Config):
    """Points for at least so many votes, up and down together."""

    at_least: int = Field(ge=1)
    points: int = Field(ge=0)


class Signal(Config):
    """Points for any of the words; with `only_with`, only where one of those stands in the same clause."""

    name: str = Field(min_length=1)
    points: int = Field(ge=0)
    words: tuple[str, ...] = Field(min_length=1)
    only_with: tuple[str, ...] = ()


class Threats(Config):
    """Words that tell of harm to oneself or others, and what shows that they do not."""

    words: tuple[str, ...] = Field(min_length=1)
    only_as_intent: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    past_points: int = Field(ge=0)


class RiskFile(Config):
    """`config/risk.yml`."""

    grades: dict[Literal["中", "高", "紧急"], int]
    negativity: tuple[Negativity, ...] = ()
    reach: tuple[Reach, ...] = ()
    channels: dict[Channel, int] = Field(default_factory=dict)
    signals: tuple[Signal, ...] = ()
    threats: Threats
    not_meant: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _grades_rise(self) -> Self:
        points = [self.grades.get(grade) for grade in ("中", "高", "紧急")]
        if None in points or points != sorted(set(points), key=lambda value: value or 0):
            raise ValueError("grades 要写全 中、高、紧急，分数依次升高")
        return self


@dataclass(frozen=True)
class Risk:
    """A grade and why, in Chinese; the weightiest reason first. `低` may come without any."""

    grade: Grade
    reasons: list[str]


@dataclass(frozen=True)
class _Hit:
    """A word and what stands around it: its clause, the clause up to it, its sentence."""

    word: str
    clause: str
    before: str
    sentence: str
    quoted: bool


class RiskGrader:
    """Grades posts. Built once for a run."""

    def __init__(self, file: RiskFile) -> None:
        self._file = file
        self._signals: dict[str, list[Signal]] = {}
        for signal in file.signals:
            for word in signal.words:
                self._signals.setdefault(word, []).append(signal)
        self._threats = {**dict.fromkeys(file.threats.only_as_intent, True), **dict.fromkeys(file.threats.words, False)}
        # What is not meant is matched like everything else: being longer, it covers the word inside it.
        self._patterns = list(dict.fromkeys((*file.not_meant, *self._threats, *self._signals)))
        self._meant = [word in self._threats or word in self._signals for word in self._patterns]
        self._words = AhoCorasick(self._patterns, matchkind=MatchKind.LeftmostLongest)

    def grade(
        self,
        text: str,
        tokens: Sequence[str],
        sentiment: float | None,
        votes_up: int | None = None,
        votes_down: int | None = None,
        channel: Channel = "message_board",
    ) -> Risk:
        """The grade of a post. `tokens` are the words of `text`, in order; `sentiment` is 0 (negative) to 1, or None."""
        found: dict[str, tuple[int, list[str]]] = {}
        threats: list[str] = []
        for word, start, end in self._found(text, tokens):
            if word in self._threats:
                kind = self._threat(_hit(text, start, end))
                if kind == "threat":
                    threats.append(word)
                elif kind == "past":
                    _note(found, "提到曾有人自伤或伤人", self._file.threats.past_points, word)
            for signal in self._signals.get(word, ()):
                if not signal.only_with or any(other in _clause(text, start, end) for other in signal.only_with):
                    _note(found, signal.name, signal.points, word)
        reasons = [(points, f"{name}：{'、'.join(words[:5])}") for name, (points, words) in found.items()]
        reasons += self._circumstances(sentiment, votes_up, votes_down, channel)
        reasons.sort(key=lambda reason: -reason[0])
        total = sum(points for points, _ in reasons)
        told = [reason for _, reason in reasons]
        if threats:
            return Risk(URGENT, [f"涉及自伤或伤人：{'、'.join(dict.fromkeys(threats))}", *told])
        return Risk(self._grade_of(total), told)

    def _grade_of(self, total: int) -> Grade:
        reached: Grade = "低"
        for grade in ("中", "高", "紧急"):
            if total >= self._file.grades[grade]:
                reached = grade
        return reached

    def _circumstances(
        self, sentiment: float | None, votes_up: int | None, votes_down: int | None, channel: Channel
    ) -> list[tuple[int, str]]:
        reasons = []
        if sentiment is not None:
            points = max((step.points for step in self._file.negativity if sentiment <= step.at_most), default=0)
            reasons.append((points, f"情绪负面（情感分 {sentiment:.2f}）"))
        votes = (votes_up or 0) + (votes_down or 0)
        points = max((step.points for step in self._file.reach if votes >= step.at_least), default=0)
        reasons.append((points, f"关注度高（点赞和反对共 {votes} 人）"))
        reasons.append((self._file.channels.get(channel, 0), "已在媒体或社交平台公开"))
        return [reason for reason in reasons if reason[0]]

    def _found(self, text: str, tokens: Sequence[str]) -> Iterator[tuple[str, int, int]]:
        # A threat must not be lost to a segmenter's slip; what its words collide with is listed as not meant.
        is_word: dict[str, bool] = dict.fromkeys(self._threats, True)
        for index, start, end in self._words.find_matches_as_indexes(text):
            if self._meant[index]:
                word = self._patterns[index]
                if word not in is_word:
                    is_word[word] = _is_word(word, tokens)
                if is_word[word]:
                    yield word, start, end

    def _threat(self, hit: _Hit) -> Literal["threat", "past", "none"]:
        """What a word of harm stands for where it stands."""
        threats, doubtful = self._file.threats, self._threats[hit.word]
        harmless = hit.quoted or any(word in hit.clause for word in threats.harmless)
        intent = _INTENT.search(hit.before + hit.word) is not None
        if _NEGATION.search(hit.before) or _PREVENTION.search(hit.before) or (doubtful and harmless):
            return "none"
        if intent and _SPEAKER.search(hit.before):
            return "threat"
        if doubtful or harmless:
            return "none"
        past = _YEAR.search(hit.sentence) or any(word in hit.sentence for word in threats.past)
        return "past" if past and not intent else "threat"


def _note(found: dict[str, tuple[int, list[str]]], name: str, points: int, word: str) -> None:
    words = found.setdefault(name, (points, []))[1]
    if word not in words:
        words.append(word)


def _hit(text: str, start: int, end: int) -> _Hit:
    clause = _clause(text, start, end)
    first, last = _around(text, start, end, _SENTENCE_ENDS)
    quoted = text[start - 1 : start] in _QUOTES and text[end : end + 1] in _QUOTES
    before = text[_around(text, start, end, _CLAUSE_ENDS)[0] : start]
    return _Hit(text[start:end], clause, before, text[first:last], quoted)


def _clause(text: str, start: int, end: int) -> str:
    first, last = _around(text, start, end, _CLAUSE_ENDS)
    return text[first:last]


def _around(text: str, start: int, end: int, marks: re.Pattern[str]) -> tuple[int, int]:
    """Where the stretch between marks around text[start:end] begins and ends; at most 80 characters to each side."""
    first = max(0, start - _LONGEST_CLAUSE)
    for mark in marks.finditer(text, first, start):
        first = mark.end()
    mark_after = marks.search(text, end, end + _LONGEST_CLAUSE)
    return first, mark_after.start() if mark_after else min(len(text), end + _LONGEST_CLAUSE)


def _is_word(word: str, tokens: Sequence[str]) -> bool:
    """Whether a word is one of the tokens, several in a row, or part of one: 被打 is not in 被 + 打断."""
    for index, token in enumerate(tokens):
        if word in token:
            return True
        if word.startswith(token):
            joined, following = token, index + 1
            while len(joined) < len(word) and following < len(tokens):
                joined += tokens[following]
                following += 1
            if joined == word:
                return True
    return False
