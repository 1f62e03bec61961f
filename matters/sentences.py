"""Sentences of posts and replies: where they end, which only greet or thank, which ask something and what kind of thing."""

import re
from collections.abc import Iterator
from typing import Literal

Asks = Literal["when", "how_much", "why", "where", "who", "papers", "how", "whether"]

LONGEST = 70
"""Characters; a longer sentence is cut at its commas. People write whole letters with commas only."""

_END = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]*")
_CLAUSE = re.compile(r"[^，,：:；;]+")
_PIECE = re.compile(r"[^，,：:]+[，,：:]?")
_FOLLOWS = re.compile(r"如下[：:]")
_GREETING = re.compile(
    r"^(?:(?:尊敬|敬爱)的[^，,：:。！!？?\n]{0,18}[，,：:！!]\s*)?(?:[^，,。！!？?\n]{0,20}?(?:您好|你好|您们好|领导好)[！!，,：:。\s]*)?"
)
_ADDRESS = re.compile(r"https?://[\w./?=&%#~+-]*", re.ASCII)
"""Of a web page; nobody reads one in a sentence, and its colon and points are no ends."""
_EMPTY = re.compile(r"[（(]\s*[）)]")
_NUMBERING = re.compile(
    r"^(?:(?:诉求|问题|疑问|[我请想]?问|咨询)[：:]\s*)?(?:第?[一二三四五六七八九十]{1,2}[、，:：是]\s*|其[一二三四五六][是，,：:]?\s*|[（(]?\d{1,2}[)）、]\s*|\d{1,2}[.．,，](?!\d)\s*|[①-⑳]\s*)?"
)
_COURTESY = re.compile(
    r"谢谢|感谢|此致|敬礼|敬上|盼复|百忙|祝您|收悉|回复如下|答复如下|反馈如下|反映如下|敬请谅解|敬请理解|欢迎(?:您|继续|致电|来电|监督)|"
    r"(?:对我们|对我[局区市县委]).{0,8}(?:关心|支持|理解|信任|监督)|(?:望|请|盼|求).{0,12}(?:回复|答复|解答|重视|关注|做主|为盼)|尊敬的|敬爱的|"
    r"^网友|《问政|栏目|高度重视|如您?(?:仍|还)?有(?:其[他它])?(?:问题|疑问|疑义|不明)"
)
_ANNOUNCES = re.compile(r"(?:回复|答复|回应|反馈|函复|说明)如下\W*$")
"""Says only that an answer follows, at whatever length."""
_COURTESY_LENGTH = 36
"""A sentence with a greeting that is longer than this says something besides."""

_PATTERNS: tuple[tuple[Asks, re.Pattern[str]], ...] = (
    (
        "when",
        re.compile(
            r"何时|什么时[候间]|啥时|几时|多久|多长时间|几点(?!诉求|建议|疑问|意见|问题|要求|看法)|哪[天年月]|何日|几月|几号|多少[天年]"
        ),
    ),
    ("how_much", re.compile(r"多少[个元块岁张人针次]?钱?|几[个元块岁针次张千万]|多[大高贵]")),
    (
        "why",
        re.compile(
            r"为什么|为何|为啥|凭什么|什么原因|何原因|原因是什么|依据是|什么依据|怎么(?!样|办|走|申|用|交|收|算|才|能|处)\S{0,2}(?:不|没|还|又|会)"
        ),
    ),
    ("where", re.compile(r"哪里|哪儿|何处|在哪|去哪|到哪|什么地方|什么位置")),
    ("who", re.compile(r"谁|哪个(?:部门|单位|科室|机构)|哪些(?:部门|单位)|什么部门|何部门|哪家|找哪")),
    ("papers", re.compile(r"(?:什么|哪些|哪几样|何种)(?:材料|证件|资料|手续|证明)")),
    ("how", re.compile(r"怎么|怎样|如何|咋|哪[个一些几种]|什么(?:流程|条件|标准|程序|规定|办法|措施|要求)|流程是|啥")),
    (
        "whether",
        re.compile(
            r"是否|能否|可否|有无|能不能|可不可以|可以不可以|有没有|是不是|会不会|要不要|该不该|算不算|行不行|对不对|(?:吗|嘛|(?<!什)么)[？?。！!]*$|吧[？?]"
        ),
    ),
)
_COUNT = re.compile(r"几|多少")
"""Asks only where something else says so: 路灯几个月没亮了."""
_WEAK = re.compile(r"谁|多[大高贵]|有没有|哪|怎么|怎样|啥|有无|如何|什么(?![时原地位人])")
"""Asks where something else says so, or in few words (titles); stands in statements as often."""
_ASKING = re.compile(
    r"[？?]|请问|想问|问问|咨询(?!电话|热线|窗口|台)|想知道|想了解|请教|告知|告诉|不知|解释|求解|疑[问惑]"
)
_FEW = 22
_QUESTION_MARK = re.compile(r"[？?](?![！!])(?<![！!].)")
"""With an exclamation mark beside it, it does not ask: 37%的绿化率？！"""
_OPENING = {"（": 0, "(": 0, "《": 1, "“": 2, "‘": 3, "【": 4}
_CLOSING = {"）": 0, ")": 0, "》": 1, "”": 2, "’": 3, "】": 4}
_NOT_ASKED = re.compile(
    r"难道|岂|何在|天理|良心|还有没有(?:王法|人)|让不让人|何时[休了]|何时是个?头|怎么能|怎么可能|怎能|怎么可以|怎么对得起|何以|谁(?:来|能|给|在|敢)?.{0,4}(?:负责|做主|撑腰|保护伞)|"
    r"(?:让|叫).{0,6}(?:怎么|如何|怎样)|(?:为何|为什么|怎么).{0,8}敢|过活|和谐社会|情何以堪|[怎如]么得了|可想而知|无论|不管|不论|没多久|不知如何|不知道怎么办|任何|如何是好|不(?:是|属于|算|就是|正是).{1,30}[吗么]|死活|管不管|多么|谁都|哪怕|还是不是|对得起|笑话|荒[谬唐]|"
    r"算什么|什么(?:世道|社会|态度)|不是东西|试问|扪心自问|何来|美其名曰|治治|非要等|[还才]敢|该?怎么生活|几点(?:诉求|建议|疑问|意见|问题|要求|看法)"
)
"""Complaints in the form of a question, and words of questions in what is none."""


def sentences(text: str, goes_on: str = "") -> list[str]:
    """The sentences of a text without greetings, numbering and web addresses.

    Those longer than `LONGEST` are cut at commas and colons; `goes_on` is put behind each piece but the last one.
    """
    plain = _FOLLOWS.sub("如下。", _EMPTY.sub("", _ADDRESS.sub("", text)))
    bare = (_GREETING.sub("", raw.strip(), count=1) for raw in _END.findall(plain))
    found = (_in_pairs(_NUMBERING.sub("", piece.strip()).strip()) for one in bare for piece in _cut(one, goes_on))
    return [one for one in found if len(one) > 1]


def is_courtesy(sentence: str) -> bool:
    """Whether the sentence only greets, thanks, or says that an answer follows or is wanted."""
    if _ANNOUNCES.search(sentence):
        return True
    return len(sentence) <= _COURTESY_LENGTH and bool(_COURTESY.search(sentence))


def asks(sentence: str) -> Asks | None:
    """What a sentence asks for; None for a statement or a complaint in the form of a question.

    A bare question mark asks `whether`. Of several kinds the one that narrows the answer most counts.
    """
    if _NOT_ASKED.search(sentence):
        return None
    plainly = bool(_ASKING.search(sentence))
    few = len(sentence) <= _FEW
    for kind, pattern in _PATTERNS:
        found = pattern.search(sentence)
        if not found:
            continue
        if plainly or not (_COUNT.search(found.group()) or (_WEAK.search(found.group()) and not few)):
            return kind
    return "whether" if _QUESTION_MARK.search(sentence) else None


def asking_part(sentence: str, least: int = 6) -> str:
    """The clause that asks, of a sentence that tells a story first; with those before it while it is very short."""
    clauses = [clause for clause in _CLAUSE.findall(sentence) if clause.strip()]
    asking = [
        number for number, clause in enumerate(clauses) if any(pattern.search(clause) for _, pattern in _PATTERNS)
    ]
    if not asking:
        return sentence
    first, last = asking[0], asking[-1]
    while first and len(without_asking("".join(clauses[first : last + 1])).strip()) < least:
        first -= 1
    return "，".join(clauses[first : last + 1])


def without_asking(sentence: str) -> str:
    """The sentence without the words that only ask: 办证需要 of 办证需要什么材料."""
    for _, pattern in _PATTERNS:
        sentence = pattern.sub(" ", sentence)
    return sentence


def _cut(sentence: str, goes_on: str) -> Iterator[str]:
    if len(sentence) <= LONGEST:
        yield sentence
        return
    piece = ""
    for part in _PIECE.findall(sentence):
        if piece and len(piece) + len(part) > LONGEST:
            yield piece.rstrip("，,：:") + goes_on
            piece = ""
        piece += part
    yield piece


def _in_pairs(sentence: str) -> str:
    """The sentence without brackets and quotation marks whose other half is not in it."""
    alone: set[int] = set()
    open_: list[int] = []
    for place, mark in enumerate(sentence):
        if mark in _OPENING:
            open_.append(place)
        elif mark in _CLOSING:
            if open_ and _OPENING[sentence[open_[-1]]] == _CLOSING[mark]:
                open_.pop()
            else:
                alone.add(place)
    alone.update(open_)
    return "".join(mark for place, mark in enumerate(sentence) if place not in alone) if alone else sentence
