"""A brief in words: its sections as plain sentences, which Markdown and Word both show, and the Markdown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from core.clock import BEIJING, show, to_beijing
from matters.brief import Asker, Brief
from matters.matter import Answer
from matters.questions import Question

MOST_QUESTIONS = 12
MOST_MISREADINGS = 8
MOST_DAYS = 40
_NUMERALS = "一二三四五六七八九十"
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")


@dataclass(frozen=True)
class Section:
    """A heading, and its items or, where there is none, what is said instead."""

    heading: str
    items: tuple[str, ...]
    otherwise: str
    has_picture: bool = False


def title_of(brief: Brief) -> str:
    """The brief's title."""
    return f"关于“{brief.name}”二次解读的建议" if brief.candidate else f"关于“{brief.name}”的情况"


def summary_of(brief: Brief) -> str:
    """The first paragraph: why, how much, whose."""
    course = brief.timeline
    copies = f"（另有重复 {brief.copies} 条）" if brief.copies else ""
    period = f"{_day(to_beijing(course.first_seen).date())}至{_day(to_beijing(course.last_seen).date())}"
    parts = [
        brief.candidate.reason if brief.candidate else "",
        f"{period}共收到留言 {brief.posts} 条{copies}，热度：{brief.heat.explain()}。",
        f"牵头科室建议为{brief.department}。" if brief.department else "尚未分派科室，请研判牵头科室。",
    ]
    return "".join(parts)


def sections(brief: Brief) -> tuple[Section, ...]:
    """The brief in order."""
    says = tuple(f"{_quoted(one.text)}（{_name(one.who)}，{_day(one.day)}）" for one in brief.people_say)
    replies = tuple(f"{one.text}（{_source(one.answer)}）" for one in brief.replies_say)
    no_reply = "已有答复没有实质内容。" if brief.timeline.answers else "尚无答复。"
    wrong = tuple(
        f"留言称{_quoted(one.says)}，而答复为{_quoted(one.answer)}（{one.differs}）"
        for one in brief.misreadings[:MOST_MISREADINGS]
    )
    found = [
        Section("群众反映", says, "没有可以摘录的句子。"),
        Section("已有答复说了什么", replies, no_reply),
        Section("答复没有回答的问题", tuple(_questions(brief.open_questions)), "没有发现答复未回答的问题。"),
        Section("答复已经回答、仍有人问的问题", tuple(_questions(_asked_again(brief))), "没有。"),
        Section("与答复不一致的说法（请核对）", wrong, "没有发现。"),
        Section("时间线", tuple(_course(brief)), "", has_picture=True),
        Section("何人何时提出", tuple(_askers(brief.askers)), ""),
    ]
    return tuple(found)


def to_markdown(brief: Brief) -> str:
    """The brief as Markdown. Words of posts and replies are escaped: what looks like mark-up in them is shown as written."""
    lines = [f"# {_escaped(title_of(brief))}", "", _escaped(summary_of(brief)), ""]
    for number, section in enumerate(sections(brief)):
        lines += [f"## {numeral(number)}、{section.heading}", ""]
        lines += [f"{place}. {_escaped(item)}" for place, item in enumerate(section.items, 1)] or [section.otherwise]
        lines.append("")
    lines.append(f"（截至 {show(brief.at)}，系统自动生成，供研判参考。）")
    return "\n".join(lines) + "\n"


def numeral(number: int) -> str:
    """Chinese numeral of the section with that index."""
    return _NUMERALS[number]


def _questions(asked: Sequence[Question]) -> Iterator[str]:
    for one in asked[:MOST_QUESTIONS]:
        after = f"，其中答复后 {one.people_after} 人" if one.people_after else ""
        answer = f"；答复：{_quoted(one.answered_by)}" if one.answered_by else ""
        yield f"{one.example}（{one.people} 人问到{after}）{answer}"


def _asked_again(brief: Brief) -> list[Question]:
    """Answered questions that people ask all the same: the answer does not reach them."""
    answered = brief.timeline.first_answer_at
    return [one for one in brief.answered_questions if answered and one.people_after]


def _course(brief: Brief) -> list[str]:
    """What happened, in the order of time."""
    course = brief.timeline
    events = [(course.first_seen, f"首次出现：{show(course.first_seen)}")]
    events += [
        (_noon(peak.day), f"高峰：{_day(peak.day)}，{peak.posts} 条（{peak.people} 人）") for peak in course.peaks
    ]
    for answer in _first_and_explanations(course.answers):
        if answer.at:
            first = "首次" if answer.at == course.first_answer_at else ""
            events.append((answer.at, f"{first}{answer.kind}：{_source(answer)}"))
    told = [event for _, event in sorted(events, key=lambda one: one[0])]
    if course.first_answer_at:
        told.append(f"首次答复或解读后又有留言 {course.posts_after} 条（{course.people_after} 人）")
    return [*told, f"最近一条：{show(course.last_seen)}"]


def _first_and_explanations(answers: Sequence[Answer]) -> list[Answer]:
    dated = [answer for answer in answers if answer.at]
    replies = [answer for answer in dated if answer.kind == "答复"]
    return [answer for answer in dated if answer.kind == "解读" or answer is replies[0]]


def _askers(askers: Sequence[Asker]) -> Iterator[str]:
    """A line for each day, the latest days of a long matter only."""
    days: dict[date, list[str]] = {}
    for one in askers:
        for day in one.days:
            days.setdefault(day, []).append(_name(one.who))
    if len(days) > MOST_DAYS:
        yield f"此前 {len(days) - MOST_DAYS} 天略"
    for day in sorted(days)[-MOST_DAYS:]:
        yield f"{_day(day)}：{'、'.join(days[day])}"


def _source(answer: Answer) -> str:
    when = _day(to_beijing(answer.at).date()) if answer.at else "未注明日期"
    return "，".join(part for part in (when, answer.title) if part)


def _quoted(text: str) -> str:
    """The text in quotation marks, its own ones turned into inner ones."""
    return f"“{text.replace('“', '‘').replace('”', '’')}”"


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), BEIJING)


def _name(who: str) -> str:
    return who or "未署名"


def _day(day: date) -> str:
    return day.isoformat()


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.replace("\n", " "))
