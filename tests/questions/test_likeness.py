"""Questions asked before are found by what they ask, not by how they are worded."""

import pytest

from questions.likeness import Asked, Candidate, Likeness

BACKGROUND = [
    "小区停车位不够，希望增加",
    "公交车等很久",
    "请问怎么办理",
    "路灯坏了没人修",
    "咨询一下办理流程",
    "医院挂号难",
]
LANDING = Candidate(
    "landing", "咨询新生儿落地险问题", "孩子刚出生，怎样买落地险？", "出生28天内取得本市户籍并缴费即可参保。"
)
CHECK = Candidate("check", "咨询异地车辆年检", "外地牌照的车怎么年检？", "可在本市任何一家检测站检验。")
PARKING = Candidate("parking", "小区停车收费合理吗", "物业每月收三百元。", "实行市场调节价。")


def order(asked: Asked, *candidates: Candidate) -> list[str]:
    return [one.key for one in Likeness(BACKGROUND).rank(asked, candidates)]


def test_the_question_in_other_words_comes_first() -> None:
    assert order(Asked("新生儿的落地险在哪里办"), CHECK, PARKING, LANDING)[0] == "landing"


def test_the_reply_counts_as_well_as_the_question() -> None:
    # given two questions worded alike, one of which was answered with what is asked now
    one = Candidate("one", "咨询户口问题", "", "请到派出所办理居住证。")
    other = Candidate("other", "咨询户口问题", "", "请到学校报名。")
    # then
    assert order(Asked("办理居住证"), other, one)[0] == "one"


def test_the_same_place_is_preferred_and_another_one_comes_last() -> None:
    # given
    here = Candidate("here", "路灯坏了", "", "已修。", frozenset({"春江花园"}))
    there = Candidate("there", "路灯坏了", "", "已修。", frozenset({"滨河苑"}))
    anywhere = Candidate("anywhere", "路灯坏了", "", "已修。")
    # then
    asked = Asked("路灯坏了", places=frozenset({"春江花园"}))
    assert order(asked, there, anywhere, here) == ["here", "anywhere", "there"]


def test_a_reply_that_says_nothing_comes_after_one_that_answers() -> None:
    # given
    empty = Candidate("empty", "咨询异地车辆年检", "外地牌照的车怎么年检？", "来信收悉。", says=False)
    # then
    assert order(Asked("咨询异地车辆年检"), empty, CHECK) == ["check", "empty"]


def test_likeness_is_one_for_the_same_question_and_near_nothing_for_another() -> None:
    # when
    by_key = {one.key: one.likeness for one in Likeness(BACKGROUND).rank(Asked(LANDING.title), [LANDING, CHECK])}
    # then
    assert by_key["landing"] == pytest.approx(1)
    assert by_key["check"] < 0.3


def test_nothing_to_compare_is_no_error() -> None:
    assert order(Asked("？！"), CHECK) == ["check"]
    assert order(Asked("年检")) == []
