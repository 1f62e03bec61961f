"""Text comes out as it should have been sent."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@pytest.mark.parametrize(
    ("sent", "cleaned"),
    [
        ("医院\x00很\x07远\x1b", "医院很远"),
        ("医\u200b院\u200d很\u00ad远", "医院很远"),
        ("\u202e倒着写\u202c", "倒着写"),
        ("\x9f医院", "医院"),
        ("半个\ud83d表情", "半个表情"),
    ],
    ids=["control characters", "zero width", "direction marks", "C1 controls", "half a surrogate pair"],
)
def test_what_nobody_can_see_is_gone(sent: str, cleaned: str) -> None:
    assert clean(sent) == cleaned


@pytest.mark.parametrize(
    ("sent", "cleaned"),
    [
        ("一\r\n二\r三\n四", "一\n二\n三\n四"),
        ("\n\n  一  \n\t\n \u3000 \n二\n\n", "一\n二"),
        ("\t\t2019年4月以来\t\t\n\t\t", "2019年4月以来"),
        ("一 \t\u3000\xa0 二", "一 二"),
    ],
    ids=["line ends", "blank lines", "tabs around", "runs of blanks"],
)
def test_blanks_and_line_ends_are_made_plain(sent: str, cleaned: str) -> None:
    assert clean(sent) == cleaned


@pytest.mark.parametrize(
    ("sent", "cleaned"),
    [
        ('<a href="https://x.example/?a=1&b=2">这里</a>', "这里"),
        ("<span style='color:red'>急</span>", "急"),
        ("3 &lt; 5 &amp;&nbsp;6", "3 < 5 & 6"),
        ("体温<37.3，血压>140", "体温<37.3，血压>140"),
        ("《<关于>的通知》", "《<关于>的通知》"),
        ("价格<没有写完", "价格<没有写完"),
        ("甲 & 乙 &", "甲 & 乙 &"),
        ("&#0;&#xD800;好", "\ufffd\ufffd好"),
    ],
)
def test_mark_up_is_gone_and_what_only_looks_like_it_stays(sent: str, cleaned: str) -> None:
    assert clean(sent) == cleaned


def test_a_title_of_many_lines_is_one_line() -> None:
    assert clean_line("一\r\n\r\n二<br>三\u2028四") == "一 二 三 四"


@given(st.text(alphabet=st.characters(codec=None), max_size=300))
def test_any_text_comes_out_clean(sent: str) -> None:
    # when
    cleaned = clean(sent)
    # then
    assert cleaned.encode().decode() == cleaned == cleaned.strip()
    assert not [one for one in cleaned if one != "\n" and unicodedata.category(one) in {"Cc", "Cs"}]
    assert "\n\n" not in cleaned
    assert "  " not in cleaned
    assert "\n" not in clean_line(sent)


@given(st.text(alphabet=st.characters(exclude_characters="<>&_", codec=None), max_size=300))
def test_what_is_clean_stays_as_it_is(sent: str) -> None:
    assert clean(clean(sent)) == clean(sent)
