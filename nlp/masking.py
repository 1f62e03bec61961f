"""Masking of personal data, before anything is indexed, mailed or logged.

A match is masked only when it is certain enough: an identity number by its check digit (GB 11643), a bank card by the
Luhn checksum (ISO/IEC 7812), a plate by its province character, an address only in its detail (building, unit, room).
Separators that people write inside numbers (blank, dash) and full-width digits are understood.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

KINDS = ("identity_number", "bank_card", "phone", "plate", "email", "address")

_TO_ASCII = str.maketrans("０１２３４５６７８９Ｘｘ＠．－", "0123456789Xx@.-")
_SEP = r"[ \-－—\u3000]?"
_IDENTITY = re.compile(
    rf"(?<!\d)[1-9](?:{_SEP}\d){{16}}{_SEP}[\dXx](?![\dA-Za-z])|(?<!\d)[1-9](?:{_SEP}\d){{14}}(?!{_SEP}\d)"
)
_CARD = re.compile(rf"(?<![\d.])[1-9](?:{_SEP}\d){{14,18}}(?!{_SEP}\d)")
_MOBILE = re.compile(rf"(?<!\d)(?:(?:\+|00)?86{_SEP})?1[3-9]\d(?:{_SEP}\d){{8}}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(?:\(0\d{2,3}\)|（0\d{2,3}）|0\d{2,3}[ \-－—])[1-9]\d{6,7}(?!\d)")
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-NP-Z][ ·•.．-]?"
    r"(?=[A-HJ-NP-Z0-9]*\d)[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳](?![A-Za-z0-9])"
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}"
)
_NUMBER = r"[0-9A-Za-z一二三四五六七八九十]{1,5}"
_ADDRESS = re.compile(
    rf"(?:(?<=[路街道巷弄里])\d{{1,5}}[号號](?:{_NUMBER}[栋幢座楼])?"
    rf"|(?<![0-9A-Za-z]){_NUMBER}[栋幢座])"
    rf"(?:{_NUMBER}单元)?(?:{_NUMBER}[层楼])?(?:\d{{2,5}}(?:室|房|号房|号)?(?!\d|年|月|日|元|人|户|米|平|万|多|个|次|[.%％]))?"
)


@dataclass(frozen=True)
class Masked:
    """The text with personal data replaced, and how many pieces of each kind there were (kinds without any left out)."""

    text: str
    counts: dict[str, int]


def mask(text: str, *, official: bool = False) -> Masked:
    """Replace personal data by what kind it was; not even the last digits of a number are kept.

    In an `official` text (an authority's reply) fixed lines and house numbers are an office's own and stay readable.
    """
    counts: dict[str, int] = {}
    # Patterns read an ASCII shadow of the text, of equal length; what is kept is cut from the text itself.
    shadow = text.translate(_TO_ASCII)
    for rule in _RULES:
        if official and rule.public_in_official_text:
            continue
        found = [match.span() for match in rule.pattern.finditer(shadow) if rule.is_one(match[0])]
        if found:
            counts[rule.kind] = counts.get(rule.kind, 0) + len(found)
            text = _cut(text, found, rule.label)
            shadow = text.translate(_TO_ASCII)
    return Masked(text, counts)


def _cut(text: str, spans: list[tuple[int, int]], label: str) -> str:
    pieces, end = [], 0
    for start, stop in spans:
        pieces += [text[end:start], label]
        end = stop
    return "".join([*pieces, text[end:]])


def _digits(written: str) -> str:
    return re.sub(r"[^0-9Xx]", "", written).upper()


def is_identity_number(written: str) -> bool:
    """Whether 18 characters pass the ISO 7064 MOD 11-2 check of GB 11643, or 15 digits hold a possible birthday."""
    number = _digits(written)
    if len(number) == 15:
        return number.isdigit() and _possible_day(number[8:10], number[10:12])
    if len(number) != 18 or not _possible_day(number[10:12], number[12:14]):
        return False
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], weights, strict=True))
    return "10X98765432"[total % 11] == number[17]


def _possible_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def is_bank_card(written: str) -> bool:
    """Whether 15 to 19 digits pass the Luhn checksum and begin as cards issued in China or by the world's schemes do."""
    number = _digits(written)
    if not number.isdigit() or not 15 <= len(number) <= 19 or number[0] not in "34569" or len(set(number)) < 3:
        return False
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in number[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in number[-1::-2])) % 10 == 0


def _always(_: str) -> bool:
    return True


def _tells_a_home(written: str) -> bool:
    """A building alone ("3栋") names many homes; a house number on a road, or a building with unit or room, names one."""
    return "单元" in written or bool(re.search(r"[号號]|[栋幢座楼层][0-9]{2,5}", written))


@dataclass(frozen=True)
class _Rule:
    kind: str
    label: str
    pattern: re.Pattern[str]
    is_one: Callable[[str], bool] = _always
    public_in_official_text: bool = False


# Longer numbers first: a mobile number may stand inside an identity number, never the other way round.
_RULES = (
    _Rule("identity_number", "[身份证号]", _IDENTITY, is_identity_number),
    _Rule("bank_card", "[银行卡号]", _CARD, is_bank_card),
    _Rule("phone", "[电话]", _MOBILE),
    _Rule("phone", "[电话]", _LANDLINE, public_in_official_text=True),
    _Rule("plate", "[车牌]", _PLATE),
    _Rule("email", "[邮箱]", _EMAIL),
    _Rule("address", "[住址]", _ADDRESS, _tells_a_home, public_in_official_text=True),
)
