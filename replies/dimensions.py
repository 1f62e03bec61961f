"""The five sides of a reply: each a share from 0 to 1, and the reasons for it, good ones and bad ones (Chinese)."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matters.sentences import without_asking
from matters.terms import Terms
from replies.asked import Asked
from replies.evidence import documents, evidence, items
from replies.parts import Read
from replies.settings import Completeness, Evidence, Relevance, Tone
from replies.words import TakenUp, content

Name = Literal["relevance", "completeness", "explanation", "timeliness", "tone"]

TITLES: dict[Name, str] = {
    "relevance": "相关性",
    "completeness": "完整性",
    "explanation": "可解释性",
    "timeliness": "及时性",
    "tone": "态度",
}
_IN_TITLE = 2.0
"""Weight of a word of the title; one the body repeats weighs 1, others are story."""
_SHOWN_WORDS = 5
_SHOWN_TEXT = 40
_GREETING = re.compile(r"您好|你好|尊敬的|亲爱的|网友")
_THANKS = re.compile(r"感谢|谢谢|致歉|歉意|抱歉|谅解|不便")
_SIGNED = re.compile(
    r"\d{4}年\d{1,2}月\d{1,2}日|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|[一二三四五六七八九十〇○0]{4}年|"
    r"(?:局|委|办|办公室|政府|中心|大队|公司|街道)\W*$"
)


@dataclass(frozen=True)
class Dimension:
    """One side of a reply: its share of what can be reached, what speaks for it, what against it, what to mend."""

    name: Name
    share: float
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Its Chinese name."""
        return TITLES[self.name]


@dataclass(frozen=True)
class Timing:
    """How long the answer took, and how long it may take, in working days."""

    days: int
    limit: int


def relevance(title: str, body: str, read: Read, terms: Terms, rules: Relevance) -> Dimension:
    """Whether the reply speaks of the post's matter: the share of the words the post is about that it takes up."""
    weights = dict.fromkeys(content(without_asking(title), terms), _IN_TITLE)
    for word, count in Counter(content(body, terms)).items():
        if count > 1:
            weights.setdefault(word, 1.0)
    if not weights:
        weights = dict.fromkeys(content(body, terms), 1.0)
    taken = TakenUp("\n".join(read.of("says", "general", "elsewhere", "contact")), terms)
    share = min(1.0, taken.share(weights) / rules.full_at)
    if share == 1.0:
        return Dimension("relevance", share, good=("针对留言所说的事",))
    ranked = sorted(weights, key=lambda word: -weights[word])
    missing = [word for word in ranked if not taken.worth(word)][:_SHOWN_WORDS]
    said = [word for word in ranked if taken.worth(word)][:_SHOWN_WORDS]
    good = (f"谈到了{'、'.join(said)}",) if said else ()
    if not said:
        return Dimension("relevance", share, bad=("没有谈到留言说的事",), advice=("写明留言所说之事的具体情况",))
    return Dimension("relevance", share, good, (f"没有谈到{'、'.join(missing)}",) if missing else ())


def completeness(read: Read, asked: Sequence[Asked], rules: Completeness) -> Dimension:
    """Whether enough is said (logarithmic in the characters that answer) and every question answered."""
    said = round(read.weight)
    amount = min(1.0, math.log1p(read.weight / rules.half_steps) / math.log1p(rules.full_at / rules.half_steps))
    answered = sum(one.answered for one in asked) / len(asked) if asked else amount
    good = [f"实质内容约 {said} 字"] if amount >= 0.5 else []
    bad = [] if amount >= 0.5 else [f"实质内容只有约 {said} 字"]
    advice = []
    questions = [one for one in asked if one.want == "question"]
    for number, one in enumerate(questions, 1):
        if not one.answered:
            bad.append(f"第 {number} 个问题“{_short(one.text)}”没有回应")
            advice.append(f"回应“{_short(one.text)}”")
    if questions and all(one.answered for one in questions):
        good.append(f"{len(questions)} 个问题都有回应")
    for one in asked:
        if one.want == "request" and not one.answered:
            bad.append(f"诉求“{_short(one.text)}”没有回应")
            advice.append(f"说明如何对待“{_short(one.text)}”")
    return Dimension(
        "completeness",
        (1 - rules.questions) * amount + rules.questions * answered,
        tuple(good),
        tuple(bad),
        tuple(advice),
    )


def explanation(read: Read, rules: Evidence) -> Dimension:
    """What the reply offers to convince and help: rules, findings, reasons, figures, measures, steps, a contact."""
    says = read.of("says", "general")
    counts = evidence(says)
    # Sentences come without their numbers.
    counts["steps"] += items(read.text)
    counts["contact"] = evidence([*says, *read.of("elsewhere", "contact")])["contact"]
    enough = {"figures": rules.enough_figures, "measures": rules.enough_measures, "steps": rules.enough_steps}
    weights = {kind: float(getattr(rules, kind)) for kind in counts}
    got = sum(weight * min(1.0, counts[kind] / enough.get(kind, 1)) for kind, weight in weights.items())
    cited = documents(says)
    told = {
        "rule": f"引用了{'、'.join(cited[:3])}" if cited else "说明了依据",
        "findings": "说明了核查情况",
        "reason": "说明了原因",
        "figures": f"有具体的时间、数量 {counts['figures']} 处",
        "measures": "说明了措施",
        "steps": "说明了步骤或分条作答",
        "contact": "留有联系方式",
    }
    lacking = {
        "rule": ("没有说明依据", "写明依据的文件或规定"),
        "findings": ("没有核查情况", ""),
        "reason": ("没有说明原因", ""),
        "figures": ("没有具体的时间、数量", "写明时间、数量等具体情况"),
        "measures": ("没有说明措施", "写明已采取的措施和下一步安排"),
        "steps": ("", ""),
        "contact": ("没有联系方式", "留下可以进一步咨询的电话"),
    }
    return Dimension(
        "explanation",
        got / (sum(weights.values()) or 1.0),
        tuple(told[kind] for kind in counts if counts[kind]),
        tuple(lacking[kind][0] for kind in counts if not counts[kind] and lacking[kind][0]),
        tuple(lacking[kind][1] for kind in counts if not counts[kind] and lacking[kind][1]),
    )


def timeliness(timing: Timing) -> Dimension:
    """All within the limit; beyond it the limit's share of the days taken."""
    told = f"用时 {timing.days} 个工作日，时限 {timing.limit} 个工作日"
    if timing.days <= timing.limit:
        return Dimension("timeliness", 1.0, good=(told,))
    late = f"{told}，超期 {timing.days - timing.limit} 个工作日"
    return Dimension("timeliness", timing.limit / timing.days, bad=(late,), advice=("说明延迟的原因",))


def tone(text: str, rules: Tone) -> Dimension:
    """Courtesy of the form, less what scolds or brushes off."""
    forms = (
        (_GREETING, rules.greeting, "没有称谓、问候", "加上称谓和问候"),
        (_THANKS, rules.thanks, "没有感谢或致歉", "感谢来信，给人不便的致歉"),
        (_SIGNED, rules.signed, "没有落款", "落款写明单位和日期"),
    )
    found = [(bool(pattern.search(text)), points, lacks, advice) for pattern, points, lacks, advice in forms]
    rude = [match[0] for pattern in rules.rude for match in re.finditer(pattern, text)]
    most = sum(points for _, points, _, _ in found) or 1.0
    got = sum(points for has, points, _, _ in found if has) / most - len(rude) * rules.each_rudeness / 100
    return Dimension(
        "tone",
        min(1.0, max(0.0, got)),
        ("礼貌、规范",) if all(has for has, *_ in found) and not rude else (),
        (*(lacks for has, _, lacks, _ in found if not has), *(f"有“{words}”这样的说法" for words in rude)),
        (*(advice for has, _, _, advice in found if not has), *(f"改掉“{words}”" for words in rude)),
    )


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_TEXT else f"{text[: _SHOWN_TEXT - 1]}…"
