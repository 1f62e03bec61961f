"""Masking of personal data, before anything is indexed, mailed or logged.

A match is masked only when it is certain enough: an identity number by its check digit (GB 11643), a bank card by the
Luhn checksum (ISO/IEC 7812), either of them by the word in front of it or the groups it is written in, a plate by its
province character, a number without a form of its own (a local telephone number, a messenger account) by the word in
front of it, an address only in its detail (building, unit, room).
Separators that people write inside numbers, full-width letters and digits, and digits written in Chinese are understood.
The forms are in `nlp.masking_documents`, `nlp.masking_contacts` and `nlp.masking_addresses`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nlp.masking_addresses import ADDRESSES
from nlp.masking_contacts import ACCOUNT, DIGITS, MAIL, MESSENGERS, TELEPHONES
from nlp.masking_documents import DOCUMENTS, PLACES_OF_PLATES, PLATE
from nlp.masking_rule import BLANK, SPOKEN, SPOKEN_DIGITS, TAKEN, Rule, RuleGroup

KINDS = ("identity_number", "bank_card", "phone", "plate", "email", "address")
"""What is counted. A messenger account counts as `phone`: it too is a way to reach a person."""

# Longer numbers first: a mobile number may stand inside an identity number, never the other way round.
_NUMBERS = (
    RuleGroup(DIGITS, before=30, after=30, rules=(*DOCUMENTS, *TELEPHONES)),
    RuleGroup(
        re.compile(rf"[{MESSENGERS}{PLACES_OF_PLATES}] ?[扣鹅信薇微我A-Za-z]"),
        before=2,
        after=50,
        rules=(ACCOUNT, PLATE),
    ),
)
_WORDS = (MAIL, ADDRESSES)
_LABEL = re.compile("|".join(sorted({re.escape(rule.label) for group in (*_NUMBERS, *_WORDS) for rule in group.rules})))

_FULL_WIDTH = "".join(chr(code) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)))
_BOLD_DIGITS = "".join(map(chr, range(0x1D7CE, 0x1D800)))
_TO_ASCII = str.maketrans(
    f"{_FULL_WIDTH}{_BOLD_DIGITS}＠．－＿＃＋",
    f"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz{'0123456789' * 5}@.-_#+",
)
_has_wide_form = re.compile("[０-９Ａ-Ｚａ-ｚ＠．－＿＃＋]|[\U0001d7ce-\U0001d7ff]").search
_SPOKEN_TO_ASCII = {ord(written): digit for digit, forms in SPOKEN_DIGITS.items() for written in forms}
_may_be_a_spoken_number = re.compile(
    rf"[{SPOKEN}](?:(?<=[0-9]{{2}}.)|{BLANK}?[0-9{SPOKEN}]{BLANK}?[0-9{SPOKEN}]{BLANK}?[0-9{SPOKEN}])"
).search

MOST_PASSES = 4
"""What is masked may have kept something beside it from being seen for what it is; one pass more shows that all is found."""
LOOK_AROUND = 50
"""Characters beside what was masked that a pattern, and the words it looks at, may reach."""
_Parts = list[tuple[int, int]]
SHORTEST_PLAIN_NAME = 4
_SAID_TO_BE_A_NAME = r"(?<=[“\"「‘']){name}(?=[”\"」’'])|(?<=我是){name}|(?<=我叫){name}|(?<=本人){name}|(?<=网友){name}|(?<=姓名[:：]){name}"


@dataclass(frozen=True)
class Masked:
    """The text with personal data replaced, and how many pieces of each kind there were (kinds without any left out)."""

    text: str
    counts: dict[str, int]


@dataclass(frozen=True, order=True)
class Span:
    """One piece of personal data: where it stands in the text, its kind, and what is written in its place."""

    start: int
    stop: int
    kind: str
    label: str


def mask(text: str, *, official: bool = False) -> Masked:
    """Replace personal data by what kind it was; not even the last digits of a number are kept.

    In an `official` text (an authority's reply) fixed lines and house numbers are an office's own and stay readable.
    """
    spans = find(text, official=official)
    if not spans:
        return Masked(text, {})
    pieces, end, counts = [], 0, dict[str, int]()
    for span in spans:
        pieces += [text[end : span.start], span.label]
        end = span.stop
        counts[span.kind] = counts.get(span.kind, 0) + 1
    return Masked("".join([*pieces, text[end:]]), counts)


def find(text: str, *, official: bool = False) -> list[Span]:
    """The personal data that `mask` replaces, in the order of the text."""
    # Patterns read an ASCII shadow of the text, of equal length. Translating takes longer than all patterns together,
    # and few texts need it.
    shadow = text.translate(_TO_ASCII) if _has_wide_form(text) else text
    if "[" in shadow:
        # What was masked before is no word that says what stands beside it.
        shadow = _LABEL.sub(lambda label: TAKEN * len(label[0]), shadow)
    found: list[Span] = []
    parts = [(0, len(shadow))]
    for _ in range(MOST_PASSES):
        known = len(found)
        shadow = _pass(shadow, parts, official, found)
        if len(found) == known:
            break
        parts = _around(sorted(found[known:]))
    return sorted(found)


def _pass(shadow: str, parts: _Parts, official: bool, found: list[Span]) -> str:
    shadow = _search(_NUMBERS, shadow, parts, official, found)
    for first, last in parts:
        if _may_be_a_spoken_number(shadow, first, last):
            written = len(found)
            _search(_NUMBERS, shadow.translate(_SPOKEN_TO_ASCII), [(first, last)], official, found)
            shadow = _blanked(shadow, sorted(found[written:]))
    return _search(_WORDS, shadow, parts, official, found)


def _around(spans: Sequence[Span]) -> _Parts:
    """The parts of the text in which another look may see something new."""
    parts: _Parts = []
    for span in spans:
        first, last = max(0, span.start - LOOK_AROUND), span.stop + LOOK_AROUND
        if parts and first <= parts[-1][1]:
            parts[-1] = (parts[-1][0], last)
        else:
            parts.append((first, last))
    return parts


def _search(groups: Sequence[RuleGroup], shadow: str, parts: _Parts, official: bool, found: list[Span]) -> str:
    """Adds what the rules find to `found`; returns the shadow with it blanked, so that no other rule takes a part of it."""
    for group in groups:
        windows = group.windows(shadow, parts)
        for rule in group.rules if windows else ():
            if official and rule.public_in_official_text:
                continue
            spans = [span for window in windows for span in _spans(rule, shadow, *window)]
            if spans:
                found += spans
                shadow = _blanked(shadow, spans)
    return shadow


def _spans(rule: Rule, shadow: str, place: int, stop: int, longest_hit: int) -> Iterator[Span]:
    if longest_hit < rule.least:
        return
    while match := rule.pattern.search(shadow, place, stop):
        if rule.is_one(match):
            start, place = match.span(match.lastgroup or 0)
            yield Span(start, place, rule.kind, rule.label)
        else:
            # Data may begin inside what only looked like some.
            place = match.start() + 1


def _blanked(shadow: str, spans: Sequence[Span]) -> str:
    pieces, end = [], 0
    for span in spans:
        pieces += [shadow[end : span.start], TAKEN * (span.stop - span.start)]
        end = span.stop
    return "".join([*pieces, shadow[end:]])


def hide_name(text: str, name: str) -> tuple[str, int]:
    """The text without its author's name, and how often it stood there.

    Replies address the author (网友“…”您好), and people sign. A name of two or three characters is often a word as well
    and goes only where it is said to be a name; a longer one goes wherever it stands.
    """
    written = re.escape(name)
    pattern = written if len(name) >= SHORTEST_PLAIN_NAME else _SAID_TO_BE_A_NAME.format(name=written)
    return re.subn(pattern, "[网友]", text)
