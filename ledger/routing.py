"""Why a post goes to a section: its topic, whose topic that is, and which task of the ledger stands behind it.

`config/departments.yml` decides; the ledger explains. Where the two do not agree the sentence says so, and so does
`disagreements` for all topics at once.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ledger.responsible import is_group, sections_of
from ledger.settings import EVERYTHING, Topics
from ledger.task import Task

UNKNOWN = "其他"


@dataclass(frozen=True)
class Routing:
    """What is known of how a post came to its section.

    `owner` is the section that has the topic now, None where nobody has; `corrected` what a person set (`topic`,
    `department`), `by` who.
    """

    topic: str | None
    department: str
    owner: str | None
    fallback: str
    corrected: Collection[str] = ()
    by: str | None = None


@dataclass(frozen=True)
class Explanation:
    """One sentence, and the task it names."""

    sentence: str
    task: int | None = None


def explain(routing: Routing, task: Task | None, sections: Sequence[str]) -> Explanation:
    """Why the post is at that section, with the task that stands behind its topic (see `task_behind`)."""
    number = task.number if task else None
    if "department" in routing.corrected:
        about = f"（主题“{routing.topic}”）" if routing.topic else ""
        return Explanation(
            f"由{routing.by or '工作人员'}更正为{routing.department}{about}{_behind(task, routing, sections)}", number
        )
    if "topic" in routing.corrected:
        because = f"由{routing.by or '工作人员'}更正为主题“{routing.topic}”"
    elif routing.topic in (None, UNKNOWN):
        return Explanation(f"没有判出主题→{routing.department}（不属于任何科室的归{routing.fallback}）")
    else:
        because = f"因主题“{routing.topic}”"
    if routing.owner is None:
        why = f"（这个主题没有分给科室，归{routing.fallback}{_leads(task)}）"
        return Explanation(f"{because}→{routing.department}{why}", number)
    changed = ""
    if routing.owner != routing.department:
        changed = f"；现在的 departments.yml 把这个主题分给{routing.owner}，运行 yuqing replay 后改归"
    return Explanation(f"{because}→{routing.department}{_behind(task, routing, sections)}{changed}", number)


def _behind(task: Task | None, routing: Routing, sections: Sequence[str]) -> str:
    if task is None:
        return "（台账没有对应的任务）"
    if routing.department in sections_of(task.who.lead, sections):
        return f"（台账第{task.number}项）"
    if takes_part(task, routing.department, sections):
        return f"（台账第{task.number}项，{'、'.join(task.who.lead)}牵头、{routing.department}配合）"
    return f"（台账第{task.number}项由{'、'.join(task.who.lead)}负责，与 departments.yml 不一致）"


def _leads(task: Task | None) -> str:
    return f"；台账第{task.number}项由{'、'.join(task.who.lead)}负责" if task else ""


def takes_part(task: Task, section: str, sections: Sequence[str]) -> bool:
    """Whether the section leads the task or supports it."""
    lead = sections_of(task.who.lead, sections)
    return section in lead or section in sections_of(task.who.supporting, sections, lead)


def task_behind(
    topic: str | None, section: str, tasks: Sequence[Task], topics: Mapping[int, Topics], sections: Sequence[str]
) -> Task | None:
    """The first task of the topic that the section leads, else supports, else the first; None where it has no task.

    Tasks of every topic explain none.
    """
    own = [task for task in tasks if topics.get(task.number, EVERYTHING) != EVERYTHING and topic in topics[task.number]]
    lead = (task for task in own if section in sections_of(task.who.lead, sections))
    supporting = (task for task in own if takes_part(task, section, sections))
    return next(lead, None) or next(supporting, None) or next(iter(own), None)


def disagreements(
    tasks: Sequence[Task],
    topics: Mapping[int, Topics],
    owners: Mapping[str, str],
    sections: Sequence[str],
    known: Collection[str],
) -> list[str]:
    """What a ledger and the configuration say differently, a sentence each.

    `owners` are the sections by topic, `known` the topics there are.
    """
    told = list(_unknown_sections(tasks, sections))
    missing = sorted(topics.keys() - {task.number for task in tasks})
    if missing:
        told.append(f"config/ledger.yml 写了台账里没有的第 {'、'.join(map(str, missing))} 项。")
    for topic in dict.fromkeys(topic for own in topics.values() if own != EVERYTHING for topic in own):
        if topic not in known:
            told.append(f"config/ledger.yml 里的主题“{topic}”不在 topics.yml 里，数不到留言。")
        elif sentence := _other_owner(topic, owners.get(topic), tasks, topics, sections):
            told.append(sentence)
    return told


def _unknown_sections(tasks: Sequence[Task], sections: Sequence[str]) -> Iterator[str]:
    numbers: dict[str, list[str]] = {}
    for task in tasks:
        for name in (*task.who.lead, *task.who.supporting):
            if not is_group(name) and name not in sections:
                numbers.setdefault(name, []).append(str(task.number))
    for name, own in numbers.items():
        yield (
            f"台账第 {'、'.join(own)} 项的“{name}”不在 departments.yml 的科室里，提醒会发给默认科室；"
            "是别的写法的，请写进 config/ledger.yml 的 aliases。"
        )


def _other_owner(
    topic: str, owner: str | None, tasks: Sequence[Task], topics: Mapping[int, Topics], sections: Sequence[str]
) -> str | None:
    task = task_behind(topic, owner or "", tasks, topics, sections)
    if task is None or (owner and takes_part(task, owner, sections)):
        return None
    ledger = f"台账第 {task.number} 项由{'、'.join(task.who.lead)}负责"
    if owner is None:
        return f"主题“{topic}”在 departments.yml 里没有分给科室，{ledger}。"
    return f"主题“{topic}”按 departments.yml 归{owner}，{ledger}，没有{owner}；以 departments.yml 为准。"
