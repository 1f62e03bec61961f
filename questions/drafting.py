"""The draft of an answer out of a reply: without greeting, thanks and forms, without the name of who asked.

A reply speaks to one person; an answer in the base speaks to all. What only addressed that person goes, what says
something stays word for word. Names of persons that are left are told to the reviewer.
"""

import re

from replies.parts import read_reply

_SENTENCE = re.compile(r"[^。！？!?\n]+[。！？!?”]*")
_LEFT_OUT = frozenset(("courtesy", "passed_on"))
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方"
    "白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤易殷尤"
)
_HONORIFIC = "先生|女士|小姐|大姐|大哥|阿姨|大爷|大妈"
_CALLED = re.compile(rf"(?<![对关由至属位])[{_SURNAMES}](?:[\u4e00-\u9fff]{{0,2}}?|[某×xX]{{1,2}})(?:{_HONORIFIC})")
_NET_NAME = re.compile(r"(?:网友)?[“\"]?UU\d{4,}[”\"]?|网友[“\"][^”\"]{1,20}[”\"]")
_GREETING = re.compile(
    r"^(?:(?:尊敬|敬爱)的[^，,：:。！!]{0,18}[，,：:！!]\s*)?(?:[^，,。！!]{0,20}?(?:您好|你好|您们好)[！!，,：:。\s]*)?"
)
_ANNOUNCES = re.compile(r"^[^。]{0,60}?(?:回复|答复|反馈|回应|函复|说明)如下[：:，,]?\s*")
"""A reply's beginning that runs on into what it says."""
_NAMED = re.compile(
    rf"[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}(?=同志|老师|师傅|同学|[（(](?:男|女))|"
    rf"[{_SURNAMES}](?:[\u4e00-\u9fff]{{0,2}})(?=(?:副?(?:局长|处长|科长|主任|书记|镇长|县长|区长|市长|所长|队长|站长|校长|院长|经理|支书)))|"
    rf"(?<=联系人[:：])\s*[\u4e00-\u9fff]{{2,4}}|(?<=姓名[:：])\s*[\u4e00-\u9fff]{{2,4}}|[{_SURNAMES}](?:某某?|×{{1,2}})"
)
NAME_LABEL = "[姓名]"
"""Stands where the name of who asked stood; a person words the sentence anew before it is published."""


def draft_of(reply: str) -> str:
    """The sentences of a reply that say something, in their order and words; empty when it says nothing."""
    kept = []
    for line in reply.splitlines():
        pieces = (_ANNOUNCES.sub("", _GREETING.sub("", sentence.strip())) for sentence in _SENTENCE.findall(line))
        sentences = [sentence for sentence in pieces if _is_kept(sentence)]
        if sentences:
            kept.append("".join(sentences).strip())
    return without_callers("\n".join(kept))


def without_callers(text: str) -> str:
    """The text with the names of those who asked (张女士, 网友“…”) replaced by `NAME_LABEL`."""
    return _CALLED.sub(NAME_LABEL, _NET_NAME.sub(NAME_LABEL, text))


def names_in(text: str) -> list[str]:
    """Names of persons that seem to stand in the text, each once: for a person to look at, not certain."""
    found = [match.group().strip() for match in _NAMED.finditer(text)]
    if NAME_LABEL in text:
        found.insert(0, NAME_LABEL)
    return list(dict.fromkeys(found))


def _is_kept(sentence: str) -> bool:
    parts = [part for _, part in read_reply(sentence).sentences]
    return bool(parts) and not _LEFT_OUT.issuperset(parts)
