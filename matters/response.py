"""What becomes of an early warning: the states a person gives it, and whether it was answered within its time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from matters.decisions import Steps

WarningState = Literal["待处置", "处置中", "已回应", "误报"]
OPEN: tuple[WarningState, ...] = ("待处置", "处置中")
STEPS: Steps[WarningState] = Steps(
    {
        "待处置": ("处置中", "已回应", "误报"),
        # Once more 处置中: with a note on how it goes.
        "处置中": ("处置中", "已回应", "误报", "待处置"),
        "已回应": ("处置中", "待处置"),
        "误报": ("处置中", "待处置"),
    }
)
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Response:
    """Whether a warning was answered by the time it was due, at a moment.

    `on_time` is False also of one that still waits past that time; None while there is time, and of a false alarm.
    """

    answered_at: datetime | None
    on_time: bool | None
    sentence: str


def response(state: WarningState, decided_at: datetime | None, due_at: datetime, at: datetime) -> Response:
    """The response as of `at`, to a warning of that state since `decided_at`."""
    if state == "误报":
        return Response(None, None, "误报，不需回应")
    if state == "已回应" and decided_at:
        late = decided_at - due_at
        return Response(decided_at, late <= timedelta(0), f"超时 {_span(late)}" if late > timedelta(0) else "按时")
    if at > due_at:
        return Response(None, False, f"已超时 {_span(at - due_at)}")
    return Response(None, None, f"还有 {_span(due_at - at)}")


def _span(length: timedelta) -> str:
    """The length in the unit a person would use, rounded down; what is not a whole minute is one."""
    if length >= 2 * _DAY:
        return f"{length // _DAY} 天"
    if length >= _HOUR:
        return f"{length // _HOUR} 小时"
    return f"{max(length // timedelta(minutes=1), 1)} 分钟"
