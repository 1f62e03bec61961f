"""An extension moves the due time once, by working days, and counts from when it was granted."""

from datetime import datetime, timedelta

import pytest

from alerts.deadlines import Extension
from alerts.digest import AlertItem, build_digests, item_of
from alerts.mail import render
from core.clock import show
from core.post import Deadline
from tests.alerts.samples import OFFICE, SHIPPED, beijing, book, post

BOOK = book()
POSTED = "2026-01-05 10:00"
GRANTED = beijing("2026-01-30 09:00")
LONGER = Extension(GRANTED, 20)
REQUEST = post(POSTED, channel="disclosure_request", kind=None)
"""Received on Monday 5 January: 20 working days end on Monday 2 February. In the 20 after that there is the Spring
Festival, 15 to 23 February, and the Saturdays of the 14th and 28th are worked: they end on Friday 6 March."""


def assessed(at: str, extension: Extension | None = LONGER) -> Deadline:
    deadline = BOOK.assess(REQUEST, beijing(at), extension)
    assert deadline
    return deadline


def test_the_new_due_time_is_twenty_working_days_after_the_first() -> None:
    # when
    first, new = assessed("2026-01-30 09:00", None), assessed("2026-01-30 09:00")
    # then
    assert show(first.due_at) == "2026-02-02 17:30"
    assert (first.first_due_at, first.extended_at) == (None, None)
    assert show(new.due_at) == "2026-03-06 17:30"
    assert (new.first_due_at, new.extended_at) == (first.due_at, GRANTED)


def test_before_it_was_granted_the_first_due_time_stands() -> None:
    # when
    just_before = BOOK.assess(REQUEST, GRANTED - timedelta(microseconds=1), LONGER)
    # then
    assert just_before == BOOK.assess(REQUEST, GRANTED - timedelta(microseconds=1))
    assert just_before
    assert just_before.stage == "due_in_1"


@pytest.mark.parametrize(
    ("at", "stage"),
    [
        ("2026-01-30 09:00", None),
        ("2026-02-03 09:00", None),
        ("2026-03-03 09:00", "due_in_3"),
        ("2026-03-06 09:00", "due_today"),
        ("2026-03-06 17:31", "overdue"),
        ("2026-03-10 09:00", "escalated"),
    ],
)
def test_stages_follow_the_new_due_time(at: str, stage: str | None) -> None:
    assert assessed(at).stage == stage


@pytest.mark.parametrize(("answered", "on_time"), [("2026-03-06 17:30", True), ("2026-03-06 17:31", False)])
def test_an_answer_in_the_time_added_is_in_time(answered: str, on_time: bool) -> None:
    # given
    request = post(POSTED, answered=answered, channel="disclosure_request", kind=None)
    # when
    deadline = BOOK.assess(request, beijing("2026-04-01 09:00"), LONGER)
    # then
    assert deadline
    assert deadline.on_time is on_time


def test_only_disclosure_requests_are_extendable_in_the_shipped_rules() -> None:
    assert [name for name, rule in SHIPPED.rules.items() if rule.extension_working_days] == ["disclosure_request"]
    assert BOOK.is_extendable(REQUEST)
    assert not BOOK.is_extendable(post(POSTED))
    assert not BOOK.is_extendable(post(POSTED, channel="media"))


def test_a_reminder_says_so_and_is_sent_again_before_the_new_due_time() -> None:
    # given the reminder three working days before the first due time, and before the new one
    days = [beijing("2026-01-28 08:30"), beijing("2026-03-03 08:30")]
    items = [item_of(REQUEST, BOOK.assess(REQUEST, day, LONGER), day, BOOK) for day in days]
    assert [item and item.stage for item in items] == ["due_in_3", "due_in_3"]
    # then they are two alerts
    assert len({item.alert_id(days[1].date()) for item in items if item}) == 2
    # and only the later mail says what was extended
    mails = [_text(item, day) for item, day in zip(items, days, strict=True) if item]
    assert ["已延期，原为 2026-02-02 17:30" in mail for mail in mails] == [False, True]


def _text(item: AlertItem, day: datetime) -> str:
    message = render(build_digests([item], OFFICE, day)[0], "yuqing@city.example")
    return "".join(part.get_content() for part in message.walk() if part.get_content_maintype() == "text")
