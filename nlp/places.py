"""Place names and institutions in a post: a gazetteer, and patterns for what no list can hold.

Chinese writes no blanks. The right edge of a name is told by what kind of thing it is (`小区`, `医院`, `路`); the left edge
is the difficulty: from the kind of thing the text is read backwards, word by word, to the last word that cannot belong to
a name. Names that follow each other (district, road, estate) are cut where one ends. Bureaus and courts are no places:
they are whom a post is addressed to.
"""

from collections.abc import Iterator
from enum import IntEnum
from functools import lru_cache
from string import ascii_uppercase
from typing import NamedTuple

import rjieba
from ahocorasick_rs import AhoCorasick, MatchKind
from pydantic import Field, field_validator

from core.config import Config
from nlp import place_words

MOST_NAMES = 50
"""A text that names more is a list, not a message about places."""


class PlacesFile(Config):
    """`config/places.yml`: the names of a city, and other spellings for them."""

    districts: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()
    roads: tuple[str, ...] = ()
    estates: tuple[str, ...] = ()
    hospitals: tuple[str, ...] = ()
    schools: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    aliases: dict[str, str] = Field(default_factory=dict)

    @field_validator("*")
    @classmethod
    def _long_enough(cls, value: tuple[str, ...] | dict[str, str]) -> tuple[str, ...] | dict[str, str]:
        short = [name for name in value if len(name.strip()) < 2]
        if short:
            raise ValueError(f"名称至少要有两个字：{'、'.join(map(repr, short))}")
        return value


class _Kind(IntEnum):
    NOTHING = 0
    LISTED = 1
    PROVINCE = 2
    ADMIN = 3
    CITY = 4
    AREA = 5
    ROAD = 6
    ESTATE = 7
    COMMON_ESTATE = 8
    INSTITUTION = 9
    FIRM = 10
    CUE = 11


_KINDS = {
    _Kind.AREA: place_words.AREAS,
    _Kind.ROAD: place_words.ROADS,
    _Kind.ESTATE: place_words.ESTATES,
    _Kind.COMMON_ESTATE: place_words.COMMON_ESTATES,
    _Kind.INSTITUTION: place_words.INSTITUTIONS,
    _Kind.FIRM: place_words.FIRMS,
    _Kind.PROVINCE: place_words.PROVINCES,
    _Kind.CITY: place_words.CITIES,
    _Kind.CUE: place_words.CUES,
    _Kind.NOTHING: place_words.NO_NAMES,
}

_LONGEST_STEM: dict[int, int] = {
    _Kind.CITY: 12,
    _Kind.AREA: 6,
    _Kind.ROAD: 6,
    _Kind.ESTATE: 9,
    _Kind.COMMON_ESTATE: 7,
    _Kind.INSTITUTION: 10,
    _Kind.FIRM: 14,
}
_ENDS_RIGHT_AFTER_AND = frozenset("城苑郡府湾庭阁轩邸")
_NO_MORE_TO_THE_LEFT = frozenset(
    (*place_words.AREAS, *place_words.ROADS, *place_words.INSTITUTIONS, *place_words.FIRMS, "小区", "市场", "商场")
)
_STANDS_ALONE = frozenset(("医院", "保健院", "小学", "中学", "公园", "广场"))
"""With `人民`, `第一`, `实验` ... before them, a name even without the city's."""


class _Name(NamedTuple):
    start: int
    end: int
    kind: int
    text: str


class PlaceFinder:
    """Finds names. Built once for a run."""

    def __init__(self, file: PlacesFile) -> None:
        self._aliases = dict(file.aliases)
        kinds = {word: kind for kind, words in _KINDS.items() for word in words}
        kinds.update(dict.fromkeys(_placeholders(), _Kind.ADMIN))
        kinds.update(dict.fromkeys(file.districts, _Kind.ADMIN))
        listed = (*file.towns, *file.roads, *file.estates, *file.hospitals, *file.schools, *file.others, *file.aliases)
        kinds.update(dict.fromkeys(listed, _Kind.LISTED))
        self._kinds = [int(kind) for kind in kinds.values()]
        # Of the words that overlap, the first; of those that begin together, the longest.
        self._words = AhoCorasick(list(kinds), matchkind=MatchKind.LeftmostLongest)

    def find(self, text: str) -> list[str]:
        """The distinct names in the text in order of first appearance, each in its most specific spelling."""
        found: dict[str, int] = {}
        for name in self._names(text):
            if name.kind != _Kind.PROVINCE:
                found.setdefault(self._aliases.get(name.text, name.text), name.kind)
                if len(found) == MOST_NAMES:
                    break
        return _most_specific(found)

    def _names(self, text: str) -> list[_Name]:
        names = [_Name(0, 0, _Kind.NOTHING, "")]
        for word, start, end in self._words.find_matches_as_indexes(text):
            kind = self._kinds[word]
            name = _read_name(text, start, end, kind, names[-1]) if kind else None
            if name is not None:
                if name.start < names[-1].end:
                    names.pop()
                names.append(name)
        return names[1:]


def _placeholders() -> Iterator[str]:
    """The districts of anonymised messages: A市, C4市, A3区, B12县, and A8县市 where the organiser replaced half a name."""
    for letter in ascii_uppercase:
        yield f"{letter}市"
        for number in range(1, 30):
            yield from (f"{letter}{number}{unit}" for unit in ("市", "区", "县", "县市", "县县"))


def _read_name(text: str, start: int, end: int, kind: int, last: _Name) -> _Name | None:
    """The name that ends with text[start:end], or None; `last` is the name before it."""
    if kind == _Kind.LISTED or kind == _Kind.PROVINCE:
        return _Name(start, end, kind, text[start:end])
    if kind == _Kind.ADMIN:
        return _admin(text, start, end, last)
    if kind == _Kind.CUE:
        return _before_cue(text, start, last)
    if start == last.end and start:
        together = _go_together(last, text[start:end], kind)
        return _Name(last.start, end, kind, text[last.start : end]) if together else None
    before = text[start - 1] if start else " "
    if (
        before in place_words.STOP_CHARACTERS
        or text[start - 2 : start] in place_words.STOP_WORDS
        or text[start - 3 : start] in place_words.STOP_WORDS
        or not before.isalnum()
    ):
        return None
    stem, words = _stem(text, start, end, kind, last.end)
    if not words or start - stem > _LONGEST_STEM[kind]:
        return None
    if kind == _Kind.CITY:
        return _city(text, stem, end, last)
    if _all_of_a_kind(words):
        of_city = stem == last.end and last.kind in (_Kind.PROVINCE, _Kind.ADMIN)
        if of_city and (kind in (_Kind.INSTITUTION, _Kind.FIRM) or text[start:end] in _STANDS_ALONE):
            return _Name(last.start, end, kind, text[last.start : end])
        if kind == _Kind.INSTITUTION and words[-1] in "市县区省":
            return _Name(stem, end, kind, text[stem:end])
        if kind != _Kind.ROAD and text[start:end] not in _STANDS_ALONE:
            return None
    modifiers = place_words.ROAD_MODIFIERS if kind == _Kind.ROAD else place_words.MODIFIERS
    too_short = start - stem == 1 and kind != _Kind.AREA
    bus_line = kind == _Kind.ROAD and text[stem:start].isascii()
    if too_short or bus_line or all(word in modifiers for word in words):
        return None
    return _Name(stem, end, kind, text[stem:end])


def _admin(text: str, start: int, end: int, last: _Name) -> _Name:
    """An administrative unit, together with the city right before it."""
    of_city = last.kind == _Kind.ADMIN and last.end == start and last.text.endswith(("市", "州")) and end - start > 2
    first = last.start if of_city else start
    return _Name(first, end, _Kind.ADMIN, text[first:end])


def _city(text: str, stem: int, end: int, last: _Name) -> _Name | None:
    """A city or county jieba knows, or a county with a name of two characters that nothing else belongs to."""
    for start in range(stem, end - 2):
        if _is_city(text[start:end]):
            return _admin(text, start, end, last)
    return _admin(text, stem, end, last) if end - stem == 3 and text[end - 1] == "县" else None


@lru_cache(maxsize=10_000)
def _is_city(word: str) -> bool:
    return bool(rjieba.tag(word, False) == [(word, "ns")])


def _before_cue(text: str, start: int, last: _Name) -> _Name | None:
    """The words between a district, road or the like and what only follows an estate, if they look like its name."""
    while start > last.end and (text[start - 1].isascii() or text[start - 1] in "一二三四五六七八九十第"):
        start -= 1
    if not 2 <= start - last.end <= 8 or last.kind not in (_Kind.ADMIN, _Kind.AREA, _Kind.ROAD):
        return None
    between = text[last.end : start]
    if not between.isalnum():
        return None
    words = rjieba.cut(between, False)
    if any(_stops(word, _Kind.ESTATE, []) for word in words) or not any(_is_unusual(word) for word in words):
        return None
    return _Name(last.end, start, _Kind.ESTATE, between)


def _go_together(last: _Name, word: str, kind: int) -> bool:
    """Whether a name and the kind of thing right after it are one name: `翠园小区` and `幼儿园`, `红草镇` and `卫生院`."""
    if last.kind in (_Kind.PROVINCE, _Kind.ADMIN):
        return word in place_words.ENOUGH_AFTER_CITY
    if kind == _Kind.COMMON_ESTATE:
        return last.kind in (_Kind.ESTATE, _Kind.COMMON_ESTATE)
    if kind == _Kind.AREA:
        return last.kind == _Kind.ROAD or last.text.endswith(("村", "城"))
    if last.kind == _Kind.AREA:
        return kind == _Kind.INSTITUTION or (kind == _Kind.ESTATE and last.text.endswith(("村", "社区")))
    if kind == _Kind.ROAD and last.kind == _Kind.ROAD:
        return len(word) > 1 or word == "桥"
    return kind == last.kind or (last.kind != _Kind.FIRM and kind != _Kind.FIRM)


def _stem(text: str, start: int, end: int, kind: int, floor: int) -> tuple[int, list[str]]:
    """Where the name begins whose kind of thing is text[start:end], and the words up to there, the last one first."""
    lowest, low = max(floor, start - _LONGEST_STEM[kind] - 3), start
    while low > lowest and text[low - 1].isalnum():
        low -= 1
    position, stem = end, start
    words: list[str] = []
    for word in reversed(rjieba.cut(text[low:end], False)):
        position -= len(word)
        if position >= start:
            continue
        if word in place_words.NO_NAME_WORDS and position + len(word) == end:
            break
        word = word[: start - position]
        collected = start - position - len(word)
        if word == "和":
            # Between two names it joins them; inside one (万和城) too little stands behind it.
            if collected > 1 or position == floor or (words and all(word in place_words.MODIFIERS for word in words)):
                break
            if not collected and text[start:end] not in _ENDS_RIGHT_AFTER_AND:
                break
        elif (word.isascii() and collected and (len(word) == 1 or not word.isalpha())) or _stops(word, kind, words):
            break
        stem = position
        words.append(word)
    while words and words[-1].isdecimal():
        stem += len(words.pop())
    return stem, words


def _all_of_a_kind(words: list[str]) -> bool:
    return bool(words) and all(word in place_words.ONE_OF_A_KIND for word in words)


def _stops(word: str, kind: int, behind: list[str]) -> bool:
    """Whether nothing from this word on to the left belongs to a name of the kind; `behind` is what belongs to it so far."""
    if len(word) == 1:
        district_of = word == "区" and kind == _Kind.INSTITUTION and _all_of_a_kind(behind)
        return word in place_words.STOP_CHARACTERS and not district_of
    if kind == _Kind.FIRM and word in place_words.FIRM_VERBS:
        return False
    if kind == _Kind.ROAD and word in place_words.INSTITUTIONS:
        return bool(behind)
    return word in place_words.STOP_WORDS or word in _NO_MORE_TO_THE_LEFT or _has_stop_tag(word)


@lru_cache(maxsize=50_000)
def _has_stop_tag(word: str) -> bool:
    if word in place_words.NAMING_VERBS:
        return False
    if word[0] in "一二两三四五六七八九十几多数半某" and word[-1] in "次个所家条座栋期位名种些批年月天处项段间层户大":
        return True
    tags = rjieba.tag(word, False)
    return len(tags) == 1 and tags[0][1] in place_words.STOP_TAGS


@lru_cache(maxsize=50_000)
def _is_unusual(word: str) -> bool:
    """Whether a word rather names one thing than a sort of things, by the tags of jieba's dictionary."""
    return len(word) == 1 or rjieba.tag(word, False)[0][1] in ("nr", "ns", "nz", "nrt", "nrfg")


def _most_specific(found: dict[str, int]) -> list[str]:
    """Without names that are part of a longer one for the same kind of thing, which takes the place of the first of them."""
    names: list[str] = []
    for name, kind in found.items():
        same = [other for other in names if _Kind.LISTED in (kind, found[other]) or found[other] == kind]
        if any(name in other for other in same):
            continue
        shorter = [other for other in same if other in name]
        if shorter:
            names[names.index(shorter[0])] = name
            names = [other for other in names if other not in shorter[1:]]
        else:
            names.append(name)
    return names
