"""A draft speaks to everybody: no greeting, no thanks, nobody's name; what says something stays word for word."""

import pytest

from questions.drafting import NAME_LABEL, draft_of, names_in

REPLY = (
    "网友“UU0081234”您好！您的留言已收悉。现将有关情况回复如下：根据《某市居住证办法》第三条，租房满半年的可以申领居住证。"
    "请携带身份证和租房合同到居住地派出所办理。办理时限为15个工作日。感谢您对我们工作的支持、理解与监督！\n2018年5月9日"
)


def test_greeting_announcement_thanks_and_date_are_left_out() -> None:
    assert draft_of(REPLY) == (
        "根据《某市居住证办法》第三条，租房满半年的可以申领居住证。"
        "请携带身份证和租房合同到居住地派出所办理。办理时限为15个工作日。"
    )


@pytest.mark.parametrize("form", ["您好，来信收悉，已转市公安局办理。", "感谢您的留言！", ""])
def test_a_reply_that_says_nothing_gives_no_draft(form: str) -> None:
    assert draft_of(form) == ""


@pytest.mark.parametrize("name", ["张女士", "王小明先生", "李某女士", "网友“春天的风”", "UU0081234"])
def test_the_name_of_who_asked_never_gets_in(name: str) -> None:
    # when
    draft = draft_of(f"经核查，{name}所述情况属实，补贴标准为每月300元。")
    # then
    assert name not in draft
    assert NAME_LABEL in draft
    assert "补贴标准为每月300元" in draft
    assert names_in(draft) == [NAME_LABEL]


@pytest.mark.parametrize("text", ["对于女士优先的规定，已取消。", "车站关于先生产后生活的说法不实。"])
def test_words_that_only_look_like_a_name_stay(text: str) -> None:
    assert draft_of(text) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [("可联系陈建国同志。", "陈建国"), ("由刘志强科长负责。", "刘志强"), ("联系人：欧阳明，电话见官网。", "欧阳明")],
)
def test_other_names_are_told_to_the_reviewer(text: str, name: str) -> None:
    assert names_in(text) == [name]


def test_a_text_without_names_tells_none() -> None:
    assert names_in("请到市政务服务中心二楼窗口办理，咨询热线12345。") == []
