"""What each sentence of a reply is for: greeting, passing on, promising, sending elsewhere, how to reach somebody, or saying something.

Only what says something answers anybody; a reply of nothing but the other kinds is one only in form.
"""

import re
from dataclasses import dataclass
from typing import Literal

from matters.sentences import is_courtesy, sentences

Part = Literal["courtesy", "heading", "passed_on", "promised", "elsewhere", "contact", "general", "says"]

_QUOTED = re.compile(r"[“\"「《][^”\"」》]{0,80}[”\"」》]")
_RETOLD = re.compile(r"“[^”]{0,300}[。？！；?!;][^”]{0,300}”")
"""Whole sentences in quotes: the post told again."""
_OPENING = re.compile(
    r"(?:收悉|收到|获悉|已阅|知悉)[^。]{0,14}$|如下[：:。 ]*$|^(?:首先|再次)?(?:非常)?感谢|^现[将就]|"
    r"(?:特此|专此)(?:回复|答复|复函)|转由我(?:单位|局|办|镇)办理|领导(?:非常)?重视|高度重视此事|^祝您|"
    r"^以上(?:是|为)我.{0,30}(?:回复|意见)|敬请(?:谅解|理解|支持)|请予以?理解"
)
_FOLLOWS = re.compile(r"如下[：:。 ]*$")
_OPENING_LENGTH = 60
_HEADING = re.compile(
    r"^[^，。]{0,6}(?:关于|针对)[^，。]{2,60}(?:问题|情况|诉求|事宜|事项|建议|投诉|请求)[，,：:。？?]*$"
)
_SIGNATURE = re.compile(
    r"^.{0,30}(?:\d{4}年\d{1,2}月(?:\d{1,2}日?)?|[二〇○0一三四五六七八九十]{4}年.{2,6}日|"
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2})\W*$"
)
_NO_SIGNATURE = re.compile(r"[了已于将前后起至]|预计|计划|完成|办理")
_PASSED_ON = re.compile(
    r"(?:已|现|并|我办|我们|拟|就|将|、|，|,|问题|建议|情况|^)[^，。]{0,14}?"
    r"(?:转交|转至|转办|转给|转到|转送|转请|转由|转达|移交|交办|批转|呈送|交由|"
    r"转(?!移|让|换|型|运|弯|为|学|变|业|账|入|出|诊)|交(?!警|通|纳|费|流|易|付|房|叉|接|款|路|界|汇|口|管|战))(?:给|至|到|由)?"
    r"(?:[^，。；]{0,34}(?:处理|办理|核实|核处|调查|核查|查处|办复|答复|研究|处置|跟进|落实|参考|参阅|部门|单位)|"
    r"(?:[^，。；]{1,14}(?:局|办|县|区|市|镇|街道|公司|政府|中心|支队|大队))?(?:[，,。！!；;]|$))|"
    r"已转[^，。；]{2,16}[，,。！!]*$"
)
_ABOUT_THE_POST = re.compile(r"您|你|反映|留言|来信|来件|来帖|帖文|网帖|问题|建议|诉求|意见|投诉|信访|此事|该事|举报")
_PROMISED = re.compile(
    r"(?:及时|尽快|第一时间|另行|再|予以|将|会|后续)[^，。]{0,14}(?:反馈|回复|答复|告知您)|"
    r"(?:结果|情况)[^，。]{0,10}(?:反馈|公布|告知)|敬请(?:您)?关注|请(?:您)?(?:耐心)?等[候待]|"
    r"正在(?:调查|核实|处理|办理|核查)(?:中|之中)?[。，,]?$"
)
_ELSEWHERE = re.compile(
    r"建议您?你?(?:直接)?(?:具体)?(?:电话)?(?:咨询|联系|拨打|向|至|到|去|走|通过)|"
    r"请(?:您|你)?(?:直接)?(?:具体)?(?:电话)?(?:咨询|查阅|拨打|致电|联系|到|去|前往|向|与)[^，。]{0,30}"
    r"(?:咨询|询问|反映|投诉|联系|了解|查询|部门|电话)|请(?:您|你)?(?:具体)?(?:电话)?咨询|要咨询|"
    r"(?:不属于?|不在|非我)[^，。]{0,12}(?:职责|职能|管辖|职权|受理)|(?:属|归)[^，。]{2,16}(?:管辖|辖区|职责)"
)
_CONTACT = re.compile(
    r"(?:如|若|对)[^。]{0,30}(?:疑问|问题|不满意|意见|建议|不清楚|不理解|咨询|方便)[^。]{0,30}"
    r"(?:拨打|联系|致电|咨询|来电|反映|来人|来信)|(?:还)?可以?(?:拨打|致电)|"
    r"(?:联系|咨询|服务|监督|举报|投诉)?(?:电话|热线|方式)[：:为]|欢迎(?:您)?(?:来电|致电|拨打|监督)"
)
_SHORT = 48
"""Characters; a longer sentence that passes on or promises says something besides."""
_FACT = re.compile(
    r"\d|《|经(?:查|核|调查|现场|了解|与)|据(?:查|了解|调查|悉)|属实|已(?!收|转|交|获|阅|将)|责令|责成|立案|处罚|罚款|约谈|"
    r"整改|拆除|取缔|因为?|由于|鉴于|不能|不予|可以|应当|须|需(?!求)|符合|属于|未|无|没有|不"
)
_STATE = re.compile(r"目前|现已|正在|增设|新增|开展了|组织了")
"""Tells how things stand; of a promise it takes nothing away."""
_GENERAL = re.compile(
    r"高度重视|进一步|加强|积极|努力|力争|争取|尽快|不断|切实|认真|加大|继续|全力|着力|共同|营造|妥善"
)
WORTH: dict[Part, float] = {
    "courtesy": 0.0,
    "heading": 0.0,
    "passed_on": 0.0,
    "promised": 0.0,
    "elsewhere": 0.3,
    "contact": 0.3,
    "general": 0.5,
    "says": 1.0,
}
"""How much a character of each kind counts as an answer."""


@dataclass(frozen=True)
class Read:
    """A reply by sentences: each with what it is for."""

    text: str
    sentences: tuple[tuple[str, Part], ...]

    def of(self, *parts: Part) -> list[str]:
        """The sentences of those kinds, in order."""
        return [sentence for sentence, part in self.sentences if part in parts]

    @property
    def weight(self) -> float:
        """Characters that answer, each counted by `WORTH`; what is in quotes was said before and does not count."""
        return sum(WORTH[part] * len(_QUOTED.sub("", sentence)) for sentence, part in self.sentences)


def read_reply(text: str) -> Read:
    """The reply's sentences with their kinds."""
    return Read(text, tuple((sentence, _part(sentence)) for sentence in sentences(_RETOLD.sub("“…”", text))))


def _part(sentence: str) -> Part:
    bare = _QUOTED.sub("", sentence)
    if _SIGNATURE.match(sentence) and not _NO_SIGNATURE.search(bare):
        return "courtesy"
    if len(bare) <= _OPENING_LENGTH and _FOLLOWS.search(bare):
        return "courtesy"
    if len(bare) <= _SHORT:
        if _PASSED_ON.search(bare) and _ABOUT_THE_POST.search(bare):
            return "passed_on"
        if _CONTACT.search(bare):
            return "contact"
        if _ELSEWHERE.search(bare):
            return "elsewhere"
        if _PROMISED.search(bare) and not _FACT.search(bare):
            return "promised"
    elif _CONTACT.search(bare):
        return "contact"
    if is_courtesy(bare) or (len(bare) <= _OPENING_LENGTH and _OPENING.search(bare)):
        return "courtesy"
    if _HEADING.match(bare):
        return "heading"
    if _GENERAL.search(bare) and not _FACT.search(bare) and not _STATE.search(bare):
        return "general"
    return "says"
