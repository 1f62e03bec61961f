"""Weeks, months and quarters: where they begin and end, what came before, and what is said of a wrong one."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.clock import BEIJING
from reports.period import (
    READERS,
    Kind,
    NoPeriod,
    Period,
    ended,
    last_complete,
    read_month,
    read_quarter,
    read_week,
)

KINDS: tuple[Kind, ...] = ("week", "month", "quarter")


@pytest.mark.parametrize(
    ("period", "start", "end", "title", "dates"),
    [
        (read_week("2020-W02"), "2020-01-06", "2020-01-13", "2020年第2周", "1月6日至1月12日"),
        (read_week("2020-W01"), "2019-12-30", "2020-01-06", "2020年第1周", "2019年12月30日至2020年1月5日"),
        (read_week("2020-W53"), "2020-12-28", "2021-01-04", "2020年第53周", "2020年12月28日至2021年1月3日"),
        (read_week("2020w2"), "2020-01-06", "2020-01-13", "2020年第2周", "1月6日至1月12日"),
        (read_month("2020-02"), "2020-02-01", "2020-03-01", "2020年2月", "2月1日至2月29日"),
        (read_month("2019-12"), "2019-12-01", "2020-01-01", "2019年12月", "12月1日至12月31日"),
        (read_quarter("2020-Q1"), "2020-01-01", "2020-04-01", "2020年第一季度", "1月1日至3月31日"),
        (read_quarter("2019-q4"), "2019-10-01", "2020-01-01", "2019年第四季度", "10月1日至12月31日"),
    ],
)
def test_a_period_goes_from_midnight_to_midnight_in_beijing(
    period: Period, start: str, end: str, title: str, dates: str
) -> None:
    # then
    assert period.start.isoformat() == f"{start}T00:00:00+08:00"
    assert period.end.isoformat() == f"{end}T00:00:00+08:00"
    assert (period.title, period.dates) == (title, dates)
    assert READERS[period.kind](period.key) == period


@given(st.sampled_from(KINDS), st.datetimes(datetime(2001, 1, 1), datetime(2090, 1, 1)))
def test_periods_follow_each_other_without_gap(kind: Kind, moment: datetime) -> None:
    # given
    at = moment.replace(tzinfo=BEIJING)
    # when
    period = last_complete(kind, at)
    # then
    assert period.end <= at < period.following().end
    assert [period.before(count).end for count in range(1, 5)] == [period.before(count).start for count in range(4)]
    assert READERS[kind](period.key) == period


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("week", "2019-W53", "2019 年没有第 53 周"),
        ("week", "2020-W00", "2020 年没有第 0 周"),
        ("week", "2020-02", "认不出这个周"),
        ("week", "二〇二〇年第二周", "认不出这个周"),
        ("week", "２０２０-W02", "认不出这个周"),
        ("week", "1999-W02", "1999 年不在范围之内"),
        ("month", "2020-13", "没有 13 月"),
        ("month", "2020-W02", "认不出这个月份"),
        ("quarter", "2020-Q5", "没有第 5 季度"),
        ("quarter", "", "认不出这个季度"),
    ],
)
def test_a_period_that_is_none_is_told_with_an_example(kind: Kind, text: str, told: str) -> None:
    # when
    with pytest.raises(NoPeriod) as error:
        READERS[kind](text)
    # then
    assert told in error.value.message
    assert error.value.advice
    assert error.value.exit_code == 2


def test_half_a_week_is_refused_and_the_last_whole_one_named() -> None:
    # given
    week = read_week("2020-W02")
    # when
    with pytest.raises(NoPeriod) as error:
        ended(week, week.end - timedelta(seconds=1))
    # then
    assert error.value.message == "2020年第2周（1月6日至1月12日）还没有结束。"
    assert "2020-W01" in error.value.advice
    assert ended(week, week.end) == week
