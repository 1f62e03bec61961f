"""Deadlines in the index: stages move with the days, and the report counts posts as they stood at its time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from core.post import Reply
from pipeline.corrections import correct
from pipeline.deadlines import deadline_report, refresh_stages
from pipeline.runtime import Runtime
from store.corrections import Correction
from tests.pipeline.content import posts
from tests.pipeline.gate import LONGEST_WAIT_SECONDS, Gate
from tests.pipeline.letters import OFFICE, VACCINES, letter, november, put


def stage(runtime: Runtime, number: int) -> str | None:
    found: str | None = posts(runtime)[f"board:{number}"]["deadline"].get("stage")
    return found


def test_a_stage_moves_with_the_days_and_is_written_only_when_it_moves(runtime: Runtime) -> None:
    # given
    put(runtime, [letter(1)])
    seen = []
    # when
    for day in range(12, 21):
        changed = refresh_stages(runtime, november(day))
        seen.append((day, changed, stage(runtime, 1)))
        assert refresh_stages(runtime, november(day)) == 0
    # then the weekend of the 16th and 17th counts for nothing
    assert seen == [
        (12, 0, None),
        (13, 1, "due_in_3"),
        (14, 0, "due_in_3"),
        (15, 1, "due_in_1"),
        (16, 0, "due_in_1"),
        (17, 0, "due_in_1"),
        (18, 1, "due_today"),
        (19, 1, "overdue"),
        (20, 1, "escalated"),
    ]


def test_a_post_is_overdue_from_the_end_of_office_hours(runtime: Runtime) -> None:
    put(runtime, [letter(1)])
    refresh_stages(runtime, november(18, 17, 30))
    assert stage(runtime, 1) == "due_today"
    refresh_stages(runtime, november(18, 17, 31))
    assert stage(runtime, 1) == "overdue"


def test_going_back_in_time_gives_what_stood_then(runtime: Runtime) -> None:
    put(runtime, [letter(1)])
    refresh_stages(runtime, november(20))
    assert refresh_stages(runtime, november(13)) == 1
    assert stage(runtime, 1) == "due_in_3"


def test_more_posts_than_a_page_are_all_brought_up_to_date(runtime: Runtime) -> None:
    put(runtime, [letter(number) for number in range(1101)])
    assert refresh_stages(runtime, november(19)) == 1101
    assert {post["deadline"]["stage"] for post in posts(runtime).values()} == {"overdue"}


def test_what_is_known_besides_the_stage_stays(runtime: Runtime) -> None:
    # given
    before = letter(1, votes_up=3, tokens=["路灯", "不", "亮"], keywords=["路灯"], sentiment=0.25, author_hash="a" * 32)
    put(runtime, [before])
    as_stored = posts(runtime)["board:1"]
    # when
    refresh_stages(runtime, november(19))
    # then
    after = posts(runtime)["board:1"]
    assert {name for name in after if after[name] != as_stored.get(name)} == {"deadline"}


def test_what_others_write_to_a_post_meanwhile_stays(
    runtime: Runtime, new_runtime: Callable[..., Runtime], gate: Gate
) -> None:
    # given a run that has read its posts and is about to go on to writing them
    put(runtime, [letter(number) for number in range(3)])
    held_up = new_runtime(ELASTICSEARCH_URL=gate.url)
    _ = held_up.es
    gate.close_at(0, "before", lambda call: call.path in {"/_mget", "/_bulk"})
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(refresh_stages, held_up, november(19))
        assert gate.held.wait(LONGEST_WAIT_SECONDS)
        # when one post is found to belong to a matter, one is corrected, and one is answered
        put(runtime, [letter(0, cluster_id="board:0")], november(19))
        correct(runtime, [Correction("board:1", topic="疫苗接种", by="张三", at=november(19))])
        put(runtime, [replied(2, OFFICE, november(18, 9)).model_copy(update={"collected_at": november(19)})])
        gate.open()
        run.result(LONGEST_WAIT_SECONDS)
    # then all of it is there, with the stage as of the run's time
    now = posts(runtime)
    assert now["board:0"]["cluster_id"] == "board:0"
    assert (now["board:1"]["topic"], now["board:1"]["corrected"]) == ("疫苗接种", ["topic"])
    assert now["board:2"]["status"] == "已回复"
    assert {id_: post["deadline"].get("stage") for id_, post in now.items()} == {
        "board:0": "overdue",
        "board:1": "overdue",
        "board:2": None,
    }


# ---------- the report ----------


def replied(number: int, department: str, at: datetime | None, status: str = "已回复") -> Any:
    return letter(number, department, status=status, replies=[Reply(body="已办好", replied_at=at)])


@pytest.fixture
def mixed(runtime: Runtime) -> Runtime:
    """Posts of 4 November in every state as of the 22nd, and two that are younger."""
    put(
        runtime,
        [
            replied(1, OFFICE, november(4, 16)),
            replied(2, OFFICE, november(8)),
            replied(3, OFFICE, november(18, 17, 30)),
            replied(4, OFFICE, november(18, 17, 31)),
            replied(5, OFFICE, november(25)),
            replied(6, OFFICE, None, "已办结"),
            letter(7, OFFICE),
            letter(8, OFFICE, status=None),
            letter(9, OFFICE, november(14), status="处理中"),
            letter(10, VACCINES),
            letter(11, VACCINES, november(28)),
            letter(12, VACCINES, channel="media"),
        ],
        november(29),
    )
    return runtime


def row(runtime: Runtime, at: datetime, department: str | None) -> tuple[Any, ...]:
    [found] = [row for row in deadline_report(runtime, at) if (row.department, row.month) == (department, None)]
    return (
        *(found.received, found.answered, found.on_time, found.open, found.overdue, found.undated),
        *(found.median_days, found.p90_days),
    )


def test_the_report_counts_posts_as_they_stood(mixed: Runtime) -> None:
    # received, answered, in time, open, overdue, undated, median, 90 %
    assert row(mixed, november(22), OFFICE) == (9, 4, 3, 1, 2, 2, 7, 10)
    assert row(mixed, november(22), VACCINES) == (1, 0, 0, 0, 1, 0, None, None)
    assert row(mixed, november(29), OFFICE) == (9, 5, 3, 0, 2, 2, 10, 13)
    assert row(mixed, november(11), OFFICE) == (8, 2, 2, 4, 0, 2, 2, 3.6)


def test_the_total_is_the_sum_of_the_sections(mixed: Runtime) -> None:
    report = deadline_report(mixed, november(29))
    total = report[-1]
    assert (total.department, total.month) == (None, None)
    for name in ("received", "answered", "on_time", "open", "overdue", "undated"):
        months = sum(getattr(row, name) for row in report if row.month is not None)
        sections = sum(getattr(row, name) for row in report if row.month is None and row.department is not None)
        assert getattr(total, name) == months == sections
    # and nothing is counted in two states or in none
    assert total.received == 11 == total.answered + total.open + total.overdue + total.undated


def test_an_office_without_posts_gets_an_empty_report(runtime: Runtime) -> None:
    [total] = deadline_report(runtime, november(29))
    assert (total.received, total.on_time_rate, total.median_days) == (0, None, None)
