"""Text comes out as it should have been sent."""

import pytest

from nlp.clean import clean, clean_line


@pytest.mark.parametrize(
    ("sent", "cleaned"),
    [
        ("\n\t\t\t  第一行 \t 有空白　\r\n\r\n\n  第二行\n", "第一行 有空白\n第二行"),
        ("表格里的换行_x000D_\n第二行_x000D_", "表格里的换行\n第二行"),
        ("<p>医院&nbsp;收费</p><br/>高", "医院 收费 高"),
        ("1 < 2 且 3 > 2", "1 < 2 且 3 > 2"),
        ("看\u200b不\ufeff见\u0007的\x85字\ud83d符", "看不见的字符"),
        ("行\u2028分\u2029隔", "行\n分\n隔"),
        ("cafe\u0301", "café"),
        ("表情🙂留着", "表情🙂留着"),
        ("", ""),
        (" \n\t\u3000 ", ""),
    ],
)
def test_what_nobody_meant_to_send_is_removed(sent: str, cleaned: str) -> None:
    assert clean(sent) == cleaned


def test_cleaning_twice_changes_nothing_more() -> None:
    once = clean("\ta　b\r\n\r\n<b>c</b> &amp; d")

    assert clean(once) == once


def test_a_title_is_one_line() -> None:
    assert clean_line(" 第一行\n\n第二行 ") == "第一行 第二行"
