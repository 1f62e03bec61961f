"""Masking of personal data, before anything is indexed, mailed or logged.

A match is masked only when it is certain enough: an identity number by its check digit (GB 11643), a bank card by the
Luhn checksum (ISO/IEC 7812), a plate by its province character, a number without a form of its own (a local telephone
number, a messenger account) by the word in front of it, an address only in its detail (building, unit, room).
Separators that people write inside numbers, full-width letters and digits, and digits written in Chinese are understood.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

KINDS = ("identity_number", "bank_card", "phone", "plate", "email", "address")
"""What is counted. A messenger account counts as `phone`: it too is a way to reach a person."""

_FULL_WIDTH = "".join(chr(code) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)))
_BOLD_DIGITS = "".join(map(chr, range(0x1D7CE, 0x1D800)))
_TO_ASCII = str.maketrans(
    f"{_FULL_WIDTH}{_BOLD_DIGITS}＠．－",
    f"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz{'0123456789' * 5}@.-",
)
_has_wide_form = re.compile("[０-９Ａ-Ｚａ-ｚ＠．－]|[\U0001d7ce-\U0001d7ff]").search

_SEP = r"[ \-－—–\u3000]?"
_GAP = r"[ \-－—–_.·•\u3000]{1,4}"
_NO_AMOUNT = r"(?![0-9]|\.[0-9]| ?(?:元(?![旦宵月])|万元|亿|块钱))"
_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)"
_IDENTITY = re.compile(
    rf"(?<![0-9]){_PROVINCE}(?:(?:{_SEP}[0-9]){{15}}{_SEP}[0-9Xx](?![0-9A-Za-z])|(?:{_SEP}[0-9]){{13}}(?!{_SEP}[0-9]))"
)
_CARD = re.compile(rf"(?<![0-9.])[1-9](?:{_SEP}[0-9]){{14,18}}(?!{_SEP}[0-9])")
_MOBILE = re.compile(
    rf"(?<![0-9])(?:(?:\+|00)?86{_SEP})?"
    rf"(?:1[3-9][0-9](?:(?:{_SEP}[0-9]){{8}}|{_GAP}[0-9]{{4}}{_GAP}[0-9]{{4}})|1([ -])[3-9](?:\1[0-9]){{9}}){_NO_AMOUNT}"
)
_CHINESE_DIGIT = "[零〇○一幺二三四五六七八九]"
_MOBILE_IN_CHINESE = re.compile(rf"[一幺][三四五六七八九](?:{_SEP}{_CHINESE_DIGIT}){{9}}(?!{_CHINESE_DIGIT})")
_LANDLINE = re.compile(
    rf"(?<![0-9])(?:\(0[0-9]{{2,3}}\){_SEP}|（0[0-9]{{2,3}}）{_SEP}|0[0-9]{{2,3}}[ \-－—–]{{1,3}})[1-9][0-9]{{2,3}}{_SEP}[0-9]{{4}}(?![0-9])"
    r"|(?<![0-9.])0(?:10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{6,7}(?![0-9])"
)
_LOCAL_NUMBER = re.compile(
    r"(?:电话|手机|座机|联系方式|致电|拨打|来电)[^0-9\n，。；]{0,4}"
    rf"(?P<number>(?!20[0-3][0-9][01][0-9][0-3][0-9])[2-8][0-9]{{2,3}}[ -]?[0-9]{{4}})(?!-){_NO_AMOUNT}"
)
_ACCOUNT = re.compile(
    r"(?:[qQ]{2}|扣扣)(?:群号|群|号码|号)?[ :：是为]{0,3}(?P<number>[1-9][0-9]{4,10})(?![0-9])"
    r"|(?:微信号|微信[:： ]|(?<![A-Za-z])(?:[vV][xX]|[wW][xX]|[wW]e[cC]hat)(?:号|[:： ]))[ :：是为]{0,3}"
    r"(?P<name>[A-Za-z][A-Za-z0-9_-]{5,19})(?![A-Za-z0-9])"
)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼] ?"
    r"(?:[A-HJ-NP-Z][ ·•.．-]?(?=[A-HJ-NP-Z0-9]*[0-9])[A-HJ-NP-Z0-9]{4,5}[A-HJ-NP-Z0-9挂学警港澳]"
    r"|[a-hj-np-z][ ·•.-]?(?:[a-hj-np-z][0-9]{4,5}|[0-9]{5}))(?![A-Za-z0-9])"
)
_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*\.[A-Za-z]{2,24}"
)
_DIGIT = "[0-9A-Za-z一二三四五六七八九十]"
_NUMBER = rf"{_DIGIT}{{1,5}}"
_NO_ROOM = r"(?![0-9年月日元人户米平万多余个次层楼栋幢座吨台间套.%％]|单元)"
# Its first character stands before all alternatives (which look back at it): a pattern that begins with one class of
# characters is found ten times as fast as one that begins with a choice.
_ADDRESS = re.compile(
    rf"{_DIGIT}(?:"
    rf"(?:(?<=[路街道巷弄里][0-9])[0-9]{{0,4}}[号號](?:{_NUMBER}[栋幢座楼])?|(?<![0-9A-Za-z].){_DIGIT}{{0,4}}(?:[栋幢座]|[号#]楼|#))"
    rf"(?:{_NUMBER}单元)?(?:{_NUMBER}[层楼])?(?:[0-9]{{2,5}}(?:室|房|号房|号)?{_NO_ROOM})?"
    rf"|(?<![0-9A-Za-z].){_DIGIT}{{0,4}}单元[0-9]{{3,4}}(?:室|房|号)?{_NO_ROOM}"
    r"|(?<=[区园苑城村庭府期][0-9])[0-9]{0,2}[-—][0-9]{1,2}[-—][0-9]{3,4}(?:室|房|号)?(?![0-9-]))"
)
_house_number = re.compile(r"[0-9]{1,5}[号號]").fullmatch
_tells_a_room = re.compile(r"单元|[栋幢座楼层][0-9]{2,5}(?![0-9层楼])|#[0-9]{3,4}|[-—]").search
_lives_there = re.compile(r"(?:住|我家|家在|本人|地址|户籍|户口|居)[^，。；！？,;!?\n]*\Z").search
_names_more = re.compile(r"[\u4e00-\u9fff](?<![的房屋住户家院内里邮])").match
_says_who_lives_there = re.compile(r"[^，。；\n]{0,5}(?:居民(?!小?区)|住户)").match


SHORTEST_PLAIN_NAME = 4
_SAID_TO_BE_A_NAME = r"(?<=[“\"「‘']){name}(?=[”\"」’'])|(?<=我是){name}|(?<=我叫){name}|(?<=本人){name}|(?<=网友){name}|(?<=姓名[:：]){name}"


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
    shadow = _shadow(text)
    for may_match, rules in _RULES:
        if not may_match(shadow):
            continue
        for rule in rules:
            if official and rule.public_in_official_text:
                continue
            found = [match.span(match.lastgroup or 0) for match in rule.pattern.finditer(shadow) if rule.is_one(match)]
            if found:
                counts[rule.kind] = counts.get(rule.kind, 0) + len(found)
                text = _cut(text, found, rule.label)
                shadow = _shadow(text)
    return Masked(text, counts)


def _shadow(text: str) -> str:
    # Translating takes longer than all patterns together, and few texts need it.
    return text.translate(_TO_ASCII) if _has_wide_form(text) else text


def hide_name(text: str, name: str) -> tuple[str, int]:
    """The text without its author's name, and how often it stood there.

    Replies address the author (网友“…”您好), and people sign. A name of two or three characters is often a word as well
    and goes only where it is said to be a name; a longer one goes wherever it stands.
    """
    written = re.escape(name)
    pattern = written if len(name) >= SHORTEST_PLAIN_NAME else _SAID_TO_BE_A_NAME.format(name=written)
    return re.subn(pattern, "[网友]", text)


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


_CARD_BEGINS = ("34", "35", "37", "4", "51", "52", "53", "54", "55", "60", "62", "955")
"""UnionPay 60 and 62, the older 955, Visa 4, Mastercard 51-55, JCB 35, American Express 34 and 37."""


def is_bank_card(written: str) -> bool:
    """Whether 15 to 19 digits pass the Luhn checksum and begin as cards issued in China or by the world's schemes do."""
    number = _digits(written)
    if (
        not number.isdigit()
        or not 15 <= len(number) <= 19
        or len(set(number)) < 3
        or not number.startswith(_CARD_BEGINS)
    ):
        return False
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in number[-2::-2])
    return (sum(doubled) + sum(int(digit) for digit in number[-1::-2])) % 10 == 0


def _is_home(match: re.Match[str]) -> bool:
    """A building alone ("3栋") names many homes; a building with unit or room names one.

    A bare house number names a home where somebody says to live there, and not where an estate's or a shop's name
    follows: "A路12号B小区" is how everyone writes where an estate is.
    """
    if _house_number(match[0]):
        before = match.string[max(0, match.start() - 24) : match.start()]
        named = _lives_there(before) and not _names_more(match.string, match.end())
        return bool(named or _says_who_lives_there(match.string, match.end()))
    return bool(_tells_a_room(match[0]))


@dataclass(frozen=True)
class _Rule:
    kind: str
    label: str
    pattern: re.Pattern[str]
    is_one: Callable[[re.Match[str]], bool] = bool
    public_in_official_text: bool = False


# Longer numbers first: a mobile number may stand inside an identity number, never the other way round.
# Before each group, a cheap search that fails on nearly every text the group's patterns would fail on.
_RULES = (
    (
        re.compile(r"[0-9](?:[ \-－—–_.·•\u3000)）]{0,4}[0-9]){6}").search,
        (
            _Rule("identity_number", "[身份证号]", _IDENTITY, lambda match: is_identity_number(match[0])),
            _Rule("bank_card", "[银行卡号]", _CARD, lambda match: is_bank_card(match[0])),
            _Rule("phone", "[电话]", _MOBILE),
            _Rule("phone", "[电话]", _LANDLINE, public_in_official_text=True),
            _Rule("phone", "[电话]", _LOCAL_NUMBER, public_in_official_text=True),
        ),
    ),
    (_MOBILE_IN_CHINESE.search, (_Rule("phone", "[电话]", _MOBILE_IN_CHINESE),)),
    (re.compile(r"[qQvVwW扣微][qQxXe扣信]").search, (_Rule("phone", "[账号]", _ACCOUNT),)),
    (
        re.compile(r"[A-HJ-NP-Za-hj-np-z][ ·•.．-]?[A-HJ-NP-Za-hj-np-z0-9]{5}").search,
        (_Rule("plate", "[车牌]", _PLATE),),
    ),
    (re.compile("@").search, (_Rule("email", "[邮箱]", _EMAIL),)),
    (
        re.compile(r"[0-9A-Za-z一二三四五六七八九十](?:[栋幢座号號#]|单元|[-—][0-9]{1,2}[-—][0-9]{3})").search,
        (_Rule("address", "[住址]", _ADDRESS, _is_home, public_in_official_text=True),),
    ),
)
