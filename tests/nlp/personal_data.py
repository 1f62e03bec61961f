"""Makes texts that hold personal data, in the ways people write it: for the tests, and for the table of `bench.masking`.

Everything is made up by a seeded generator: numbers that pass their checks, in sentences as messages have them. Nothing
here knows the patterns that look for them.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SEED = 20260110
PIECES = 5_000


@dataclass(frozen=True)
class Sample:
    """A text, and where in it the one piece of personal data stands. `way` tells how it is written."""

    kind: str
    way: str
    before: str
    data: str
    after: str

    @property
    def text(self) -> str:
        """The whole text."""
        return f"{self.before}{self.data}{self.after}"


def samples(pieces: int = PIECES, seed: int = SEED) -> Iterator[Sample]:
    """So many samples, all kinds and ways in turn; the same for the same seed, and fewer are the beginning of more."""
    chance = random.Random(seed)
    ways = [(kind, way, make) for kind, ways in _KINDS.items() for way, make in ways.items()]
    for number in range(pieces):
        kind, way, make = ways[number % len(ways)]
        before, after = chance.choice(_SENTENCES[kind])
        yield Sample(kind, way, before, make(chance), after)


# ---------- numbers ----------


def _some(chance: random.Random, count: int) -> str:
    return "".join(chance.choices("0123456789", k=count))


def mobile(chance: random.Random) -> str:
    """Eleven digits in the ranges in use."""
    begins = [
        "13",
        "150",
        "151",
        "152",
        "153",
        "155",
        "156",
        "157",
        "158",
        "159",
        "166",
        "17",
        "18",
        "191",
        "198",
        "199",
    ]
    begin = chance.choice(begins)
    return begin + _some(chance, 11 - len(begin))


def landline(chance: random.Random) -> tuple[str, str]:
    """An area code, and seven or eight digits."""
    area = chance.choice(["010", "020", "021", "023", "0731", "0660", "0755", "0371", "0898"])
    return area, chance.choice("2345678") + _some(chance, 7 if area != "0660" else 6)


def identity(chance: random.Random) -> str:
    """Eighteen characters with the right check digit (GB 11643)."""
    body = _region(chance) + f"{chance.randint(1935, 2012)}" + _month_and_day(chance) + _some(chance, 3)
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(one) * weight for one, weight in zip(body, weights, strict=True)) % 11]


def mistyped_identity(chance: random.Random) -> str:
    """An identity number with one digit changed, missing or too many."""
    right = identity(chance)
    place = chance.randrange(6, 17)
    other = str((int(right[place]) + chance.randint(1, 9)) % 10)
    return chance.choice([right[:place] + other + right[place + 1 :], right[:place] + right[place + 1 :]])


def old_identity(chance: random.Random) -> str:
    """Fifteen digits, as issued until 1999."""
    return _region(chance) + f"{chance.randint(30, 85)}" + _month_and_day(chance) + _some(chance, 3)


def _region(chance: random.Random) -> str:
    return chance.choice(["4301", "4403", "1101", "3205", "5101", "6101", "2201", "8101", "1304"]) + _some(chance, 2)


def _month_and_day(chance: random.Random) -> str:
    return f"{chance.randint(1, 12):02}{chance.randint(1, 28):02}"


def bank_card(chance: random.Random, length: int | None = None) -> str:
    """Sixteen to nineteen digits that pass the Luhn checksum."""
    length = length or chance.choice([16, 17, 18, 19])
    body = chance.choice(["622202", "621700", "623052", "603367", "436742", "552245"]) + _some(chance, length - 7)
    doubled = [sum(divmod(int(digit) * 2, 10)) for digit in body[::-2]]
    return body + str(-(sum(doubled) + sum(int(digit) for digit in body[-2::-2])) % 10)


def plate(chance: random.Random) -> tuple[str, str]:
    """Province and letter, then five places with at most two letters."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    places = list(_some(chance, 5))
    for place in chance.sample(range(5), chance.choice([0, 0, 1, 2])):
        places[place] = chance.choice(letters)
    return chance.choice("粤湘京沪苏浙鲁豫川鄂") + chance.choice(letters), "".join(places)


def green_plate(chance: random.Random) -> tuple[str, str]:
    """The plate of a car with a new kind of drive: six places, D or F first (small cars) or last (large ones)."""
    letter, number = chance.choice("DF"), _some(chance, 5)
    return chance.choice("粤湘京沪苏浙") + chance.choice("ABCDEFGH"), chance.choice([letter + number, number + letter])


def mail_parts(chance: random.Random) -> tuple[str, str]:
    """What stands before and after the @."""
    name = chance.choice(["zhang.san", "lisi_88", "wang-wu", "zhaoliu2019", "qian7"]) + chance.choice(
        ["", _some(chance, 3)]
    )
    return chance.choice([name, _some(chance, 9)]), chance.choice(
        ["qq.com", "163.com", "126.com", "mail.example.com", "sina.com.cn"]
    )


# ---------- ways of writing ----------


def grouped(digits: str, sizes: tuple[int, ...], separator: str) -> str:
    """The digits in groups of these sizes; what is left over makes the last one."""
    groups = []
    for size in sizes:
        groups.append(digits[:size])
        digits = digits[size:]
    return separator.join([*groups, digits] if digits else groups)


def full_width(text: str) -> str:
    """Digits and letters as wide as a Chinese character."""
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


def spoken(text: str) -> str:
    """The digits as one says them."""
    return text.translate(str.maketrans("0123456789", "零一二三四五六七八九"))


def spoken_by_telephone(text: str) -> str:
    """With 幺 for one, as nobody mistakes it for seven."""
    return text.translate(str.maketrans("0123456789", "零幺二三四五六七八九"))


def capital(text: str) -> str:
    """The digits as bills have them."""
    return text.translate(str.maketrans("0123456789", "零壹贰叁肆伍陆柒捌玖"))


def mixed(text: str, chance: random.Random) -> str:
    """Some digits in Chinese, some wide, the others plain."""
    return "".join(chance.choice([one, one, spoken(one), full_width(one)]) if one.isdigit() else one for one in text)


Make = Callable[[random.Random], str]
_SEPARATORS = [" ", "-", " - ", "—", "－", ".", "·", "\u3000", "_", "  ", "–"]


def _in_groups(number: Make, *shapes: tuple[int, ...]) -> Make:
    return lambda chance: grouped(number(chance), chance.choice(shapes), chance.choice(_SEPARATORS))


def _one_by_one(number: Make) -> Make:
    return lambda chance: chance.choice([" ", "-"]).join(number(chance))


def _digit_ways(number: Make, *shapes: tuple[int, ...]) -> dict[str, Make]:
    """The ways open to every number of digits."""
    return {
        "plain": number,
        "in groups": _in_groups(number, *shapes),
        "digit by digit": _one_by_one(number),
        "full width": lambda chance: full_width(number(chance)),
        "full width in groups": lambda chance: full_width(_in_groups(number, *shapes)(chance)),
        "in Chinese": lambda chance: spoken(number(chance)),
        "in Chinese in groups": lambda chance: spoken(grouped(number(chance), shapes[0], " ")),
        "in capital Chinese": lambda chance: capital(number(chance)),
        "mixed": lambda chance: mixed(number(chance), chance),
    }


def _plain_landline(chance: random.Random) -> str:
    return "-".join(landline(chance))


def _joined(parts: Callable[[random.Random], tuple[str, str]], *separators: str) -> Make:
    return lambda chance: chance.choice(separators).join(parts(chance))


def _account(chance: random.Random) -> str:
    return chance.choice("123456789") + _some(chance, chance.randint(4, 9))


def _weixin(chance: random.Random) -> str:
    return chance.choice(["zhang_san", "lisi-", "wxid_", "sunny"]) + _some(chance, chance.randint(2, 6))


def _room(chance: random.Random) -> str:
    return f"{chance.randint(1, 33)}{chance.randint(1, 6):02}"


def _building(chance: random.Random) -> str:
    return str(chance.randint(1, 60))


def _home(pattern: str) -> Make:
    """An address detail: B is a building, U a unit, F a floor, R a room."""

    def make(chance: random.Random) -> str:
        text = pattern.replace("R", _room(chance)).replace("B", _building(chance))
        return text.replace("U", str(chance.randint(1, 4))).replace("F", str(chance.randint(2, 33)))

    return make


_MOBILE_SHAPES = ((3, 4, 4), (3, 4, 4), (3, 4, 4), (3, 8), (7, 4), (4, 3, 4), (3, 3, 5), (3, 2, 2, 2, 2))
_IDENTITY_SHAPES = ((6, 8, 4), (6, 4, 4, 4), (3, 3, 4, 4, 4), (6, 4, 2, 2, 4))
_CARD_SHAPES = ((4, 4, 4, 4), (4, 4, 4, 4), (6,))
_KINDS: dict[str, dict[str, Make]] = {
    "mobile": _digit_ways(mobile, *_MOBILE_SHAPES)
    | {
        "by telephone": lambda chance: spoken_by_telephone(mobile(chance)),
        "with +86": lambda chance: (
            chance.choice(["+86", "+86 ", "+86-", "0086", "86-", "(+86)", "（+86） "]) + mobile(chance)
        ),
        "with +86 in groups": lambda chance: "+86 " + grouped(mobile(chance), (3, 4, 4), chance.choice(" -")),
        "first part in brackets": lambda chance: "({}) {}-{}".format(
            *grouped(mobile(chance), (3, 4, 4), "|").split("|")
        ),
    },
    "landline": {
        "plain": _plain_landline,
        "other separators": _joined(landline, " ", "—", "－", "--", " - ", ".", "\u3000"),
        "without any": _joined(landline, ""),
        "area in brackets": lambda chance: chance.choice(["({}){}", "（{}）{}", "({}) {}", "【{}】{}"]).format(
            *landline(chance)
        ),
        "in groups": lambda chance: "{}-{}".format(
            *(grouped(part, (4,), " ") if len(part) > 4 else part for part in landline(chance))
        ),
        "with +86": lambda chance: "+86-{}-{}".format(*(part.removeprefix("0") for part in landline(chance))),
        "with extension": lambda chance: _plain_landline(chance) + chance.choice(["转801", "-8001", "转 12"]),
        "full width": lambda chance: full_width(_plain_landline(chance)),
        "in Chinese": lambda chance: spoken("".join(landline(chance))),
        "mixed": lambda chance: mixed(_plain_landline(chance), chance),
    },
    "local number": {
        "plain": lambda chance: landline(chance)[1],
        "in groups": lambda chance: grouped("8" + _some(chance, 7), (4,), chance.choice(" -")),
        "full width": lambda chance: full_width(landline(chance)[1]),
        "in Chinese": lambda chance: spoken(landline(chance)[1]),
    },
    "identity number": _digit_ways(identity, *_IDENTITY_SHAPES) | {"small x": lambda chance: identity(chance).lower()},
    "identity number of 15": {
        "plain": old_identity,
        "in groups": lambda chance: grouped(old_identity(chance), (6, 6), chance.choice(" -")),
        "full width": lambda chance: full_width(old_identity(chance)),
        "in Chinese": lambda chance: spoken(old_identity(chance)),
    },
    "mistyped identity number": {
        "plain": mistyped_identity,
        "in groups": _in_groups(mistyped_identity, *_IDENTITY_SHAPES),
        "full width": lambda chance: full_width(mistyped_identity(chance)),
        "in Chinese": lambda chance: spoken(mistyped_identity(chance)),
    },
    "bank card": _digit_ways(bank_card, *_CARD_SHAPES),
    "plate": {
        "plain": _joined(plate, ""),
        "with separator": _joined(plate, "·", "-", " ", ".", "•", " · "),
        "new energy": _joined(green_plate, "", "·", " ", "-"),
        "in small letters": lambda chance: chance.choice("粤湘京沪") + f"{chance.choice('abcdef')}{_some(chance, 5)}",
        "full width": lambda chance: full_width("".join(plate(chance))),
        "digit by digit": lambda chance: "粤 A " + " ".join(_some(chance, 5)),
        "mixed": lambda chance: "湘A" + mixed(_some(chance, 5), chance),
    },
    "mail address": {
        "plain": _joined(mail_parts, "@"),
        "wide @": _joined(mail_parts, "＠"),
        "at in brackets": _joined(mail_parts, "(at)", "[at]", "（at）", "【at】", " (at) ", "(AT)"),
        "hash": _joined(mail_parts, "#"),
        "blanks": _joined(mail_parts, " @ ", "@ "),
        "dot in words": lambda chance: "@".join(mail_parts(chance)).replace(
            ".com", chance.choice(["(dot)com", "。com", " . com", "点com"])
        ),
        "full width": lambda chance: full_width("@".join(mail_parts(chance))),
    },
    "QQ": {
        "plain": _account,
        "full width": lambda chance: full_width(_account(chance)),
        "digit by digit": lambda chance: " ".join(_account(chance)),
        "in Chinese": lambda chance: spoken(_account(chance)),
    },
    "WeChat": {"name": _weixin, "full width": lambda chance: full_width(_weixin(chance))},
    "home": {
        pattern: _home(pattern)
        for pattern in (
            "B栋U单元R室",
            "B栋U单元R",
            "B栋R",
            "B栋R房",
            "B幢R室",
            "B座R号",
            "B号楼U单元R室",
            "B号楼R",
            "B#R",
            "B#楼U单元R",
            "B栋U单元F楼R室",
            "B栋F楼R室",
            "B栋 U单元 R室",
            "B栋-U单元-R",
            "B-U-R",
            "B-U-R室",
            "U单元R室",
            "AB栋R",
            "十二栋二单元R",
            "三栋一单元五零二室",
            "B号楼U门R",
        )
    }
    | {"full width": lambda chance: full_width(_home("B栋U单元R室")(chance))},
}

_BEHIND = ["", "。", "，请尽快处理", "，谢谢！", "\n望回复", "。一直没有人管", " 等回复", "；谢谢", "）。"]


def _sentences(*befores: str) -> list[tuple[str, str]]:
    return [(before, after) for before in befores for after in _BEHIND]


_CALLS = (
    "电话",
    "联系电话：",
    "我的手机号是",
    "手机号:",
    "手机",
    "请打",
    "微信",
    "V信",
    "vx:",
    "微信同号",
    "Tel：",
    "可以加我",
    "王女士，",
    "（",
    "【",
    "",
)
_SENTENCES: dict[str, list[tuple[str, str]]] = {
    "mobile": _sentences(*_CALLS),
    "landline": _sentences("电话", "联系电话：", "家里座机", "固话:", "我家的号码是", "请回电", "", "（", "张先生，"),
    "local number": _sentences("联系电话：", "家里电话", "座机是", "电话:", "我的电话号码是"),
    "identity number": _sentences(
        "身份证", "身份证号：", "身份证号码是", "本人", "王某某（", "", "证件号码:", "患者张三 "
    ),
    "identity number of 15": _sentences("身份证", "老身份证号：", "身份证号码是", "本人", ""),
    "mistyped identity number": _sentences("身份证", "身份证号：", "身份证号码是", "我的身份证号为", "本人身份证:"),
    "bank card": _sentences("卡号", "银行卡号：", "退到我的卡 ", "工行卡", "请打到", "", "账号:"),
    "plate": _sentences("车牌", "车牌号：", "我的车", "一辆", "", "车主开着", "（"),
    "mail address": _sentences("邮箱", "邮箱：", "发到 ", "写信给我：", "email:", ""),
    "QQ": _sentences("QQ：", "qq", "QQ号", "扣扣", "加我QQ ", "qq号码是"),
    "WeChat": _sentences("微信号：", "微信:", "V信：", "加我vx ", "wx：", "微信号是", "加v：", "WeChat: "),
    "home": _sentences(
        "我住在翠园小区", "和平花园", "家住金色家园", "本人住阳光新村", "地址：幸福苑", "快递寄到锦绣小区"
    ),
}
