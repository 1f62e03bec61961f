"""Whether a reply answers a question: the question's words are there, and so is something of the kind that was asked for.

Words alone do not do: "什么时候发" and "每户发 5000 元" share all of theirs. A question for a time is answered by a time, one
for an amount by a number, one for a reason by a reason. Where in doubt a question counts as open: a person who looks at
it loses a minute, an open question nobody sees is what a second explanation is for.
"""

import re
from collections.abc import Sequence

import numpy as np

from matters.sentences import Asks, asks, is_courtesy, sentences
from matters.terms import FloatArray, Postings, Terms

COVERED_FROM = 0.55
"""Share of the question's weight of words a reply's sentence must have; with what stands near it."""
_NEIGHBOUR = 0.5
"""Weight of a word that only the sentence before or after has, or the heading the sentence stands under."""
_LIKE = 0.6
"""Weight of a word that shares two characters in a row with one of the sentence: 停车场 and 停车费."""

_EVIDENCE: dict[Asks, re.Pattern[str]] = {
    "when": re.compile(
        r"\d{1,2}月|\d{4}年|\d{1,2}[日号](?!线)|\d+个?(?:工作日|自然日|天|周|星期|月|小时|年)(?:内|前|后|左右)|[年月季]底|[年月][初末中]|"
        r"年内|本[月周年]|下[月周]|[上下]半年|季度|明年|后年|已(?:全部|于|完成|发放|到位)|周[一二三四五六日]|每[周月天日]|\d{1,2}[:：]\d{2}|\d{1,2}[点时]"
    ),
    "how_much": re.compile(r"\d|免费|[一二三四五六七八九十百两]+[元倍成张个针次人万千]|全额|不收"),
    "why": re.compile(r"因|由于|鉴于|为了|原因|根据|依据|按照|规定|导致|受.{1,12}影响|(?<![联关])系(?![统数列])"),
    "where": re.compile(
        r"地址|位于|地点|路|号|街道|窗口|官网|网站|小程序|APP|app|公众号|大厅|中心|社区|查询|\d{5,}|所在"
    ),
    "who": re.compile(r"[局委办科队部所院]|公司|街道|乡镇|社区|中心|单位|负责人|由"),
    "papers": re.compile(r"身份证|户口|证[明书件照]|复印件|携带|提[供交]|材料"),
    "how": re.compile(r"可|需|请|携带|提供|登录|拨打|通过|凭|按|到.{1,12}办|流程|材料|应当|须|采取|已|将|元"),
    "whether": re.compile(r"可|能|不|未|无|没|已|将|是|属|需|须|应|符合|合法|违|均|同意|纳入|有|仍|免"),
}
_HEADING = re.compile(
    r"(?:关于|针对|反映|提出|咨询|所述).{2,60}(?:问题|情况|诉求|事宜|事项|建议)(?:[，,]?现?.{0,10}如下)?\W*$"
)
"""A reply's sentence that only says which question comes next."""
_CONDITION = re.compile(r"\d[\d年月日]*(?:以|之)?[前后](?:[^，。]{0,8}的|[出购取签])")
"""A date that says for whom, not when: 2022年1月1日后出生的."""
_DATE_ALONE = re.compile(r"^\D{0,3}\d{4}年\d{1,2}月\d{1,2}日\W*$")
"""The date under a reply."""


class Said:
    """The sentences of replies that say something, ready to be held against questions."""

    def __init__(self, texts: Sequence[str], terms: Terms) -> None:
        self.sentences: list[str] = []
        self.words: list[frozenset[str]] = []
        """The content words of each sentence."""
        nearby: list[frozenset[str]] = []
        for text in texts:
            own = [one for one in sentences(text) if not _DATE_ALONE.match(one)]
            of = [frozenset(terms.of(one)) for one in own]
            heading: frozenset[str] = frozenset()
            for number, sentence in enumerate(own):
                if _HEADING.search(sentence):
                    heading = of[number]
                    continue
                if is_courtesy(sentence):
                    continue
                self.sentences.append(sentence)
                self.words.append(of[number])
                nearby.append(heading.union(*of[max(number - 1, 0) : number + 2]))
        self._exact = Postings(self.words)
        self._pairs = Postings([[pair for word in words for pair in _pairs(word)] for words in self.words])
        self._nearby = Postings(nearby)

    def answer_to(self, question: str, words: Sequence[str], weights: dict[str, float]) -> str | None:
        """The sentence that best answers the question, or None.

        `words` are the question's, with what its post is about where it has few of its own; `weights` tell what each is
        worth (`matters.terms.rarity`).
        """
        kind = asks(question)
        if kind is None or not words or not self.sentences:
            return None
        worth = {word: weights.get(word, 1.0) for word in words}
        share = np.sum([weight * self._has(word) for word, weight in worth.items()], axis=0) / sum(worth.values())
        enough = np.flatnonzero(share >= COVERED_FROM)
        for number in enough[np.argsort(-share[enough], kind="stable")]:
            sentence = self.sentences[int(number)]
            if _EVIDENCE[kind].search(_CONDITION.sub("", sentence)):
                return sentence
        return None

    def _has(self, word: str) -> FloatArray:
        """How much each sentence has the word: 1 for the word itself, less for one like it or near it."""
        has = np.zeros(len(self.sentences))
        has[self._nearby.of(word)] = _NEIGHBOUR
        for pair in _pairs(word):
            has[self._pairs.of(pair)] = _LIKE
        has[self._exact.of(word)] = 1.0
        return has


def _pairs(word: str) -> list[str]:
    return [word[start : start + 2] for start in range(len(word) - 1)]
