"""Personal data is masked however it is written, and what only looks like it is left alone."""

import re
import time
from pathlib import Path

import pytest

from nlp.masking import KINDS, is_bank_card, is_identity_number, mask


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
        ("手机138.1234.5678", "手机[电话]"),
        ("手机138 - 1234 - 5678", "手机[电话]"),
        ("手机1 3 8 1 2 3 4 5 6 7 8", "手机[电话]"),
        ("手机一三八一二三四五六七八", "手机[电话]"),
        ("打幺三八 一二三四 五六七八", "打[电话]"),
        ("手机𝟏𝟑𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖", "手机[电话]"),
        ("电话13812345678/13912345678", "电话[电话]/[电话]"),
        ("电话13812345678万分感谢，13812345678元旦后有空", "电话[电话]万分感谢，[电话]元旦后有空"),
        ("座机（0660）337 1234", "座机[电话]"),
        ("座机(0660) 3371234", "座机[电话]"),
        ("座机0660--3371234", "座机[电话]"),
        ("座机06603371234", "座机[电话]"),
        ("联系电话：3371234", "联系电话：[电话]"),
        ("QQ：123456789，扣扣群号 12345678", "QQ：[账号]，扣扣群号 [账号]"),
        ("微信号：zhang_san88", "微信号：[账号]"),
        ("加我vx: zhangsan88", "加我vx: [账号]"),
        ("身份证：１１０１０５１９４９１２３１００２Ｘ", "身份证：[身份证号]"),
        ("车牌粤Ｎ１２３４５、粤 N12345、粤n12345", "车牌[车牌]、[车牌]、[车牌]"),
        ("住翠园小区三栋二单元501", "住翠园小区[住址]"),
        ("住翠园小区3号楼2单元501室", "住翠园小区[住址]"),
        ("住翠园小区3#501房", "住翠园小区[住址]"),
        ("住翠园小区3-2-501", "住翠园小区[住址]"),
        ("翠园小区2单元501业主", "翠园小区[住址]业主"),
        ("我住人民路12号。", "我住人民路[住址]。"),
        ("和平巷5号居民", "和平巷[住址]居民"),
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
        "投资15000000000元",
        "2019-12-31 12:30:45至2020.12.31",
        "按GB50180-2018和K2+350至K3+120",
        "发票号码04403200011112345678，批号202105012345",
        "电话20191231打过，又打96111和400-810-1234",
        "香樟路168号翠园小区的垃圾，中山路48号附近的工地",
        "轨道3号线",
        "6栋18楼和一栋32层的高楼，24栋25栋，一座650吨的加油站",
        "住1-2-3号楼的业主看第3-5-2019号文件",
        "微信公众号查不到，微信小程序约不上",
        "一九九八年一月到三百五十六万",
        "新app1234打不开",
    ],
)
def test_what_only_looks_like_personal_data_stays(text: str) -> None:
    assert mask(text).text == text


def test_an_authoritys_fixed_line_stays_readable_but_a_mobile_number_does_not() -> None:
    reply = "请拨打0660-3371234、电话3371234或13812345678，地址人民路12号"

    assert mask(reply, official=True).text == "请拨打0660-3371234、电话3371234或[电话]，地址人民路12号"


def test_each_kind_is_counted() -> None:
    assert mask("13812345678，13912345678，a@b.example").counts == {"phone": 2, "email": 1}
    assert set(mask("QQ：123456789").counts) <= set(KINDS)


def test_check_digits_decide() -> None:
    # GB 11643's own example number, then the same with another check digit.
    assert is_identity_number("11010519491231002X")
    assert not is_identity_number("110105194912310021")
    assert is_bank_card("4539578763621486")
    assert not is_bank_card("4539578763621487")
    assert not is_bank_card("9939578763621482")


def test_what_surrounds_masked_data_is_kept_as_it_was_written() -> None:
    text = "Ａ栋业主，手机１３８１２３４５６７８，面积１２０．５平"

    assert mask(text).text == "Ａ栋业主，手机[电话]，面积１２０．５平"


def test_masked_text_is_not_masked_again() -> None:
    once = mask("电话13812345678，住翠园小区3栋2单元501室，QQ：123456789")

    assert mask(once.text).text == once.text
    assert mask(once.text).counts == {}


@pytest.mark.parametrize("unit", ["1", "12-", "一", "1栋", "路1号", "a.", "a@", "粤N1", "微信:a", "0660", "住1-"])
def test_the_time_grows_with_the_length_of_the_text_whatever_it_is_made_of(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        start = time.process_time()
        mask(text)
        return time.process_time() - start

    short, long = max(seconds(10_000), 0.001), seconds(100_000)

    # Ten times the length; quadratic growth would take a hundred times.
    assert long / short < 40


def test_nothing_that_looks_like_a_number_of_a_person_is_left_in_real_messages(realdata: Path) -> None:
    """The organiser replaced most; what he left is masked, and little else is (addresses apart)."""
    text = (realdata / "messages_voted.csv").read_text(encoding="utf-8-sig")

    masked = mask(text)

    assert re.search(r"(?<![0-9.])1[3-9][0-9] ?-?[0-9]{4} ?-?[0-9]{4}(?![0-9.元])", masked.text) is None
    assert masked.counts.get("identity_number", 0) + masked.counts.get("bank_card", 0) == 0
