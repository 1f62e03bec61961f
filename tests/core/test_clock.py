"""Time zones: records hold UTC, people read Beijing time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import show, to_beijing, to_utc

MOMENT = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "same",
    [
        datetime(2026, 1, 5, 10, 0),  # without zone: Beijing, as Chinese exports write it
        datetime(2026, 1, 5, 10, 0, tzinfo=timezone(timedelta(hours=8))),
        datetime(2026, 1, 5, 2, 0, tzinfo=UTC),
        datetime(2026, 1, 4, 21, 0, tzinfo=timezone(timedelta(hours=-5))),
    ],
)
def test_one_moment_is_the_same_in_whatever_zone_it_was_written(same: datetime) -> None:
    assert to_utc(same) == MOMENT
    assert to_utc(same).tzinfo is UTC
    assert to_beijing(same).isoformat() == "2026-01-05T10:00:00+08:00"


def test_people_read_beijing_time_to_the_minute() -> None:
    assert show(MOMENT) == "2026-01-05 10:00"
    assert show(datetime(2026, 1, 4, 16, 0, 59, tzinfo=UTC)) == "2026-01-05 00:00"


def test_a_missing_time_is_shown_as_nothing() -> None:
    assert show(None) == ""


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)))
def test_beijing_is_eight_hours_ahead_all_year(naive: datetime) -> None:
    assert to_utc(naive).replace(tzinfo=None) == naive - timedelta(hours=8)
    assert to_beijing(to_utc(naive)).replace(tzinfo=None) == naive
