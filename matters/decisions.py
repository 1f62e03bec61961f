"""What people decide about follow-ups and early warnings: one state after another, each with a note, by whom and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from core.errors import YuqingError

S = TypeVar("S", bound=str)


@dataclass(frozen=True)
class Decision(Generic[S]):
    """What a person decided; `at` is when."""

    state: S
    note: str
    who: str
    at: datetime


class Steps(Generic[S]):
    """The states there are, the first one first, and those that may follow each."""

    def __init__(self, following: Mapping[S, tuple[S, ...]]) -> None:
        self._following = following
        self.states = tuple(following)

    def named(self, text: str) -> S:
        """The state of that name. Raises `YuqingError` naming those there are."""
        for state in self.states:
            if state == text:
                return state
        raise YuqingError(f"没有“{text}”这个状态。", f"可用：{'、'.join(self.states)}")

    def take(self, current: str, decision: Decision[S]) -> None:
        """Raises `YuqingError` when nobody decided it or it may not follow the `current` state."""
        if not decision.who.strip():
            raise YuqingError("没有写明由谁决定。", "请写上姓名或科室。")
        allowed = self._following[self.named(current)]
        if decision.state not in allowed:
            raise YuqingError(f"“{current}”不能改为“{decision.state}”。", f"可以改为：{'、'.join(allowed)}。")
