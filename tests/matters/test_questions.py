"""What people ask, and whether a reply answers it."""

from collections.abc import Sequence

import pytest

from matters.coverage import Said
from matters.questions import Question, questions
from matters.sentences import Asks, asking_part, asks, is_courtesy, sentences, without_asking
from matters.terms import rarity
from tests.matters.cases import beijing, post, terms
from tests.matters.coverage_cases import CHOSEN, HELD_OUT, Case


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("请问补贴什么时候发放？", "when"),
        ("新院区何时开诊", "when"),
        ("一针要多少钱？", "how_much"),
        ("为什么还没有发？", "why"),
        ("在哪里可以打疫苗？", "where"),
        ("这个事归哪个部门管？", "who"),
        ("办证需要什么材料？", "papers"),
        ("外地人怎么登记？", "how"),
        ("搅拌站是否合法", "whether"),
        ("二手房能享受补贴吗？", "whether"),
        ("退休教师算不算人才？", "whether"),
        # statements with words of questions in them, and complaints in the form of questions
        ("路灯几个月没亮了", None),
        ("装修花了好几千元，住进去没多久就漏水。", None),
        ("谁都知道这里很吵。", None),
        ("现有几点诉求。", None),
        ("现有几点诉求和疑问？", None),
        ("难道老百姓的身体就不重要吗？", None),
        ("这样下去还让不让人活了？", None),
        ("非法搅拌站何时休", None),
        ("无论怎么投诉都没有用。", None),
        ("多少会有一些影响。", None),
        ("37%的绿化率？！", None),
        ("试问，百多万的房子就是这样的质量？", None),
        ("谁能治治这无良的开发商，为我们老百姓做做主！", None),
        # but a question with an exclamation mark is one
        ("为何洋房和高层价格一样？！", "why"),
    ],
)
def test_what_a_sentence_asks_for(sentence: str, kind: Asks | None) -> None:
    assert asks(sentence) == kind


def test_sentences_come_without_greetings_and_numbers() -> None:
    text = "尊敬的领导：您好！我有以下问题：\n1、补贴发多少？2.什么时候发？\n（3）在哪里领？谢谢！"

    assert sentences(text) == ["我有以下问题：", "补贴发多少？", "什么时候发？", "在哪里领？", "谢谢！"]


def test_a_decimal_is_no_number_of_a_list() -> None:
    assert sentences("水费是2.6元一吨。") == ["水费是2.6元一吨。"]


def test_a_letter_with_commas_only_is_cut_at_commas() -> None:
    text = "，".join(["搅拌站每天半夜还在施工声音很大"] * 8)

    assert [len(one) <= 70 for one in sentences(text)] == [True, True]
    assert "".join(sentences(text)).replace("，", "") == text.replace("，", "")
    # and where it is shown, that it goes on
    first, last = sentences(text)
    assert sentences(text, "……") == [f"{first}……", last]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("尊敬的领导：网传四期混凝土强度不够。", "网传四期混凝土强度不够。"),
        ("尊敬的张局长，您好！小区停水了。", "小区停水了。"),
        ("详情见https://board.example/a?b=1（http://board.example/2）请核实。", "详情见请核实。"),
        ("状态栏为‘正常’）。", "状态栏为‘正常’。"),
        ("对“一刀切的做法（含周边小区有意见。", "对一刀切的做法含周边小区有意见。"),
        ("他说“不行（没有文件）”。", "他说“不行（没有文件）”。"),
    ],
)
def test_a_sentence_comes_without_salutation_addresses_and_half_pairs(text: str, told: str) -> None:
    assert sentences(text) == [told]


@pytest.mark.parametrize(
    "sentence",
    [
        "感谢您对我们工作的支持！",
        "现将有关情况回复如下。",
        "盼回复。",
        "区领导高度重视。",
        "如有其它问题需要咨询，建议拨打12345。",
        "您于1月22日咨询的关于翠园小区二期洋房没有达标就强行交房的问题，我局已收悉，现回复如下。",
    ],
)
def test_courtesies_say_nothing(sentence: str) -> None:
    assert is_courtesy(sentence)


def test_a_long_sentence_with_thanks_says_something() -> None:
    assert not is_courtesy(
        "感谢您的来信，经核实该站未办理环评手续，我局已责令其停产整改并处罚款八万元，整改期间加强巡查。"
    )


def test_the_asking_clause_is_taken_out_of_a_story() -> None:
    assert asking_part("我研究生毕业后落户本市，想买套公寓，请问购买公寓能否享受补贴？") == "请问购买公寓能否享受补贴？"
    assert without_asking("办证需要什么材料").strip() == "办证需要"


def _judged(cases: Sequence[Case]) -> list[tuple[bool, bool]]:
    """For each case what was found and what is right; words are weighted as in a matter of all questions to that reply."""
    found = []
    for question, answer, right in cases:
        said = Said([answer], terms())
        asked = [terms().of(without_asking(asking_part(one))) for one, given, _ in cases if given == answer]
        words = terms().of(without_asking(asking_part(question)))
        found.append((said.answer_to(question, words, rarity([*asked, *said.words])) is not None, right))
    return found


@pytest.mark.parametrize(("cases", "right"), [(CHOSEN, 26), (HELD_OUT, 25)])
def test_answered_questions_are_told_from_open_ones(cases: Sequence[Case], right: int) -> None:
    judged = _judged(cases)

    assert len(judged) == 28
    assert sum(found == truth for found, truth in judged) >= right
    # An open question taken for answered would be lost.
    assert not [1 for found, truth in judged if found and not truth]


def test_a_reply_that_only_repeats_the_question_does_not_answer_it() -> None:
    answer = "您反映的搅拌站什么时候搬走的问题，我局高度重视。感谢您的监督！"

    assert Said([answer], terms()).sentences == []


def test_the_heading_of_a_paragraph_tells_what_its_sentences_are_about() -> None:
    # given a date whose sentence names the subject only in part
    dated = "经与财政部门对接，补贴将于6月30日前到位。"
    words = terms().of("育儿补贴发放")

    # then
    headed = Said([f"一、关于育儿补贴发放的问题。{dated}"], terms())
    assert headed.answer_to("育儿补贴什么时候发放？", words, {}) == dated
    assert Said([dated], terms()).answer_to("育儿补贴什么时候发放？", words, {}) is None


def test_a_sentence_that_begins_like_a_heading_and_goes_on_is_none() -> None:
    said = Said(["关于育儿补贴发放的问题，补贴将于6月30日前发放到账。"], terms())

    assert said.answer_to("育儿补贴什么时候发放？", terms().of("育儿补贴发放"), {}) is not None


def _asked(answer: str, *bodies: str, after: str | None = None) -> list[Question]:
    posts = [post(f"2026-03-{day:02d} 09:00", f"author{day}", body) for day, body in enumerate(bodies, 1)]
    return questions(
        posts,
        frozenset(),
        beijing(after) if after else None,
        Said([answer] if answer else [], terms()),
        terms(),
    )


def test_the_same_question_in_other_words_is_counted_by_people() -> None:
    found = _asked(
        "",
        "请问育儿补贴什么时候发放？",
        "孩子半岁了，想问育儿补贴多久能领到？",
        "育儿补贴需要什么材料？",
        "育儿补贴何时到账？",
    )

    assert [(one.asks, one.people) for one in found] == [("when", 3), ("papers", 1)]


def test_one_person_asking_twice_is_counted_once() -> None:
    posts = [post(f"2026-03-0{day} 09:00", "甲", "请问育儿补贴什么时候发放？") for day in (1, 2)]

    found = questions(posts, frozenset(), None, Said([], terms()), terms())

    assert [(one.people, len(one.posts)) for one in found] == [(1, 2)]


def test_when_and_how_much_are_two_questions() -> None:
    found = _asked("", "育儿补贴什么时候发放？", "育儿补贴发放多少钱？")

    assert len(found) == 2


def test_an_answered_question_shows_the_sentence_that_answers() -> None:
    found = _asked("育儿补贴将于6月30日前发放到账。", "请问育儿补贴什么时候发放？", "二手房可以落户吗？")

    assert {one.example: one.answered_by for one in found} == {
        "请问育儿补贴什么时候发放？": "育儿补贴将于6月30日前发放到账。",
        "二手房可以落户吗？": None,
    }


def test_people_who_ask_after_the_answer_are_counted_apart() -> None:
    bodies = ["请问育儿补贴什么时候发放？"] * 3

    (found,) = _asked("", *bodies, after="2026-03-01 12:00")

    assert (found.people, found.people_after) == (3, 2)


def test_a_request_without_a_subject_is_no_question() -> None:
    assert _asked("", "请问能不能处理一下？") == []


def test_a_matter_without_questions_has_none() -> None:
    assert _asked("", "太吵了，睡不着。", "强烈要求取缔！") == []
