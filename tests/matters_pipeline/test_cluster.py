"""Matters in the index: what is new is taken in, ids stay, posts carry them, and what happens is recorded."""

import sqlite3
from contextlib import closing

import pytest

from core.errors import Unavailable, YuqingError
from nlp.matters import QUIET_AFTER
from pipeline.matter_story import story_of
from pipeline.matters import cluster, recheck
from pipeline.runtime import Runtime
from store.post_writing import write_posts
from tests.matters_pipeline.content import events, everything, labels
from tests.matters_pipeline.letters import (
    MONDAY,
    PARKING,
    PLANT,
    SUBSIDY,
    SUBSIDY_LATER,
    SUBSIDY_REPLY,
    answered,
    days,
    letter,
    letters,
    put,
    town_talk,
)

AT = MONDAY + days(3)
PLANT_ID, SUBSIDY_ID, PARKING_ID = "board:plant-0", "board:subsidy-0", "board:parking-0"
DIGGING_ID, LORRIES_ID = "board:digging-0", "board:lorries-0"

DIGGING = [
    ("新城大道地铁工地夜间施工", "新城大道的地铁工地每天夜间打桩，吵得睡不着"),
    ("新城大道地铁工地半夜打桩", "地铁工地半夜还在打桩，新城大道两边的居民没法睡觉"),
]
LORRIES = [
    ("福满楼小区门口渣土车太吵", "福满楼小区门口的渣土车通宵来往，声音很大"),
    ("渣土车通宵经过福满楼小区", "福满楼小区外面渣土车整夜不停，请交警管一管"),
]
BOTH = [
    ("新城大道地铁工地渣土车夜间吵福满楼小区", "地铁工地夜间施工，渣土车从福满楼小区门口通宵经过"),
    ("福满楼小区深受地铁工地夜间施工和渣土车之苦", "新城大道地铁夜间打桩，渣土车整夜经过小区门口"),
    ("新城大道地铁工地打桩和渣土车通宵扰民", "福满楼小区居民被打桩声和渣土车吵得整夜睡不着"),
    ("新城大道地铁夜间施工渣土车吵醒福满楼居民", "半夜打桩和渣土车声音很大，福满楼小区不得安宁"),
]
"""Two things that turn out to be one building site."""


def of(runtime: Runtime, matter_id: str) -> set[str]:
    """The posts that carry the matter's id."""
    return {post for post, label in labels(runtime).items() if label == matter_id}


def kinds(runtime: Runtime, matter_id: str) -> list[str]:
    """What happened to a matter, in order."""
    return [event.kind for event in runtime.matters.events(matter_id)]


def test_posts_about_one_thing_carry_the_id_of_their_matter(city: Runtime) -> None:
    # given
    put(city, letters("plant", PLANT) + letters("subsidy", SUBSIDY) + letters("parking", PARKING))
    # when
    run = cluster(city, AT)
    # then
    assert of(city, PLANT_ID) == {f"board:plant-{number}" for number in range(len(PLANT))}
    assert of(city, SUBSIDY_ID) == {f"board:subsidy-{number}" for number in range(len(SUBSIDY))}
    assert of(city, PARKING_ID) == {f"board:parking-{number}" for number in range(len(PARKING))}
    assert run.posts == 40 + len(PLANT) + len(SUBSIDY) + len(PARKING)
    assert run.relabelled == sum(label is not None for label in labels(city).values())
    assert kinds(city, PLANT_ID) == ["born"]


def test_a_matter_is_kept_with_its_figures(city: Runtime) -> None:
    # given eight people, one of whom sent the same text once more the next day
    put(city, letters("plant", PLANT, votes_up=3))
    put(city, [letter("again", PLANT[0], MONDAY + days(2), author_hash="author-plant-0", votes_up=0)])
    # when
    cluster(city, AT)
    # then
    matter = city.matters.find(PLANT_ID)
    assert matter is not None
    assert (matter.posts, matter.copies, matter.people, matter.copy_ids) == (8, 1, 8, ["board:again"])
    assert (matter.place, matter.department, matter.quiet) == ("春江花园", "妇幼健康与人口家庭科", False)
    assert (matter.first_at, matter.last_at) == (MONDAY, MONDAY + days(2))
    assert matter.negative_share == 1.0
    assert matter.heat.explained == "8 人, 24 赞, 7 天内 +8"
    assert matter.heat.people.value == 8
    terms = matter.heat.model_dump(exclude={"total", "at", "explained"})
    assert matter.heat.total == pytest.approx(sum(term["contribution"] for term in terms.values()), abs=1e-3)
    # and with its heat on each day since its first post, today's the last one
    assert [day.day.isoformat() for day in matter.heat_by_day] == [f"2025-03-0{day}" for day in (3, 4, 5, 6)]
    assert [day.people.value for day in matter.heat_by_day] == [3, 8, 8, 8]
    assert matter.heat_by_day[-1].total == matter.heat.total


def test_a_second_run_without_news_changes_nothing(city: Runtime) -> None:
    # given
    put(city, letters("plant", PLANT))
    cluster(city, AT)
    cluster(city, AT)
    before = everything(city)
    # when
    run = cluster(city, AT + days(1))
    # then
    assert (run.posts, run.matters, run.relabelled, run.events.total()) == (0, 0, 0, 0)
    assert everything(city) == before


def test_new_posts_join_their_matter_under_its_old_id(city: Runtime) -> None:
    # given
    put(city, letters("subsidy", SUBSIDY))
    cluster(city, AT)
    # when
    put(city, letters("later", SUBSIDY_LATER, MONDAY + days(5)))
    run = cluster(city, AT + days(4))
    # then
    assert len(of(city, SUBSIDY_ID)) == len(SUBSIDY) + len(SUBSIDY_LATER)
    assert run.events == {"grew": 1}
    assert kinds(city, SUBSIDY_ID) == ["born", "grew"]
    matter = city.matters.find(SUBSIDY_ID)
    assert matter is not None
    assert matter.people == len(SUBSIDY) + len(SUBSIDY_LATER)


def test_a_post_written_anew_without_its_label_gets_it_back(city: Runtime) -> None:
    # given two posts: one is seen later with a reply, one is replayed from the landed items as it was
    posts = letters("subsidy", SUBSIDY)
    put(city, posts)
    cluster(city, AT)
    put(city, [answered(posts[0], SUBSIDY_REPLY, AT), posts[1]])
    assert len(of(city, SUBSIDY_ID)) == len(SUBSIDY) - 2
    # when
    run = cluster(city, AT + days(1))
    # then
    assert len(of(city, SUBSIDY_ID)) == len(SUBSIDY)
    assert run.relabelled == 2
    assert kinds(city, SUBSIDY_ID) == ["born"]
    assert [answer.text for answer in story_of(city, SUBSIDY_ID, AT + days(1)).course.answers] == [SUBSIDY_REPLY]


def test_a_post_that_came_late_is_taken_in_though_it_was_collected_long_ago(city: Runtime) -> None:
    # given
    put(city, letters("plant", PLANT[:6]))
    cluster(city, AT)
    # when posts are indexed that had been collected before the last run
    put(city, letters("late", PLANT[6:], MONDAY - days(30)))
    cluster(city, AT + days(1))
    # then
    assert len(of(city, PLANT_ID)) == len(PLANT)


@pytest.mark.parametrize("others", [0, 17, 100])
def test_three_people_share_a_matter_however_few_others_wrote(runtime: Runtime, others: int) -> None:
    # given
    put(runtime, town_talk(others) + letters("plant", PLANT[:3]))
    # when
    cluster(runtime, AT)
    # then
    assert of(runtime, PLANT_ID) == {"board:plant-0", "board:plant-1", "board:plant-2"}


def test_matters_that_turn_out_to_be_one_are_merged_and_the_old_ids_still_lead_there(city: Runtime) -> None:
    # given
    put(city, letters("digging", DIGGING) + letters("lorries", LORRIES))
    cluster(city, AT)
    assert (len(of(city, DIGGING_ID)), len(of(city, LORRIES_ID))) == (2, 2)
    # when people write of both as of one thing
    put(city, letters("both", BOTH, AT))
    run = recheck(city, AT + days(1))
    # then one of them has all the posts
    assert run.events["merged"] == 1
    assert len(of(city, DIGGING_ID)) == len(DIGGING) + len(LORRIES) + len(BOTH)
    assert kinds(city, DIGGING_ID).count("merged") == 1
    # and the other leads to it
    found = city.matters.find(LORRIES_ID)
    assert found is not None
    assert found.id == DIGGING_ID
    assert story_of(city, LORRIES_ID, AT + days(1)).record.id == DIGGING_ID
    hottest = {matter.id for matter in city.matters.hottest(100)}
    assert DIGGING_ID in hottest
    assert LORRIES_ID not in hottest


def test_a_matter_goes_quiet_and_comes_back(city: Runtime) -> None:
    # given
    put(city, letters("subsidy", SUBSIDY))
    cluster(city, AT)
    # when
    run = recheck(city, AT + QUIET_AFTER)
    # then
    quiet = city.matters.find(SUBSIDY_ID)
    assert quiet is not None
    assert quiet.quiet
    assert run.events["quiet"] >= 1
    # and when people write again
    put(city, letters("later", SUBSIDY_LATER, AT + QUIET_AFTER + days(1)))
    cluster(city, AT + QUIET_AFTER + days(2))
    # then
    back = city.matters.find(SUBSIDY_ID)
    assert back is not None
    assert not back.quiet
    assert kinds(city, SUBSIDY_ID) == ["born", "quiet", "returned"]


def test_a_recheck_mends_labels_that_somebody_spoilt(city: Runtime) -> None:
    # given
    put(city, letters("plant", PLANT))
    cluster(city, AT)
    recheck(city, AT)
    spoilt = next(iter(city.matters.posts_by_id(["board:talk-3"])))
    assert spoilt.cluster_id is None
    write_posts(city.es, city.names, [spoilt.model_copy(update={"cluster_id": PLANT_ID})])
    # when
    recheck(city, AT + days(1))
    # then
    assert of(city, PLANT_ID) == {f"board:plant-{number}" for number in range(len(PLANT))}


def test_an_id_that_no_matter_ever_had_is_answered_in_chinese(city: Runtime) -> None:
    with pytest.raises(YuqingError, match="没有编号为 board:none 的热点"):
        story_of(city, "board:none", AT)


def test_what_was_remembered_can_be_lost_and_every_matter_keeps_its_id(city: Runtime) -> None:
    # given a matter whose id is not that of its oldest post, and one that has gone quiet
    put(city, letters("plant", PLANT[1:]) + letters("subsidy", SUBSIDY, MONDAY - days(60)))
    recheck(city, AT)
    put(city, [letter("older", PLANT[0], MONDAY - days(3))])
    cluster(city, AT + days(1))
    before = everything(city)
    assert of(city, PLANT_ID) == {"board:older"} | {f"board:plant-{number}" for number in range(len(PLANT) - 1)}
    # when
    (city.settings.data / "matters" / "state.sqlite").unlink()
    run = cluster(city, AT + days(1))
    # then
    assert labels(city) == {post: source.get("cluster_id") for post, source in before[0].items()}
    assert run.events.total() == 0
    assert events(city) == before[2]
    quiet = city.matters.find(SUBSIDY_ID)
    assert quiet is not None
    assert quiet.quiet
    # and life goes on
    put(city, letters("later", SUBSIDY_LATER, AT + days(1)))
    cluster(city, AT + days(2))
    assert kinds(city, SUBSIDY_ID) == ["born", "quiet", "returned"]


@pytest.mark.parametrize("spoil", [b"", b"SQLite format 3\x00 half a file"])
def test_a_spoilt_memory_is_no_obstacle(city: Runtime, spoil: bytes) -> None:
    # given
    put(city, letters("plant", PLANT))
    cluster(city, AT)
    # when
    (city.settings.data / "matters" / "state.sqlite").write_bytes(spoil)
    cluster(city, AT + days(1))
    # then
    assert len(of(city, PLANT_ID)) == len(PLANT)
    assert kinds(city, PLANT_ID) == ["born"]


def test_a_memory_found_spoilt_in_the_middle_is_done_away_with(city: Runtime) -> None:
    # given
    put(city, letters("plant", PLANT[:6]))
    cluster(city, AT)
    state = city.settings.data / "matters" / "state.sqlite"
    with closing(sqlite3.connect(state)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'lists'").fetchone()
    content = bytearray(state.read_bytes())
    content[(page - 1) * size : page * size] = b"\xff" * size
    state.write_bytes(content)
    put(city, letters("later", PLANT[6:], AT))
    # when
    with pytest.raises(Unavailable, match=r"state\.sqlite 已损坏"):
        cluster(city, AT + days(1))
    cluster(city, AT + days(1))
    # then
    assert len(of(city, PLANT_ID)) == len(PLANT)
    assert kinds(city, PLANT_ID) == ["born"]
