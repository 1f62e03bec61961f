"""Traditional characters are read as simplified ones, one for one."""

import pytest

from nlp.simplify import Simplifier
from pipeline.settings import PROJECT

LISTS = ("topics.yml", "places.yml", "risk.yml", "departments.yml", "user_dict.txt", "stopwords.txt")


@pytest.fixture(scope="module")
def simplified() -> Simplifier:
    return Simplifier()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("醫院門診掛號", "医院门诊挂号"),
        ("衛生局請處理", "卫生局请处理"),
        ("小區業主與物業的糾紛", "小区业主与物业的纠纷"),
        ("疫苗 HPV 9價 😡", "疫苗 HPV 9价 😡"),
        ("剩餘的錢", "剩余的钱"),
        ("以後對於摺疊床的特徵，為什麽", "以后对于折叠床的特征，为什么"),
    ],
)
def test_traditional_characters_become_simplified(written: str, read: str, simplified: Simplifier) -> None:
    assert simplified(written) == read
    assert len(simplified(written)) == len(written)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "医院门诊挂号",
        "著名景点瞭望塔",
        "乾坤",
        "慰藉",
        "English 123 😡",
        "𠮷\ue000\ud83d\x00",
        "余氯超标，卡里的余额不退，百余户业主",
        "余杭区",
        "手机信号覆盖不到",
        "大阪",
        "我家与邻居几户都在台阶后面",
    ],
)
def test_what_is_simplified_already_stays_the_very_same(text: str, simplified: Simplifier) -> None:
    assert simplified(text) is text


def test_what_simplified_chinese_writes_too_stays_beside_traditional_characters(simplified: Simplifier) -> None:
    assert simplified("著名醫院") == "著名医院"


def test_simplifying_twice_changes_nothing_more(simplified: Simplifier) -> None:
    once = simplified("獻血證補辦，血站說要本人來，髮型與頭髮，後天與皇后，剩餘的錢")
    assert simplified(once) == once


def test_every_word_the_office_lists_is_read_as_it_is_written(simplified: Simplifier) -> None:
    # given the words of the shipped configuration, which are looked for in simplified texts
    config = PROJECT / "config"
    listed = {name: (config / name).read_text(encoding="utf-8") for name in LISTS}
    # then
    assert {name for name, text in listed.items() if simplified(text) != text} == set()
