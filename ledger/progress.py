"""How far a task has come: the states people give it, one after another; none is ever taken back or changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Protocol, TypeVar

from core.clock import show
from core.errors import YuqingError
from matters.decisions import Decision, Steps

TaskState = Literal["未开始", "推进中", "已完成", "已取消"]
"""`已取消`: the ledger no longer asks for it, as the note says."""

OPEN: tuple[TaskState, ...] = ("未开始", "推进中")
STEPS: Steps[TaskState] = Steps(
    {
        "未开始": ("推进中", "已完成", "已取消"),
        # Once more 推进中: with a note on how it goes.
        "推进中": ("推进中", "已完成", "已取消", "未开始"),
        # Once more 已完成: with further evidence.
        "已完成": ("已完成", "推进中", "未开始"),
        "已取消": ("推进中", "未开始", "已完成"),
    }
)
FIRST: TaskState = STEPS.states[0]


class Entry(Protocol):
    """One entry of a task's history."""

    state: str
    note: str
    who: str
    at: datetime
    evidence: list[str]


E = TypeVar("E", bound=Entry)


def history_at(history: Sequence[E], at: datetime) -> list[E]:
    """The entries made up to `at`."""
    return [entry for entry in history if entry.at <= at]


def state_at(history: Sequence[Entry], at: datetime) -> TaskState:
    """The state as it stood at `at`: that of the last entry; before the first one 未开始."""
    known = history_at(history, at)
    return STEPS.named(known[-1].state) if known else FIRST


def is_news(history: Sequence[Entry], decision: Decision[TaskState], evidence: Sequence[str]) -> bool:
    """Whether the decision says anything that the last entry does not. Raises `YuqingError` when it may not follow it.

    What is typed twice is kept once. A time before the last entry's is refused: the order of entries is that of time.
    """
    last = history[-1] if history else None
    same = last and (last.state, last.note, last.who) == (decision.state, decision.note, decision.who)
    if last and same and set(evidence) <= set(last.evidence):
        return False
    STEPS.take(last.state if last else FIRST, decision)
    if decision.state == "已取消" and not decision.note.strip():
        raise YuqingError("登记“已取消”要写明原因。", "请加 --note 原因。")
    if last and decision.at < last.at:
        raise YuqingError(
            f"{show(decision.at)} 早于上一次登记的时间 {show(last.at)}（{last.who}：{last.state}）。",
            "登记按时间先后排列；请用 --at 写明更晚的时间，或不写 --at。",
        )
    return True
