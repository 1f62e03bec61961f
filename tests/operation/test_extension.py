"""A disclosure request's deadline is extended once, before it is due, with who and why; and shown wherever it is told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from core.clock import show
from core.errors import ExitCode
from core.post import Deadline, Post, Reply
from pipeline.alerting import plan
from pipeline.deadlines import deadline_report, refresh_stages
from pipeline.extensions import NotExtended, assessed, extend
from pipeline.runtime import Runtime
from tests.cli.command import Yuqing
from tests.pipeline.content import documents, posts
from tests.pipeline.gate import LONGEST_WAIT_SECONDS, Gate
from tests.pipeline.letters import OFFICE, letter, november, put

HEAD, WHY = "李主任", "需要征求第三方意见"
FIRST_DUE, NEW_DUE = "2019-12-02 17:30", "2019-12-30 17:30"
"""Received on Monday 4 November 2019: 20 working days, and 20 more, without a holiday among them."""
GRANTED = november(20)


def request(number: int = 1, **changes: Any) -> Post:
    """A disclosure request that waits for an answer."""
    return letter(number, channel="disclosure_request", **changes)


@pytest.fixture
def asked(runtime: Runtime) -> Runtime:
    """An installation with one request and one message."""
    put(runtime, [request(1), letter(2)])
    return runtime


def deadline(runtime: Runtime, number: int = 1) -> Deadline:
    return Deadline.model_validate(posts(runtime)[f"board:{number}"]["deadline"])


def december(day: int, hour: int = 8, minute: int = 30) -> datetime:
    return november(1, hour, minute).replace(month=12, day=day)


def test_an_extension_shows_in_the_post_and_in_the_trail(asked: Runtime) -> None:
    # when
    extend(asked, "board:1", HEAD, f"{WHY}，电话 13812345678", GRANTED)
    # then
    found = deadline(asked)
    assert (show(found.first_due_at), show(found.due_at)) == (FIRST_DUE, NEW_DUE)
    assert found.extended_at == GRANTED
    (entry,) = documents(asked.es, asked.names.audit).values()
    assert (entry["action"], entry["post_id"], entry["who"]) == ("extension", "board:1", HEAD)
    assert entry["reason"].startswith(WHY)
    assert "138" not in entry["reason"]


REFUSED: dict[str, tuple[Post | None, datetime, str]] = {
    "unknown": (None, GRANTED, "没有编号为 board:3"),
    "other rule": (letter(3), GRANTED, "不能延期"),
    "no rule": (letter(3, channel="media"), GRANTED, "没有逐条办理的时限"),
    "too late": (request(3), december(2, 17, 31), "已于 2019-12-02 17:30 到期"),
    "too early": (request(3), november(3), "早于收到申请的时间"),
    "answered": (
        request(3, status="已办结", replies=[Reply(body="好", replied_at=november(6))]),
        GRANTED,
        "已于 2019-11-06 08:30 答复",
    ),
    "closed": (request(3, status="已办结"), GRANTED, "状态是“已办结”"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_may_not_be_extended_is_refused_with_a_reason(name: str, runtime: Runtime) -> None:
    # given
    post, at, told = REFUSED[name]
    put(runtime, [post] if post else [])
    before = posts(runtime)
    # when
    with pytest.raises(NotExtended) as refused:
        extend(runtime, "board:3", HEAD, WHY, at)
    # then
    assert told in refused.value.message
    assert posts(runtime) == before
    assert documents(runtime.es, runtime.names.audit) == {}


def test_the_last_moment_is_the_due_time_itself(asked: Runtime) -> None:
    extend(asked, "board:1", HEAD, WHY, december(2, 17, 30))
    assert show(deadline(asked).due_at) == NEW_DUE


def test_a_reply_that_came_only_later_does_not_forbid_it(runtime: Runtime) -> None:
    put(runtime, [request(1, status="已办结", replies=[Reply(body="好", replied_at=december(20))])])
    # when the consent is noted with the day it was given
    extend(runtime, "board:1", HEAD, WHY, GRANTED)
    # then as of later the answer is in time
    assert assessed(runtime, request(1, replies=[Reply(body="好", replied_at=december(20))]), december(21)).deadline
    refresh_stages(runtime, december(21))
    assert show(deadline(runtime).due_at) == NEW_DUE


def test_nobody_and_nothing_are_no_consent_and_no_reason(asked: Runtime) -> None:
    for by, why in ((" ", WHY), (HEAD, "")):
        with pytest.raises(NotExtended):
            extend(asked, "board:1", by, why, GRANTED)
    assert documents(asked.es, asked.names.audit) == {}


def test_a_second_one_is_told_who_granted_the_first(asked: Runtime) -> None:
    # given
    extend(asked, "board:1", HEAD, WHY, GRANTED)
    # when
    with pytest.raises(NotExtended) as refused:
        extend(asked, "board:1", "王主任", "再延一次", december(20))
    # then
    assert f"已由{HEAD}于 {show(GRANTED)} 同意延期到 {NEW_DUE}" in refused.value.message
    assert show(deadline(asked).due_at) == NEW_DUE


def test_of_two_at_once_one_wins(asked: Runtime) -> None:
    # when
    def grant(by: str) -> str:
        try:
            return extend(asked, "board:1", by, WHY, GRANTED).who
        except NotExtended as refused:
            return refused.message

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(grant, ["甲", "乙", "丙", "丁"]))
    # then
    (winner,) = [one for one in told if len(one) == 1]
    assert [f"已由{winner}于" in one for one in told if one != winner] == [True] * 3
    assert len(documents(asked.es, asked.names.audit)) == 1


def test_one_granted_without_the_post_showing_it_shows_with_the_next_run(
    asked: Runtime, new_runtime: Callable[..., Runtime], gate: Gate
) -> None:
    # given an extension that dies after its entry
    dying = new_runtime(ELASTICSEARCH_URL=gate.url)
    _ = dying.es
    gate.close_at(0, "before", lambda call: call.path == "/_bulk")
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(extend, dying, "board:1", HEAD, WHY, GRANTED)
        assert gate.held.wait(LONGEST_WAIT_SECONDS)
        gate.cut()
        assert run.exception(LONGEST_WAIT_SECONDS)
    gate.open()
    assert deadline(asked).extended_at is None
    # when
    refresh_stages(asked, november(21))
    # then
    assert show(deadline(asked).due_at) == NEW_DUE
    # and who tries again is told that it is done
    with pytest.raises(NotExtended, match=HEAD):
        extend(asked, "board:1", HEAD, WHY, november(21))


def test_a_run_for_a_time_before_gives_the_old_due_time(asked: Runtime) -> None:
    # given
    extend(asked, "board:1", HEAD, WHY, GRANTED)
    # when
    refresh_stages(asked, november(19))
    # then
    assert (show(deadline(asked).due_at), deadline(asked).first_due_at) == (FIRST_DUE, None)


def test_a_reminder_for_a_time_before_the_extension_is_found(runtime: Runtime) -> None:
    # given an extension on the day it is due
    put(runtime, [request(1)])
    extend(runtime, "board:1", HEAD, WHY, december(2, 16))
    # when
    digests = plan(runtime, december(2, 8)).digests, plan(runtime, december(2, 17)).digests
    # then
    assert [[item.stage for digest in some for item in digest.items] for some in digests] == [["due_today"], []]


def test_reminders_and_the_report_say_so(asked: Runtime) -> None:
    # given
    extend(asked, "board:1", HEAD, WHY, GRANTED)
    # when
    items = [item for digest in plan(asked, december(30)).digests for item in digest.items if item.post_id == "board:1"]
    # then
    assert [(item.stage, show(item.first_due_at)) for item in items] == [("due_today", FIRST_DUE)]
    rows = {(row.department, row.month): (row.received, row.extended) for row in deadline_report(asked, december(30))}
    assert rows[(OFFICE, "2019-11")] == rows[(OFFICE, None)] == rows[(None, None)] == (2, 1)
    assert deadline_report(asked, november(19))[-1].extended == 0


def test_the_command_names_both_days_and_reminds_of_the_applicant(asked: Runtime, environment: dict[str, str]) -> None:
    # given
    yuqing = Yuqing(environment)
    words = ("deadlines", "extend", "board:1", "--by", HEAD, "--reason", WHY, "--at", "2019-11-20T08:30")
    # when
    first, second = yuqing(*words), yuqing(*words)
    # then
    assert first.code == ExitCode.OK, first.err
    assert FIRST_DUE in first.out
    assert NEW_DUE in first.out
    assert "告知申请人" in first.out
    assert second.code == ExitCode.FAILED
    assert HEAD in second.err
