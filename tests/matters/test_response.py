"""Whether an early warning was answered in time, and what may follow which state."""

from datetime import timedelta

import pytest

from core.errors import YuqingError
from matters.decisions import Decision
from matters.response import STEPS, WarningState, response
from tests.matters.cases import beijing

DUE = beijing("2026-03-03 09:00")


@pytest.mark.parametrize(
    ("state", "at", "on_time", "sentence"),
    [
        ("待处置", "2026-03-03 08:15", None, "还有 45 分钟"),
        ("处置中", "2026-03-01 09:00", None, "还有 2 天"),
        ("待处置", "2026-03-03 09:00", None, "还有 1 分钟"),
        ("待处置", "2026-03-03 09:01", False, "已超时 1 分钟"),
        ("处置中", "2026-03-04 13:00", False, "已超时 28 小时"),
        ("误报", "2026-03-04 13:00", None, "误报，不需回应"),
    ],
)
def test_what_was_not_answered_waits_until_it_is_late(
    state: WarningState, at: str, on_time: bool | None, sentence: str
) -> None:
    told = response(state, beijing("2026-03-01 10:00"), DUE, beijing(at))

    assert (told.answered_at, told.on_time, told.sentence) == (None, on_time, sentence)


@pytest.mark.parametrize(
    ("answered", "on_time", "sentence"),
    [("2026-03-03 09:00", True, "按时"), ("2026-03-03 12:30", False, "超时 3 小时")],
)
def test_an_answer_is_in_time_up_to_the_minute_it_was_due(answered: str, on_time: bool, sentence: str) -> None:
    # when asked long afterwards
    told = response("已回应", beijing(answered), DUE, DUE + timedelta(days=30))

    # then the time that passed since plays no part
    assert (told.answered_at, told.on_time, told.sentence) == (beijing(answered), on_time, sentence)


@pytest.mark.parametrize(
    ("current", "new"),
    [("待处置", "误报"), ("处置中", "处置中"), ("处置中", "已回应"), ("已回应", "处置中"), ("误报", "待处置")],
)
def test_a_state_may_follow(current: WarningState, new: WarningState) -> None:
    STEPS.take(current, Decision(new, "", "办公室", DUE))


@pytest.mark.parametrize(("current", "new"), [("已回应", "误报"), ("误报", "已回应"), ("待处置", "待处置")])
def test_others_are_refused(current: WarningState, new: WarningState) -> None:
    with pytest.raises(YuqingError, match=f"“{current}”不能改为“{new}”"):
        STEPS.take(current, Decision(new, "", "办公室", DUE))
