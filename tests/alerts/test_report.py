"""The figures of the deadline report, checked against the statistics module and by hand."""

import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.report import ReportRow, State, Tally, quantile, report

DAYS = st.lists(st.integers(0, 60), min_size=2, max_size=200)
TALLIES = st.lists(
    st.builds(
        Tally,
        department=st.sampled_from(["办公室", "人事科", "疾控应急科"]),
        month=st.sampled_from(["2025-12", "2026-01"]),
        days=st.none() | st.integers(0, 30),
        on_time=st.none() | st.booleans(),
        state=st.sampled_from(["answered", "open", "overdue", "closed_undated", "unknown"]),
        count=st.integers(1, 9),
    ),
    max_size=20,
)


def answered(
    days: int, count: int = 1, *, on_time: bool = True, department: str = "办公室", month: str = "2026-01"
) -> Tally:
    return Tally(department, month, days, on_time, "answered", count)


def waiting(state: State, count: int = 1, department: str = "办公室", month: str = "2026-01") -> Tally:
    return Tally(department, month, None, None, state, count)


def total(tallies: list[Tally]) -> ReportRow:
    return report(tallies)[-1]


@given(DAYS)
def test_quantiles_are_those_of_numpy_and_the_statistics_module(days: list[int]) -> None:
    # given values told as how often each occurs; "inclusive" is type 7, numpy's default
    weights = dict(Counter(days))
    tenths = statistics.quantiles(days, n=10, method="inclusive")
    # then
    assert quantile(weights, 0.5) == pytest.approx(statistics.median(days))
    assert quantile(weights, 0.9) == pytest.approx(tenths[8])
    assert quantile(weights, 0.1) == pytest.approx(tenths[0])
    assert (quantile(weights, 0), quantile(weights, 1)) == (min(days), max(days))


@pytest.mark.parametrize(
    ("weights", "median", "p90"),
    [
        ({7: 1}, 7, 7),
        ({3: 4}, 3, 3),
        ({1: 1, 2: 1}, 1.5, 1.9),
        ({1: 1, 3: 1, 11: 1}, 3, 9.4),
        ({11: 1, 1: 1, 3: 1}, 3, 9.4),
        ({0: 9, 100: 1}, 0, 10),
    ],
)
def test_quantiles_worked_out_by_hand(weights: dict[int, int], median: float, p90: float) -> None:
    assert quantile(weights, 0.5) == pytest.approx(median)
    assert quantile(weights, 0.9) == pytest.approx(p90)


def test_there_is_no_quantile_of_nothing() -> None:
    assert quantile({}, 0.5) is None


def test_a_row_counts_each_state_in_its_own_column() -> None:
    # given
    tallies = [
        answered(2, 6),
        answered(9, 2, on_time=False),
        waiting("open", 3),
        waiting("overdue", 4),
        waiting("closed_undated", 5),
        waiting("unknown", 1),
    ]
    # then
    assert total(tallies) == ReportRow(
        department=None,
        month=None,
        received=21,
        answered=8,
        on_time=6,
        on_time_rate=0.75,
        median_days=2,
        p90_days=9,
        open=3,
        overdue=4,
        undated=6,
    )


def test_what_was_not_answered_has_no_rate_and_no_quantiles() -> None:
    # when
    row = total([waiting("open", 3), waiting("overdue", 4)])
    # then missing, not zero
    assert (row.answered, row.on_time, row.on_time_rate, row.median_days, row.p90_days) == (0, 0, None, None, None)


def test_an_overdue_post_lowers_no_rate_before_it_is_answered() -> None:
    # given one late answer, and many posts late but still waiting: `on_time` False of those is not an answer's
    tallies = [answered(1, 3), answered(20, on_time=False), Tally("办公室", "2026-01", None, False, "overdue", 50)]
    # then
    assert total(tallies).on_time_rate == 0.75


def test_each_sections_months_stand_before_its_total_and_the_grand_total_last() -> None:
    # given
    tallies = [
        answered(1, department="疾控应急科", month="2026-01"),
        answered(1, department="疾控应急科", month="2025-12"),
        answered(1, department="人事科", month="2026-01"),
    ]
    # then
    assert [(row.department, row.month) for row in report(tallies)] == [
        ("人事科", "2026-01"),
        ("人事科", None),
        ("疾控应急科", "2025-12"),
        ("疾控应急科", "2026-01"),
        ("疾控应急科", None),
        (None, None),
    ]


def test_the_median_of_a_total_is_taken_over_all_posts_not_over_the_months() -> None:
    # given medians of 1 (nine posts) and 30 (one post)
    tallies = [answered(1, 9, month="2025-12"), answered(30, 1, month="2026-01", on_time=False)]
    # then
    assert total(tallies).median_days == 1
    assert total(tallies).p90_days == pytest.approx(3.9)
    assert total(tallies).on_time_rate == 0.9


def test_a_report_of_nothing_is_one_row_of_zeros() -> None:
    assert report([]) == [ReportRow(None, None, 0, 0, 0, None, None, None, 0, 0, 0)]


@given(TALLIES)
def test_totals_are_the_sums_of_their_parts_and_every_post_is_in_one_column(tallies: list[Tally]) -> None:
    # when
    rows = report(tallies)
    grand = rows[-1]
    sections = [row for row in rows if row.department and row.month is None]
    # then
    for column in ("received", "answered", "on_time", "open", "overdue", "undated"):
        assert getattr(grand, column) == sum(getattr(row, column) for row in sections)
        for section in sections:
            months = [row for row in rows if row.department == section.department and row.month]
            assert getattr(section, column) == sum(getattr(row, column) for row in months)
    for row in rows:
        assert row.received == row.answered + row.open + row.overdue + row.undated
        assert row.on_time <= row.answered
    assert grand.received == sum(tally.count for tally in tallies)
