"""A brief in words: its sections as plain sentences, which Markdown and Word both show, and the Markdown."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from core.clock import BEIJING
from core.numerals import numeral
from matters.brief import Asker, Brief
from matters.matter import Answer
from matters.questions import Question
from matters.wording import day_of, in_words, minute_of

MOST_QUESTIONS = 12
MOST_MISREADINGS = 8
MOST_DAYS = 12
MOST_ASKERS = 12
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
    copies = f"（其中重复 {brief.copies} 条）" if brief.copies else ""
    period = "至".join(dict.fromkeys((day_of(course.first_seen), day_of(course.last_seen))))
    heat = brief.heat.explain().replace(", ", "、")
    parts = [
        brief.candidate.reason if brief.candidate else "",
        f"{period}共收到留言 {brief.posts + brief.copies} 条{copies}，热度：{heat}。",
        f"牵头科室建议为{brief.department}。" if brief.department else "尚未分派科室，请研判牵头科室。",
    ]
    return "".join(parts)


def sections(brief: Brief) -> tuple[Section, ...]:
    """The brief in order."""
    says = tuple(f"{_quoted(one.text)}（{_name(one.who)}，{in_words(one.day)}）" for one in brief.people_say)
    replies = tuple(f"{one.text}（{_source(one.answer)}）" for one in brief.replies_say)
    is_answered = bool(brief.timeline.answers)
    no_reply = "已有答复没有实质内容。" if is_answered else "尚无答复。"
    asked = "答复没有回答的问题" if is_answered else "群众提出的问题"
    no_question = "没有发现答复未回答的问题。" if is_answered else "没有发现明确的问题。"
    found = [
        Section("群众反映", says, "没有可以摘录的句子。"),
        Section("已有答复说了什么", replies, no_reply),
        Section(asked, tuple(_questions(brief, brief.open_questions)), no_question),
    ]
    if is_answered:
        found += [
            Section("答复已经回答、仍有人问的问题", tuple(_questions(brief, _asked_again(brief))), "没有。"),
            Section("与答复不一致的说法（请核对）", tuple(_misreadings(brief)), "没有发现。"),
        ]
    found += [
        Section("时间线", tuple(_course(brief)), "", has_picture=True),
        Section("何人何时提出（同一代号为同一人）", tuple(_askers(brief.askers)), ""),
    ]
    if brief.handled:
        found.append(Section("处理情况", brief.handled, ""))
    return tuple(found)


def to_markdown(brief: Brief) -> str:
    """The brief as Markdown. Words of posts and replies are escaped: what looks like mark-up in them is shown as written."""
    lines = [f"# {_escaped(title_of(brief))}", "", _escaped(summary_of(brief)), ""]
    for number, section in enumerate(sections(brief), 1):
        lines += [f"## {numeral(number)}、{section.heading}", ""]
        lines += [f"{place}. {_escaped(item)}" for place, item in enumerate(section.items, 1)] or [section.otherwise]
        lines.append("")
    lines.append(f"{closing_of(brief)}")
    return "\n".join(lines) + "\n"


def closing_of(brief: Brief) -> str:
    """The last line: as of when, and by whom."""
    return f"（截至{minute_of(brief.at)}，系统自动生成，供研判参考。）"


def _questions(brief: Brief, asked: Sequence[Question]) -> Iterator[str]:
    for one in asked[:MOST_QUESTIONS]:
        about = f"留言“{one.title}”，" if one.title else ""
        answer = f"；答复：{_quoted(one.answered_by)}" if one.answered_by else ""
        yield f"{one.example}（{about}{_count(brief, one)}）{answer}"


def _count(brief: Brief, asked: Question) -> str:
    """How many people asked, and how many of them after the answer that counts for the brief."""
    answered = brief.candidate.answered_by if brief.candidate else "答复"
    if not brief.timeline.first_answer_at or not asked.people_after:
        return f"{asked.people} 人问到"
    if asked.people_after == asked.people:
        return f"{answered}后 {asked.people} 人问到"
    return f"{asked.people} 人问到，其中{answered}后 {asked.people_after} 人"


def _misreadings(brief: Brief) -> Iterator[str]:
    for one in brief.misreadings[:MOST_MISREADINGS]:
        yield f"留言称{_quoted(one.says)}，而答复为{_quoted(one.answer)}（{one.differs}）"


def _asked_again(brief: Brief) -> list[Question]:
    """Answered questions that people ask all the same: the answer does not reach them."""
    answered = brief.timeline.first_answer_at
    return [one for one in brief.answered_questions if answered and one.people_after]


def _course(brief: Brief) -> list[str]:
    """What happened, in the order of time."""
    course = brief.timeline
    events = [(course.first_seen, f"首次出现：{minute_of(course.first_seen)}")]
    events += [
        (_noon(peak.day), f"高峰：{in_words(peak.day)}，{peak.posts} 条（{peak.people} 人）") for peak in course.peaks
    ]
    for answer in _first_and_explanations(course.answers):
        if answer.at:
            first = "首次" if answer.at == course.first_answer_at else ""
            events.append((answer.at, f"{first}{answer.kind}：{_source(answer)}"))
    told = [event for _, event in sorted(events, key=lambda one: one[0])]
    if course.first_answer_at:
        told.append(f"首次答复或解读后又有留言 {course.posts_after} 条（{course.people_after} 人）")
    return [*told, f"最近一条：{minute_of(course.last_seen)}"]


def _first_and_explanations(answers: Sequence[Answer]) -> list[Answer]:
    dated = [answer for answer in answers if answer.at]
    replies = [answer for answer in dated if answer.kind == "答复"]
    return [answer for answer in dated if answer.kind == "解读" or answer is replies[0]]


def _askers(askers: Sequence[Asker]) -> Iterator[str]:
    """A line for each of those who wrote on several days, those of most days first, and one for all others together."""
    often = sorted((one for one in askers if len(one.days) > 1), key=lambda one: (-len(one.days), one.days))
    for one in often[:MOST_ASKERS]:
        yield f"{_name(one.who)}：{'、'.join(map(in_words, one.days))}"
    if len(often) > MOST_ASKERS:
        yield f"另有 {len(often) - MOST_ASKERS} 人在几天提出，略"
    once = sorted(one.days[0] for one in askers if len(one.days) == 1)
    if once:
        by_day = Counter(map(in_words, once))
        counts = by_day if len(by_day) <= MOST_DAYS else Counter(f"{day.year}年{day.month}月" for day in once)
        told = "、".join(f"{when} {count} 人" for when, count in counts.items())
        yield f"{'其余 ' if often else ''}{len(once)} 人{'各在一天' if len(once) > 1 else ''}提出：{told}"


def _source(answer: Answer) -> str:
    when = day_of(answer.at) if answer.at else "未注明日期"
    return "，".join(part for part in (when, answer.title) if part)


def _quoted(text: str) -> str:
    """The text in quotation marks, its own ones turned into inner ones."""
    return f"“{text.replace('“', '‘').replace('”', '’')}”"


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), BEIJING)


def _name(who: str) -> str:
    return f"网友{who}" if who else "未署名网友"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text.replace("\n", " "))
