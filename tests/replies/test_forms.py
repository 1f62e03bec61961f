"""Replies that are one form filled in again and again are found and counted."""

import pytest

from pipeline.reply_pairs import ReplyPair
from pipeline.reply_quality import Forms
from replies.skeleton import skeleton
from tests.replies.cases import FULL, PARTIAL
from tests.replies.posts import form


def pair(title: str, reply: str) -> ReplyPair:
    return ReplyPair(id=title, title=title, body="", reply=reply)


def remembered(*pairs: ReplyPair) -> Forms:
    forms = Forms()
    for one in pairs:
        forms.add(one)
    return forms


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (form("妇幼科", 3), form("市中医药局", 26)),
        ("网友“甲”您好！来信收悉。", "网友“乙丙丁”：您好，来信收悉。"),
        ("您反映的问题已转红十字会。", "您反映的问题已转市交警支队。"),
        ("关于您反映的停车难的问题，我局将认真研究。", "关于您反映的噪音扰民问题，我局将认真研究。"),
        ("办结编号2026-0311-07。", "办结编号2025-1203-118。"),
    ],
)
def test_two_fillings_of_one_form_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)


def test_answers_of_their_own_have_different_skeletons() -> None:
    assert skeleton(FULL) != skeleton(PARTIAL)


def test_replies_of_one_form_to_other_posts_are_counted() -> None:
    # given
    pairs = [pair(f"第{number}件事", form("妇幼科", number)) for number in range(1, 6)]
    forms = remembered(*pairs, pair("疫苗", FULL))
    # then
    assert [forms.alike(one) for one in pairs] == [4] * 5
    assert forms.alike(pair("疫苗", FULL)) == 0
    assert forms.alike(pair("从没见过", form("老龄科", 9))) == 5


def test_the_same_post_sent_twice_makes_no_form() -> None:
    # given
    forms = remembered(pair("疫苗", FULL), pair("疫苗", FULL), pair("疫苗！", FULL))
    # then
    assert forms.alike(pair("疫苗", FULL)) == 0


def test_a_form_with_a_few_words_changed_is_still_found() -> None:
    # given
    said = "我局将按照有关规定认真研究，进一步加强管理，不断提高服务水平，为市民营造良好的生活环境"
    forms = remembered(pair("停车", f"{said}。感谢您的留言！"))
    # then
    assert forms.alike(pair("噪音", f"{said}，欢迎监督。感谢您的留言！")) == 1


def test_more_copies_than_a_bucket_holds_are_all_counted() -> None:
    # given
    forms = remembered(*(pair(f"第{number}件事", form(f"第{number}科", number % 28 + 1)) for number in range(200)))
    # then
    assert forms.alike(pair("另一件事", form("老龄科", 9))) == 200
