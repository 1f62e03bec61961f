"""The grade of a reply: better replies get more, every dimension says why, and no answer is no answer."""

from itertools import pairwise

import pytest

from replies.quality import Pair, grade
from replies.settings import NoAnswer, ReplyQualityFile
from tests.matters.cases import terms
from tests.replies.cases import (
    BODY,
    ELSEWHERE,
    FULL,
    IN_TIME,
    LADDER,
    LATE,
    PARTIAL,
    PASSED_ON,
    RECEIVED,
    TITLE,
    VAGUE,
    graded,
    reasons,
    share,
)


def test_replies_from_nothing_to_a_full_answer_are_graded_in_rising_order() -> None:
    # when
    totals = [graded(reply).total for reply in LADDER]
    # then
    assert all(lower < higher for lower, higher in pairwise(totals)), totals
    assert totals[0] == 0
    assert (graded(FULL).level, graded(VAGUE).level) == ("较好", "较差")


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        ("", "empty"),
        (" \n", "empty"),
        (RECEIVED, "received"),
        ("已收悉", "received"),
        (PASSED_ON, "passed_on"),
        ("网友：您好！您反映的问题已转红十字会。", "passed_on"),
        ("有关情况将及时反馈。", "passed_on"),
        (ELSEWHERE, "elsewhere"),
        ("您反映的问题不属于我单位职责范围，感谢您的留言。", "elsewhere"),
        ("会的。", "thin"),
        (VAGUE, "general"),
        (PARTIAL, "answer"),
        (FULL, "answer"),
    ],
)
def test_a_reply_that_answers_nothing_is_called_so(reply: str, verdict: str) -> None:
    # when
    quality = graded(reply)
    # then
    assert quality.verdict == verdict
    assert bool(quality.problems) == (verdict != "answer")


def test_passing_on_before_the_answer_does_not_spoil_it() -> None:
    # when
    quality = graded(f"{FULL}\n{PASSED_ON}")
    # then
    assert quality.verdict == "answer"
    assert quality.total >= graded(FULL).total


def test_a_question_that_is_not_answered_is_named_by_its_number_and_its_words() -> None:
    # when
    told = reasons(graded(PARTIAL), "completeness")
    # then
    assert "第 3 个问题“接种需要带什么材料？”没有回应" in told
    assert "一针多少钱" not in told
    assert "回应“接种需要带什么材料？”" in graded(PARTIAL).advice


def test_answering_every_question_is_told_and_counts() -> None:
    # when
    full, partial = graded(FULL), graded(PARTIAL)
    # then
    assert "3 个问题都有回应" in reasons(full, "completeness")
    assert share(full, "completeness") > share(partial, "completeness")


def test_a_request_that_is_not_taken_up_is_named() -> None:
    # given
    pair = Pair("投诉诊所", "希望延长社区门诊的夜间开放时间。", "您好，感谢来信。九价疫苗每针1318元，全程三针。")
    # when
    quality = grade(pair, IN_TIME, 0, terms(), ReplyQualityFile())
    # then
    assert "诉求“希望延长社区门诊的夜间开放时间。”没有回应" in reasons(quality, "completeness")


def test_a_reply_about_something_else_is_not_relevant() -> None:
    # given
    beside = "您好，幸福路因管线迁改延误，预计2026年3月底动工，投资3000万元。感谢您的关心。2026年1月5日"
    # when
    off, to_the_point = graded(beside), graded(FULL)
    # then
    assert share(off, "relevance") == 0
    assert "没有谈到留言说的事" in reasons(off, "relevance")
    assert share(to_the_point, "relevance") > 0.9


def test_the_explanation_names_the_document_and_what_is_there() -> None:
    # when
    told = reasons(graded(FULL), "explanation")
    # then
    assert "引用了《疫苗流通和预防接种管理条例》" in told
    for piece in ("核查情况", "原因", "时间、数量", "措施", "步骤", "留有联系方式"):
        assert piece in told
    assert "没有" not in told


def test_the_explanation_names_what_is_missing_and_how_to_mend_it() -> None:
    # when
    quality = graded(VAGUE)
    # then
    for piece in ("没有说明依据", "没有具体的时间、数量", "没有联系方式"):
        assert piece in reasons(quality, "explanation")
    assert {"写明依据的文件或规定", "留下可以进一步咨询的电话"} <= set(quality.advice)


def test_the_name_of_the_post_in_quotes_is_no_document() -> None:
    # when
    told = reasons(
        graded("您在《问政西地省》栏目反映《咨询九价疫苗》的问题收悉，九价疫苗目前已经没有库存。"), "explanation"
    )
    # then
    assert "没有说明依据" in told


def test_a_late_reply_gets_less_and_is_told_by_how_much() -> None:
    # when
    late, in_time = graded(FULL, LATE), graded(FULL, IN_TIME)
    # then
    assert late.total < in_time.total
    assert "用时 30 个工作日，时限 5 个工作日，超期 25 个工作日" in reasons(late, "timeliness")
    assert "超期" not in reasons(in_time, "timeliness")


def test_without_times_the_other_dimensions_make_up_the_grade() -> None:
    # when
    quality = graded(FULL, None)
    # then
    assert [one.name for one in quality.dimensions] == ["relevance", "completeness", "explanation", "tone"]
    assert abs(quality.total - graded(FULL).total) < 5


def test_rude_words_and_missing_courtesy_cost_points_and_are_named() -> None:
    # given
    curt = "您的问题过于笼统。九价疫苗每针1318元"
    # when
    quality = graded(curt)
    # then
    assert share(quality, "tone") == 0
    for piece in ("没有称谓、问候", "没有感谢或致歉", "没有落款", "有“过于笼统”这样的说法"):
        assert piece in reasons(quality, "tone")
    assert "改掉“过于笼统”" in quality.advice
    assert reasons(graded(FULL), "tone") == "礼貌、规范"


@pytest.mark.parametrize(("alike", "is_template"), [(0, False), (2, False), (3, True), (37, True)])
def test_a_form_many_got_is_a_template_when_it_says_nothing_of_the_matter(alike: int, is_template: bool) -> None:
    # given
    form = (
        "网友您好！我局将按照有关规定认真研究，进一步加强管理，不断提高服务水平，为市民营造良好的环境。感谢您的留言！"
    )
    # when
    quality = graded(form, alike=alike)
    # then
    assert quality.template_only is is_template
    assert (f"与 {alike} 条答复只差称谓、日期或承办单位" in quality.problems) is is_template
    assert quality.total == pytest.approx(graded(form).total * (0.5 if is_template else 1), abs=0.06)


def test_one_full_answer_given_to_many_who_ask_the_same_is_no_template() -> None:
    # when
    quality = graded(FULL, alike=37)
    # then
    assert not quality.template_only
    assert quality.total == graded(FULL).total


def test_text_that_repeats_the_post_is_no_answer() -> None:
    # given
    echo = f"网友：您好！您反映的“{BODY[:60]}”的问题已收悉。"
    # when
    quality = graded(echo)
    # then
    assert quality.verdict == "received"
    assert quality.total < 15


def test_weights_and_cuts_of_the_office_are_used() -> None:
    # given
    rules = ReplyQualityFile(no_answer=NoAnswer(passed_on=1.0))
    # then
    assert graded(PASSED_ON, rules=rules).total > 2 * graded(PASSED_ON).total


def test_a_post_without_title_or_question_is_graded_too() -> None:
    # when
    bare = grade(Pair("", "谢谢", FULL), None, 0, terms(), ReplyQualityFile())
    titled = grade(Pair(TITLE, "", FULL), None, 0, terms(), ReplyQualityFile())
    # then
    assert 0 < bare.total < titled.total <= 100
