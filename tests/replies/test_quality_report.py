"""Figures of reply quality by department and month."""

import pytest

from replies.quality import Quality
from replies.report import QualityRow, graded, report
from tests.replies.cases import FULL, PARTIAL, PASSED_ON, RECEIVED
from tests.replies.cases import graded as quality_of

UNKNOWN = "（未注明）"


def rows(*replies: tuple[str | None, str | None, Quality]) -> dict[tuple[str | None, str | None], QualityRow]:
    found = report([graded(quality, department, month) for department, month, quality in replies], UNKNOWN)
    return {(row.department, row.month): row for row in found}


def test_each_department_has_its_months_then_its_total_and_all_come_last() -> None:
    # when
    found = rows(
        ("疾控科", "2026-02", quality_of(FULL)),
        ("疾控科", "2026-01", quality_of(PARTIAL)),
        ("妇幼科", "2026-01", quality_of(FULL)),
    )
    # then
    assert list(found) == [
        ("妇幼科", "2026-01"),
        ("妇幼科", None),
        ("疾控科", "2026-01"),
        ("疾控科", "2026-02"),
        ("疾控科", None),
        (None, None),
    ]


def test_figures_are_means_and_shares_of_the_replies() -> None:
    # given
    replies = [quality_of(FULL), quality_of(PARTIAL), quality_of(PASSED_ON, alike=5), quality_of(RECEIVED)]
    # when
    total = rows(*((None, None, one) for one in replies))[None, None]
    # then
    assert total.replies == 4
    assert total.mean == pytest.approx(sum(one.total for one in replies) / 4)
    assert total.median == pytest.approx((replies[1].total + replies[2].total) / 2)
    assert (total.good_rate, total.poor_rate) == (0.25, 0.5)
    assert (total.no_answer_rate, total.template_rate) == (0.5, 0.25)


def test_replies_without_department_or_month_are_kept_under_a_name_of_their_own() -> None:
    # when
    found = rows((None, None, quality_of(FULL)))
    # then
    assert set(found) == {(UNKNOWN, UNKNOWN), (UNKNOWN, None), (None, None)}


def test_a_dimension_that_no_reply_has_is_left_out_of_the_means() -> None:
    # when
    untimed = rows((None, None, quality_of(FULL, None)))[None, None]
    mixed = rows((None, None, quality_of(FULL, None)), (None, None, quality_of(FULL)))[None, None]
    # then
    assert "timeliness" not in untimed.dimensions
    assert mixed.dimensions["timeliness"] == 100


def test_without_replies_there_are_no_rows() -> None:
    assert report([], UNKNOWN) == []
