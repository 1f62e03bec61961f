"""Digests: one mail for each section and run, the most urgent first, the right people copied."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.calendar import WorkCalendar
from alerts.digest import AlertItem, Digest, alert_id, build_digests, item_of
from core.post import STAGES
from tests.alerts.samples import OFFICE, beijing, book, item, post

MONDAY = beijing("2026-01-12 08:30")
BOOK = book()
SECTIONS = ["办公室", "疾控应急科", "人事科", "不存在的科", None]


def only(digests: list[Digest]) -> Digest:
    (digest,) = digests
    return digest


def overdue(number: int, days: int, **changes: object) -> AlertItem:
    stage = "escalated" if days > 1 else "overdue"
    return item(number, **{"stage": stage, "overdue_working_days": days, **changes})


def test_each_section_with_items_gets_one_digest_in_the_order_of_the_configuration() -> None:
    # given items of two sections in mixed order
    items = [item(1, department="人事科"), item(2), item(3, department="人事科"), item(4)]
    # when
    digests = build_digests(items, OFFICE, MONDAY)
    # then
    assert [(one.department, [i.post_id for i in one.items]) for one in digests] == [
        ("疾控应急科", ["board:2", "board:4"]),
        ("人事科", ["board:1", "board:3"]),
    ]
    assert [one.recipients for one in digests] == [
        ("cdc@city.example", "cdc.duty@city.example"),
        ("staff@city.example",),
    ]


@pytest.mark.parametrize("department", ["撤销了的科", "", None])
def test_what_belongs_to_no_section_goes_to_the_fallback(department: str | None) -> None:
    # when
    digest = only(build_digests([item(department=department), item(2, department="办公室")], OFFICE, MONDAY))
    # then it shares the mail of the fallback's own items
    assert digest.department == "办公室"
    assert len(digest.items) == 2


def test_nothing_urgent_makes_no_mail() -> None:
    assert build_digests([], OFFICE, MONDAY) == []


def test_the_most_overdue_come_first_then_by_due_time() -> None:
    # given
    items = [
        item(1, stage="due_in_3", due_at=beijing("2026-01-15 17:30")),
        item(2, stage="due_today", due_at=beijing("2026-01-12 17:30")),
        overdue(3, 1, due_at=beijing("2026-01-09 17:30")),
        item(4, stage="due_in_1", due_at=beijing("2026-01-13 17:30")),
        overdue(5, 6, due_at=beijing("2026-01-04 17:30")),
        overdue(6, 0, due_at=beijing("2026-01-10 09:00")),
    ]
    # when they come in any order
    for seed in range(10):
        random.Random(seed).shuffle(items)
        digest = only(build_digests(items, OFFICE, MONDAY))
        # then
        assert [i.post_id for i in digest.items] == [f"board:{n}" for n in (5, 3, 6, 2, 4, 1)]


def test_items_of_the_same_urgency_stand_in_a_fixed_order() -> None:
    assert [i.post_id for i in only(build_digests([item(3), item(1), item(2)], OFFICE, MONDAY)).items] == [
        "board:1",
        "board:2",
        "board:3",
    ]


@pytest.mark.parametrize(
    ("days", "copied"),
    [
        (0, ()),
        (1, ()),
        (2, ("cdc.head@city.example",)),
        (3, ("cdc.head@city.example",)),
        (4, ("cdc.head@city.example", "group@city.example")),
        (30, ("cdc.head@city.example", "group@city.example")),
    ],
)
def test_leaders_are_copied_after_one_working_day_and_the_leadership_group_after_three(
    days: int, copied: tuple[str, ...]
) -> None:
    # given one post overdue by so much among others that are not
    items = [item(1), overdue(2, days), item(3, stage="due_in_3")]
    # then
    assert only(build_digests(items, OFFICE, MONDAY)).cc == copied


def test_copies_go_out_on_the_days_the_rules_say() -> None:
    # given a post due on Monday 12 January at 17:30
    waiting = post("2026-01-05 10:00", department="疾控应急科")

    def copied(at: str) -> tuple[str, ...]:
        moment = beijing(at)
        found = item_of(waiting, BOOK.assess(waiting, moment), moment, BOOK)
        assert found is not None
        return only(build_digests([found], OFFICE, moment)).cc

    # then Tuesday is the first working day over, Wednesday the second, Friday the fourth
    assert copied("2026-01-13 08:30") == ()
    assert copied("2026-01-14 08:30") == ("cdc.head@city.example",)
    assert copied("2026-01-15 08:30") == ("cdc.head@city.example",)
    assert copied("2026-01-16 08:30") == ("cdc.head@city.example", "group@city.example")


def test_other_sections_are_not_copied_in() -> None:
    # given one section far behind and one that is not
    digests = build_digests([overdue(1, 9), item(2, department="办公室")], OFFICE, MONDAY)
    # then
    assert {one.department: len(one.cc) for one in digests} == {"疾控应急科": 2, "办公室": 0}


def test_nobody_is_both_recipient_and_copied_nor_copied_twice() -> None:
    # given a leader who also receives the section's mail and sits in the leadership group
    head = "cdc.duty@city.example"
    chief = "chief@city.example"
    changed = OFFICE.departments[1].model_copy(update={"leaders": (head, chief)})
    office = OFFICE.model_copy(
        update={"departments": (changed,), "leadership_group": (chief, head), "fallback": changed.name}
    )
    # when
    digest = only(build_digests([overdue(1, 9)], office, MONDAY))
    # then
    assert head in digest.recipients
    assert digest.cc == (chief,)


def test_the_same_section_and_items_have_the_same_message_id() -> None:
    # when the items come in another order and the run is at another hour of the day
    first = only(build_digests([item(1), overdue(2, 2)], OFFICE, MONDAY))
    again = only(build_digests([overdue(2, 2), item(1)], OFFICE, MONDAY + timedelta(hours=5)))
    # then
    assert first.message_id == again.message_id
    assert first.message_id.startswith("<")
    assert first.message_id.endswith("@yuqing.invalid>")


def test_other_items_sections_or_days_have_other_message_ids() -> None:
    # given
    digests = [
        only(build_digests([item(1)], OFFICE, MONDAY)),
        only(build_digests([item(2)], OFFICE, MONDAY)),
        only(build_digests([item(1), item(2)], OFFICE, MONDAY)),
        only(build_digests([item(1, stage="due_in_1")], OFFICE, MONDAY)),
        only(build_digests([item(1, department="人事科")], OFFICE, MONDAY)),
        only(build_digests([overdue(1, 1)], OFFICE, MONDAY)),
        only(build_digests([overdue(1, 1)], OFFICE, MONDAY + timedelta(days=1))),
    ]
    # then
    assert len({one.message_id for one in digests}) == len(digests)


@pytest.mark.parametrize("stage", ["due_in_3", "due_in_1", "due_today"])
def test_a_stage_before_the_due_time_is_one_alert_whatever_the_day(stage: str) -> None:
    ids = {alert_id("board:1", stage, date(2026, 1, day)) for day in (5, 6, 7)}  # type: ignore[arg-type]
    assert len(ids) == 1


@pytest.mark.parametrize("stage", ["overdue", "escalated"])
def test_an_overdue_post_is_a_new_alert_each_day(stage: str) -> None:
    ids = {alert_id("board:1", stage, date(2026, 1, day)) for day in (5, 6, 7)}  # type: ignore[arg-type]
    assert len(ids) == 3


def test_the_day_of_an_alert_is_the_beijing_day() -> None:
    # given two runs of one Beijing day that are two days in UTC
    early, late = beijing("2026-01-13 07:59"), beijing("2026-01-13 08:01")
    # then
    digests = [only(build_digests([overdue(1, 1)], OFFICE, at)) for at in (early, late)]
    assert digests[0].message_id == digests[1].message_id


def test_a_post_that_is_not_urgent_makes_no_item() -> None:
    waiting, early = post("2026-01-05 10:00"), beijing("2026-01-05 12:00")
    assert item_of(waiting, BOOK.assess(waiting, early), early, BOOK) is None
    assert item_of(waiting, None, early, BOOK) is None


def test_an_item_carries_what_its_reader_needs() -> None:
    # given
    waiting = post(
        "2026-01-05 10:00", url="https://board.example/1", forum="市长留言", topic="疫苗接种", department="疾控应急科"
    )
    at = beijing("2026-01-14 08:30")
    # when
    found = item_of(waiting, BOOK.assess(waiting, at), at, BOOK)
    # then
    assert found == AlertItem(
        post_id="board:1",
        title="疫苗接种点几点开门",
        url="https://board.example/1",
        forum="市长留言",
        kind="咨询",
        topic="疫苗接种",
        department="疾控应急科",
        posted_at=beijing("2026-01-05 10:00"),
        due_at=beijing("2026-01-12 17:30"),
        stage="escalated",
        overdue_working_days=2,
    )


def test_a_post_without_title_is_named_by_the_beginning_of_its_text() -> None:
    # given
    waiting, at = post(title="", body="甲" * 100), beijing("2026-01-12 08:30")
    # when
    found = item_of(waiting, BOOK.assess(waiting, at), at, BOOK)
    # then
    assert found is not None
    assert found.title == "甲" * 40


def test_a_digest_names_the_years_that_were_counted_monday_to_friday() -> None:
    # given a calendar that was asked about years it does not know
    calendar = WorkCalendar()
    for year in (2041, 2040):
        calendar.is_working_day(date(year, 1, 1))
    # then
    assert only(build_digests([item()], OFFICE, MONDAY, calendar.fallback_years)).fallback_years == (2040, 2041)


@given(st.lists(st.tuples(st.sampled_from(SECTIONS), st.sampled_from(STAGES), st.integers(0, 6)), max_size=30))
def test_every_item_is_in_exactly_one_digest_and_no_section_has_two(
    drawn: list[tuple[str | None, str, int]],
) -> None:
    # given
    items = [
        item(number, department=department, stage=stage, overdue_working_days=days)
        for number, (department, stage, days) in enumerate(drawn)
    ]
    # when
    digests = build_digests(items, OFFICE, MONDAY)
    # then
    assert sorted(i.post_id for one in digests for i in one.items) == sorted(i.post_id for i in items)
    assert len({one.department for one in digests}) == len(digests)
    assert all(one.items and one.count(*STAGES) == len(one.items) for one in digests)
