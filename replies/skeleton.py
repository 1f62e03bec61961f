"""A reply without what differs between two copies of one form: whom it addresses, names, dates, numbers, who handles it."""

import re

_STEPS = (
    re.compile(r"[“\"《][^”\"》]{0,60}[”\"》]"),
    re.compile(r"^[^，,。！!？?\n]{0,24}?(?:您好|你好|网友)[！!，,：:。\s]*"),
    re.compile(r"\d[\d年月日时分秒/.:：\-－— ]*"),
    re.compile(r"(?<=转)[^，。；]{1,30}?(?=调查|核查|核实|核处|处理|办理|研究|[，。；]|$)"),
    re.compile(r"(?<=交)[^，。；]{1,30}?(?=调查|核查|核实|核处|处理|办理|研究|[，。；]|$)"),
    re.compile(r"(?:关于|针对)[^，。]{1,50}?的?(?=问题|情况|诉求|建议)"),
    re.compile(r"[\W_]+"),
)


def skeleton(reply: str) -> str:
    """What is left of the reply; two replies with one skeleton are one form filled in twice."""
    for step in _STEPS:
        reply = step.sub("", reply)
    return reply
