"""What makes a reply more than words: rules it cites, what was found out, reasons, dates and figures, steps, measures, a contact."""

import re
from collections.abc import Sequence
from typing import Literal

Evidence = Literal["rule", "findings", "reason", "figures", "measures", "steps", "contact"]

_RULE = re.compile(
    r"《[^》]{2,60}》|[〔\[（(]\d{4}[〕\]）)][^，。]{0,6}\d+号|第[一二三四五六七八九十百零\d]+条|\[政府发文\]|"
    r"(?:根据|依据|按照|依照)[^，。]{0,24}(?:法律|法规|规定|政策|条例|办法|文件|标准|要求|规划)"
)
_DOCUMENT = re.compile(r"《[^》]{2,60}》|[^，。；（(\s]{0,16}[〔\[（(]\d{4}[〕\]）)]\d+号")
_NO_DOCUMENT = re.compile(r"问政|留言|栏目|来信|投诉|反映|建议|请求|咨询|举报|希望")
_PATTERNS: dict[Evidence, re.Pattern[str]] = {
    "findings": re.compile(
        r"经(?!济|营|常|过|费|开|理|办|典|验|历)[^，。]{0,14}(?:查|核|了解|调查|调取|勘|测)|"
        r"据(?:查|了解|调查|悉|核实)|现场(?:查|核|勘|检|执法|了解)|(?:不|基本|情况|部分)?属实|失实|"
        r"(?:进行|开展)了?[^，。]{0,10}(?:调查|核查|核实|检查|走访|检测|勘查)|立案|走访|排查"
    ),
    "reason": re.compile(
        r"由于|鉴于|(?<!原)因(?!此|而|素|地|人)|原因|导致|为了|系(?![统数列])|考虑到|受[^，。]{1,12}影响|尚未|不符合|不具备"
    ),
    "measures": re.compile(
        r"已?责[令成]|要求[^，。]{2,20}|约谈|立案|处罚|罚款|整改|拆除|取缔|查处|督促|停[工业产]|整治|清[理运除]|扣押|批评教育|通报|处分|巡查|协调|"
        r"修[复缮补]|安[装排]|启动|[开动施]工|完[成工]|投入|新建|改造|召开|退[还款费]|补[发偿]|调整|开通"
    ),
    "steps": re.compile(r"流程|程序|材料|携带|凭[^，。]{1,12}(?:证|卡|单|照)|提交|填[写报]|窗口|登录|申请|办理"),
    "contact": re.compile(
        r"\d{3,4}[-－— —]{1,2}\d{4,8}|(?<!\d)1[3-9]\d{9}(?!\d)|(?<!\d)[2-8]\d{6,7}(?!\d)|\[电话\]|(?<!\d)12\d{3}(?!\d)|"
        r"电话|热线|公众号|官网|网址|https?:|www\."
    ),
}
_FIGURE = re.compile(
    r"\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?|\d{1,2}月(?:\d{1,2}日)?|[年月季]底|[上下]半年|"
    r"\d+(?:\.\d+)?(?:个|%|％|‰|余|多|万|亿|元|米|公里|平方|亩|户|人|家|台|套|名|次|栋|间|所|条|座|吨|度|年|分钟|小时|时|点|天|工作日|周?岁|支|针|份|件|路|号线|层)"
)
_ITEM = re.compile(
    r"(?:^|[。；;：:\s])(?:[（(]?[一二三四五六七八九\d]{1,2}[)）、.．](?!\d)|[一二三四五六]是|其[一二三四]|[①-⑨])"
)
_LIST = 2
"""Numbered items that make a list."""


def items(text: str) -> int:
    """Numbered items of a text, 0 where there is only one."""
    found = len(_ITEM.findall(text))
    return found if found >= _LIST else 0


def evidence(sentences: Sequence[str]) -> dict[Evidence, int]:
    """How many of the sentences hold each kind of evidence; of figures how many different ones there are."""
    counts: dict[Evidence, int] = {
        kind: sum(1 for sentence in sentences if pattern.search(sentence)) for kind, pattern in _PATTERNS.items()
    }
    counts["rule"] = sum(1 for one in sentences if (found := _RULE.search(one)) and not _NO_DOCUMENT.search(found[0]))
    counts["figures"] = len({figure for sentence in sentences for figure in _FIGURE.findall(sentence)})
    return counts


def documents(sentences: Sequence[str]) -> list[str]:
    """The documents cited by name or number, each once, in order."""
    found = dict.fromkeys(match.strip("，,。") for one in sentences for match in _DOCUMENT.findall(one))
    return [name for name in found if not _NO_DOCUMENT.search(name)]
