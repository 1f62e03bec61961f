"""Numerals of headings."""

import pytest

from core.numerals import numeral


@pytest.mark.parametrize(("number", "shown"), [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (19, "十九")])
def test_headings_are_counted_in_chinese(number: int, shown: str) -> None:
    assert numeral(number) == shown
