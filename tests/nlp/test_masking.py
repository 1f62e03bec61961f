"""Personal data is masked however it is written, and what only looks like it is left alone."""

import pytest

from nlp.masking import is_bank_card, is_identity_number, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13812345678。", "电话[电话]。"),
        ("电话 138 1234 5678 或 138-1234-5678", "电话 [电话] 或 [电话]"),
        ("微信１３８１２３４５６７８", "微信[电话]"),
        ("+86 13812345678", "[电话]"),
        ("家里电话0660-3371234", "家里电话[电话]"),
        ("身份证11010519491231002X，", "身份证[身份证号]，"),
        ("身份证 110105 19491231 002x", "身份证 [身份证号]"),
        ("卡号6222021234567890128", "卡号[银行卡号]"),
        ("卡号6222 0212 3456 7890 128", "卡号[银行卡号]"),
        ("粤N12345 和 粤N·D12345", "[车牌] 和 [车牌]"),
        ("写信到 zhang.san@mail.example.com 。", "写信到 [邮箱] 。"),
        ("住翠园小区3栋2单元501室", "住翠园小区[住址]"),
        ("人民路12号3栋501房", "人民路[住址]"),
    ],
)
def test_personal_data_is_replaced_by_its_kind(text: str, masked: str) -> None:
    assert mask(text).text == masked


@pytest.mark.parametrize(
    "text",
    [
        "拨打12345热线、120急救",
        "文号〔2016〕61号，第三十三条",
        "2019年12月31日交了380000元",
        "身份证110105194912310021",
        "订单号2019080112345678",
        "3栋业主都反映电梯坏了",
        "乘3路车在5号线换乘",
        "每平米12345.67元",
    ],
)
def test_what_only_looks_like_personal_data_stays(text: str) -> None:
    assert mask(text).text == text


def test_an_authoritys_fixed_line_stays_readable_but_a_mobile_number_does_not() -> None:
    reply = "请拨打0660-3371234或13812345678，地址人民路12号"

    assert mask(reply, official=True).text == "请拨打0660-3371234或[电话]，地址人民路12号"


def test_each_kind_is_counted() -> None:
    assert mask("13812345678，13912345678，a@b.example").counts == {"phone": 2, "email": 1}


def test_check_digits_decide() -> None:
    # GB 11643's own example number, then the same with another check digit.
    assert is_identity_number("11010519491231002X")
    assert not is_identity_number("110105194912310021")
    assert is_bank_card("4539578763621486")
    assert not is_bank_card("4539578763621487")
