"""Identity numbers, bank cards and number plates.

An identity number is certain by its check digit (GB 11643), a bank card by the Luhn checksum (ISO/IEC 7812). One that is
said to be one is masked with any check digit: a slip of the finger makes nobody less known.
"""

import re

from nlp.masking_rule import ALONE, BLANK, END, GAP, NOT_IN_A_ROW, SPACES, START, TAKEN, Rule

_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)"
_X = "[Xx×]"
_IDENTITY = re.compile(
    rf"{START}[1-9][0-9](?:{GAP}{{0,3}}[0-9]){{15}}{GAP}{{0,3}}(?:[0-9](?![0-9A-Za-z])|{_X})"
    # Without a check digit, the groups in which it is written have to speak for it.
    rf"|{START}{NOT_IN_A_ROW}[1-9][0-9]{{5}}(?:{GAP}{{0,3}}[0-9]{{2}}){{3}}{GAP}{{0,3}}[0-9]{{3}}{ALONE}"
    # Digit by digit, and no part of a longer row of digits.
    rf"|{START}{NOT_IN_A_ROW}[1-9]({BLANK})[0-9](?:\1[0-9]){{13}}(?:(?:\1[0-9]){{2}}\1(?:[0-9]|{_X}))?(?!\1?[0-9{TAKEN}])"
)
_IDENTITY_BY_ITS_GROUPS = re.compile(
    rf"{START}{_PROVINCE}[0-9]{{4}}{GAP}{{1,3}}(?:19|20)[0-9]{{2}}{GAP}{{0,3}}(?:0[1-9]|1[0-2]){GAP}{{0,3}}"
    rf"(?:0[1-9]|[12][0-9]|3[01]){GAP}{{1,3}}[0-9]{{3}}(?:[0-9]|{_X})(?![0-9A-Za-z])"
)
_SAID_TO_BE_IDENTITY = re.compile(
    rf"(?:身份证|身份号码|证件号)[^0-9\n，。；;{TAKEN}]{{0,10}}"
    rf"(?P<number>[1-9](?:{GAP}{{0,3}}[0-9]){{13,18}}(?:{GAP}{{0,3}}{_X})?){END}"
)
_CARD_GROUPS = rf"{START}[1-9][0-9]{{3}}(?:{GAP}{{1,3}}[0-9]{{4}}){{3}}"
_CARD = re.compile(rf"{_CARD_GROUPS}(?:{GAP}{{1,3}}[0-9]{{1,3}})?(?![0-9Xx])")
_CARD_OF_SIXTEEN = re.compile(rf"{_CARD_GROUPS}(?![0-9Xx])")
_CARD_IN_OTHER_GROUPS = re.compile(
    rf"{START}(?:[1-9][0-9]{{14,18}}|[1-9][0-9]{{5}}{GAP}{{1,3}}[0-9]{{9,13}}|[1-9][0-9]{{3}}{GAP}{{1,3}}[0-9]{{6}}{GAP}{{1,3}}[0-9]{{5}}"
    rf"|[1-9]({BLANK})[0-9](?:\1[0-9]){{13,17}})(?!{BLANK}?[0-9Xx{TAKEN}])"
)
_CARD_BY_ITS_GROUPS = re.compile(
    rf"{START}62[0-9]{{2}}(?:{GAP}{{1,3}}[0-9]{{4}}){{3}}(?:{GAP}{{1,3}}[0-9]{{1,3}})?(?![0-9])"
)
_SAID_TO_BE_CARD = re.compile(
    rf"(?:卡号|[账帐][号户]|银行卡|储蓄卡|工资卡|借记卡|信用卡|存折|[工建农中交招]行)[^0-9\n，。；;{TAKEN}]{{0,12}}"
    rf"(?P<number>[0-9](?:{GAP}{{0,3}}[0-9]){{11,21}}){END}"
)
PLACES_OF_PLATES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{PLACES_OF_PLATES}][{SPACES}]?"
    rf"(?:[A-HJ-NP-Z]{GAP}{{0,3}}(?:(?=[A-HJ-NP-Z0-9]*[0-9])[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳使领]"
    r"|[A-HJ-NP-Z0-9](?: [0-9]){4,5})"
    # In small letters "新app1234" is no plate: at most one letter beside the first, and that in its place.
    rf"|[a-hj-np-z]{GAP}{{0,3}}(?:[a-hj-np-z][0-9]{{4,5}}|[0-9]{{5}}[df]?|[0-9][a-hj-np-z0-9][0-9]{{3}}))(?![A-Za-z0-9])"
)


def _digits(written: str) -> str:
    return re.sub(r"[^0-9X]", "", written.upper().replace("×", "X"))


def is_identity_number(written: str) -> bool:
    """Whether 18 characters pass the ISO 7064 MOD 11-2 check of GB 11643, or 15 digits hold a possible birthday."""
    number = _digits(written)
    if not re.match(_PROVINCE, number):
        return False
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


def _identity(match: re.Match[str]) -> bool:
    return is_identity_number(match[0])


def _card(match: re.Match[str]) -> bool:
    return is_bank_card(match[0])


DOCUMENTS = (
    Rule("identity_number", "[身份证号]", _IDENTITY, _identity, least=15),
    Rule("bank_card", "[银行卡号]", _CARD, _card, least=16),
    Rule("bank_card", "[银行卡号]", _CARD_OF_SIXTEEN, _card, least=16),
    Rule("bank_card", "[银行卡号]", _CARD_IN_OTHER_GROUPS, _card, least=15),
    # Written as nothing else is, with whatever slip of the finger.
    Rule("identity_number", "[身份证号]", _IDENTITY_BY_ITS_GROUPS, least=18),
    Rule("bank_card", "[银行卡号]", _CARD_BY_ITS_GROUPS, least=19),
    Rule("identity_number", "[身份证号]", _SAID_TO_BE_IDENTITY, least=14),
    # In an authority's reply it is the account to pay into.
    Rule("bank_card", "[银行卡号]", _SAID_TO_BE_CARD, public_in_official_text=True, least=12),
)
"""To be looked for near digits."""
PLATE = Rule("plate", "[车牌]", _PLATE)
