"""The grade of a reply, 0 to 100: the weighted mean of its five sides, cut where it is no answer at all."""

from dataclasses import dataclass
from typing import Literal

from matters.terms import Terms
from replies.asked import asked
from replies.dimensions import Dimension, Timing, completeness, explanation, relevance, timeliness, tone
from replies.parts import WORTH, Read, read_reply
from replies.settings import NoAnswer, ReplyQualityFile

Verdict = Literal["empty", "received", "passed_on", "elsewhere", "thin", "general", "template", "answer"]
Level = Literal["较好", "一般", "较差"]

_VERDICTS: dict[Verdict, tuple[str, str]] = {
    "empty": ("没有内容", "写出答复"),
    "received": ("只说收到，没有答复", "写出答复，不要只说收悉"),
    "passed_on": ("只说转办或以后再答，没有答复", "等承办单位答复后发布；确需先回的，写明由谁、何时答复"),
    "elsewhere": ("只叫人另找别处，没有答复", "先答能答的；确不归本单位的，代为转办并告知结果"),
    "thin": ("几乎没有实质内容", "写明情况、依据和处理结果"),
    "general": ("只有表态，没有具体情况", "写明已做的事、结果和时间"),
    "template": ("套话，没有谈到留言说的事", "针对这条留言写明具体情况"),
    "answer": ("", ""),
}


@dataclass(frozen=True)
class Quality:
    """What a reply is worth: `total` 0 to 100 (one decimal), and why.

    `template_only`: it copies a form and answers nothing. `alike`: so many replies to other posts have its form.
    """

    total: float
    level: Level
    verdict: Verdict
    alike: int
    template_only: bool
    dimensions: tuple[Dimension, ...]
    problems: tuple[str, ...]
    """What is wrong with the reply as a whole; the dimensions name the rest."""
    advice: tuple[str, ...]
    """What to mend before publishing, the gravest first."""


@dataclass(frozen=True)
class Pair:
    """A post's text and the reply to it."""

    title: str
    body: str
    reply: str


def grade(pair: Pair, timing: Timing | None, alike: int, terms: Terms, rules: ReplyQualityFile) -> Quality:
    """Grade a reply. Without `timing` the other dimensions make up the grade. `alike`: see `Quality`."""
    read = read_reply(pair.reply)
    answering = [
        sentence for sentence, part in read.sentences if part in ("says", "general", "elsewhere", "contact", "heading")
    ]
    relevant = relevance(pair.title, pair.body, read, terms, rules.relevance)
    dimensions = [
        relevant,
        completeness(read, asked(pair.title, pair.body, answering, terms), rules.completeness),
        explanation(read, rules.evidence),
        *([timeliness(timing)] if timing else []),
        tone(pair.reply, rules.tone),
    ]
    weights = [getattr(rules.weights, one.name) for one in dimensions]
    mean = sum(weight * one.share for weight, one in zip(weights, dimensions, strict=True)) / (sum(weights) or 1.0)
    verdict = _verdict(read, relevant.share, alike, rules.no_answer)
    kept = 1.0 if verdict == "answer" else float(getattr(rules.no_answer, verdict))
    total = round(100 * mean * kept, 1)
    template_only = alike >= rules.no_answer.template_from and verdict != "answer"
    problem, remedy = _VERDICTS[verdict]
    problems = [problem] if problem else []
    if template_only:
        problems.append(f"与 {alike} 条答复只差称谓、日期或承办单位")
    advice = [remedy] if remedy else []
    advice += [text for one in sorted(dimensions, key=lambda one: one.share) for text in one.advice]
    return Quality(
        total,
        _level(total, rules),
        verdict,
        alike,
        template_only,
        tuple(dimensions),
        tuple(problems),
        tuple(dict.fromkeys(advice)),
    )


def _verdict(read: Read, relevant: float, alike: int, rules: NoAnswer) -> Verdict:
    if not read.text.strip():
        return "empty"
    core = sum(WORTH[part] * len(text) for text, part in read.sentences if part in ("says", "general"))
    if core >= rules.thin_below:
        if alike >= rules.template_from and relevant < rules.template_relevance:
            return "template"
        return "answer" if read.of("says") else "general"
    if read.of("elsewhere", "contact"):
        return "elsewhere"
    if read.of("passed_on", "promised"):
        return "passed_on"
    return "thin" if core else "received"


def _level(total: float, rules: ReplyQualityFile) -> Level:
    if total >= rules.good_from:
        return "较好"
    return "一般" if total >= rules.fair_from else "较差"
