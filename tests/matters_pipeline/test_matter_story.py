"""`yuqing matters`: one matter and what became of it, for a person who wants to see it."""

from datetime import datetime

import pytest

from pipeline.matters import cluster
from pipeline.runtime import Runtime
from store.followups import FollowUpRecord
from store.matters import EventRecord
from tests.cli.command import Yuqing
from tests.matters_pipeline.letters import MONDAY, PLANT, answered, days, letter, letters, put

AT = MONDAY + days(3)
PLANT_ID, FORMER = "board:plant-0", "board:former"


def followup(matter_id: str, state: str, at: datetime) -> FollowUpRecord:
    """A follow-up about the matter."""
    return FollowUpRecord(
        id=f"of-{matter_id}",
        matter_id=matter_id,
        title="搅拌站",
        state=state,
        created_at=at,
        updated_at=at,
        answered_at=at,
        answered_by="答复",
        people_before=1,
        people_after=3,
        posts_after=3,
        asked_again=0,
        last_post_at=at,
        reason="仍有 3 人提出",
    )


@pytest.fixture
def merged(city: Runtime) -> Runtime:
    """An installation where a matter was merged into a second one, and that into the one about the plant."""
    put(city, letters("plant", PLANT))
    cluster(city, AT)
    for number, (former, heir) in enumerate([(FORMER, "board:between"), ("board:between", PLANT_ID)]):
        at = AT + days(number)
        city.matters.redirect({former: heir}, at)
        city.matters.save_events([EventRecord(id=f"e{number}", kind="merged", matters=[heir, former], at=at, count=2)])
    city.matters.refresh()
    return city


def test_a_matter_that_was_merged_says_so_and_shows_the_other(merged: Runtime, command: Yuqing) -> None:
    # when
    shown = command("matters", "show", FORMER, "--at", "2025-03-10T09:00")
    told = command("matters", "show", FORMER, "--at", "2025-03-10T09:00", "--json").json
    # then
    assert shown.code == 0, shown.err
    assert shown.out.startswith(f"{FORMER} 已于 2025-03-06 09:00 并入 {PLANT_ID}，以下是合并后的情况。")
    assert "春江花园" in shown.out
    assert (told["matter"]["id"], told["merged_from"], told["merged_at"]) == (
        *(PLANT_ID, FORMER),
        "2025-03-06T01:00:00+00:00",
    )


def test_what_was_decided_about_a_merged_matter_stands_with_the_one_it_became(merged: Runtime) -> None:
    # given a follow-up of the former matter, an older one of the present one, and one of a matter that is gone
    kept = {FORMER: ("已解读", 2), PLANT_ID: ("不需要", 1), "board:gone": ("待研判", 3)}
    for matter_id, (state, day) in kept.items():
        merged.followups.add(followup(matter_id, state, AT + days(day)))
    # when one more person writes
    put(merged, [letter("more", PLANT[0], AT + days(4))])
    cluster(merged, AT + days(5))
    # then
    matter = merged.matters.find(PLANT_ID)
    assert matter is not None
    assert (matter.people, matter.state) == (len(PLANT) + 1, "已解读")
    # and what leads there is found by way of others, without looking at any other matter
    assert merged.matters.merged_into([PLANT_ID]) == {FORMER: PLANT_ID, "board:between": PLANT_ID}
    assert merged.matters.merged_into(["board:between"]) == {FORMER: "board:between"}
    assert merged.matters.merged_into(["board:talk-1"]) == {}
    assert merged.followups.states([PLANT_ID, FORMER]) == [(PLANT_ID, "不需要"), (FORMER, "已解读")]


def test_the_course_tells_what_a_reply_says_and_not_how_it_greets(city: Runtime, command: Yuqing) -> None:
    # given
    first, *others = letters("plant", PLANT)
    text = "尊敬的网友，您好！您的留言已收悉，现回复如下：该搅拌站未办理环评手续，已责令停产。"
    put(city, [answered(first, text, AT), *others])
    cluster(city, AT + days(1))
    # when
    shown = command("matters", "show", PLANT_ID, "--at", "2025-03-10T09:00").out
    # then
    assert "市卫健局 该搅拌站未办理环评手续，已责令停产。" in shown


def test_a_matter_asked_for_by_its_own_id_is_told_as_it_is(merged: Runtime, command: Yuqing) -> None:
    # when
    shown = command("matters", "show", PLANT_ID, "--at", "2025-03-10T09:00")
    told = command("matters", "show", PLANT_ID, "--json").json
    # then
    assert "并入" not in shown.out.splitlines()[0]
    assert (told["merged_from"], told["merged_at"]) == (None, None)
