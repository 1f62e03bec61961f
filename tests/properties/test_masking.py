"""Masking, whatever the text: nothing is masked twice, nothing else is changed, and made-up data never stays."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.masking_rule import SPOKEN
from tests.fuzz.targets import masks_well
from tests.nlp.personal_data import bank_card, full_width, grouped, identity, mobile, spoken
from tests.properties.bounds import BOUNDED

_WORDS = [
    *("电话", "手机号", "身份证", "银行卡号", "微信：", "QQ", "住", "我家", "小区", "人民路", "公司", "[电话]", "业主", "粤A", "湘"),
    *("13812345678", "138 1234 5678", "0731-88881234", "3371234", "110105", "11010519491231002X", "6222", "2019-12-31"),
    *("3栋", "2单元", "501室", "3-2-501", "12号", "一三八", "二〇一九", "(at)", "a@b.com", "#", "１３８", "+86", "(", "）", "转801"),
]  # fmt: skip
PIECES = st.lists(st.one_of(st.sampled_from(_WORDS), st.text(max_size=4)), max_size=12).map("".join)
# No digits, which would make it another number, and no 元, behind which it is an amount.
AROUND = st.text(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF, exclude_characters=f"{SPOKEN}元万亿块转"), max_size=12
)


@BOUNDED
@given(st.one_of(st.text(), PIECES))
def test_masking_is_done_once_and_changes_nothing_else(text: str) -> None:
    masks_well(text)


@pytest.mark.parametrize("number", [mobile, identity, bank_card])
@BOUNDED
@given(
    before=AROUND,
    seed=st.integers(0, 2**32),
    way=st.sampled_from(["plain", "grouped", "wide", "spoken"]),
    separator=st.sampled_from([" ", "-", " - ", "—", ".", "·", "\u3000"]),
    after=AROUND,
)
def test_a_number_never_stays_whatever_stands_around_it(
    number: object, before: str, seed: int, way: str, separator: str, after: str
) -> None:
    # given
    assert callable(number)
    digits = str(number(random.Random(seed)))
    sizes = {11: (3, 4, 4), 18: (6, 8, 4)}.get(len(digits), (4, 4, 4, 4))
    if number is bank_card:
        sizes = (4, 4, 4, 4)
    written = {
        "plain": digits,
        "grouped": grouped(digits, sizes, separator),
        "wide": full_width(digits),
        "spoken": spoken(digits),
    }[way]
    # when
    text = masks_well(f"{before}{written}{after}")
    # then
    assert text.startswith(before)
    assert text.endswith(after)
    assert not set(text[len(before) : len(text) - len(after)]) & set(
        "0123456789X０１２３４５６７８９零一二三四五六七八九"
    )
