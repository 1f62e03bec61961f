"""What people wrote becomes one harmless line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.wording import excerpt, one_line


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("标题\n\t一、伪造的一行", "标题 一、伪造的一行"),
        ("看\u202e反\u200b了\x00吗\u2028？", "看反了 吗 ？"),
        ("=cmd|' /C calc'!A0", "＝cmd|' /C calc'!A0"),
        ("+86 的号码", "＋86 的号码"),
        ("@SUM(A1)", "＠SUM(A1)"),
        ("\ue0000\ue001假\ue002", "0假"),
        ("", ""),
    ],
)
def test_line_breaks_unseen_characters_and_formulas_are_gone(written: str, line: str) -> None:
    # then
    assert one_line(written) == line


@given(st.text(), st.integers(1, 40))
def test_a_line_is_never_longer_than_asked_nor_broken(text: str, most: int) -> None:
    # when
    line, quote = one_line(text, most), excerpt(text, most)
    # then
    for one in (line, quote):
        assert len(one) <= most
        assert len(one.splitlines()) <= 1
        assert one[:1] not in tuple("=+-@")


def test_a_quote_ends_with_a_sentence_where_it_can() -> None:
    # then
    assert excerpt("护士长每天都来看。谢谢她们！我会告诉身边的人。", 16) == "护士长每天都来看。谢谢她们！"
    assert excerpt("这一句话很长很长没有一个句号", 6) == "这一句话很…"
