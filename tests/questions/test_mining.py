"""What many ask becomes an entry with the best reply; mining again never touches what a person worded."""

from datetime import timedelta

from core.post import Post
from matters.matter import Matter
from matters.terms import Terms
from nlp.segment import Segmenter
from pipeline.settings import PROJECT
from questions import review
from questions.choosing import Offer, best
from questions.mining import Mined, entry_id, mine, mined_again, new_entry
from questions.review import Act
from tests.matters_pipeline.letters import MONDAY, SUBSIDY, SUBSIDY_REPLY, answered, days, letter, letters

TERMS = Terms(Segmenter(PROJECT / "config" / "user_dict.txt").words, frozenset())
THIN = "您好，来信收悉，我们会认真研究。"
LATER = "您好，育儿补贴已于2025年5月20日全部发放到位，未到账的请携带身份证到社区登记。"


def grade(_: Post, reply: str) -> float | None:
    return None if reply == THIN else 60.0


def mined_of(posts: list[Post], people: int = 2) -> Mined | None:
    return mine(Matter("m-subsidy", tuple(posts)), people, TERMS, grade)


def asked(*replies: str) -> list[Post]:
    posts = letters("subsidy", SUBSIDY)
    for number, reply in enumerate(replies):
        posts[number] = answered(posts[number], reply, MONDAY + days(10 + number))
    return posts


def test_a_question_of_many_has_the_reply_that_answers_it() -> None:
    # when
    mined = mined_of(asked(THIN, SUBSIDY_REPLY))
    # then
    assert mined is not None
    assert mined.people == len(SUBSIDY)
    assert "育儿补贴" in mined.question
    entry = new_entry(mined, MONDAY)
    assert entry.id == entry_id("m-subsidy")
    assert entry.answer == "阳光新城社区的二孩育儿补贴将于2025年4月底前发放到个人银行卡，请留意短信通知。"
    assert entry.source is not None
    assert (entry.source.post_id, entry.source.organisation) == ("board:subsidy-1", "市卫健局")


def test_too_few_people_or_no_question_make_none() -> None:
    assert mined_of(asked()[:1]) is None
    told = [letter(f"told-{n}", ("感谢社区", "社区的工作人员很热心，谢谢。"), MONDAY) for n in range(3)]
    assert mined_of(told) is None


def test_the_same_person_twice_is_one_person() -> None:
    # given
    posts = [post.model_copy(update={"author_hash": "one"}) for post in asked()[:3]]
    # then
    assert mined_of(posts) is None


def test_a_draft_nobody_has_touched_takes_the_better_reply() -> None:
    # given
    first = mined_of(asked())
    second = mined_of(asked(SUBSIDY_REPLY))
    assert first is not None and second is not None  # noqa: PT018
    # when
    entry = mined_again(new_entry(first, MONDAY), second, MONDAY + days(9))
    # then
    assert entry.answer.startswith("阳光新城社区的二孩育儿补贴将于")
    assert entry.suggestion is None


def test_what_a_person_worded_stays_and_the_better_reply_is_suggested_once() -> None:
    # given
    first, again = mined_of(asked()), mined_of(asked(SUBSIDY_REPLY))
    assert first is not None and again is not None  # noqa: PT018
    worded = review.edit(new_entry(first, MONDAY), Act("张一", MONDAY), "育儿补贴什么时候发？", "请等通知。")
    # when
    entry = mined_again(worded, again, MONDAY + days(9))
    # then
    assert (entry.question, entry.answer, entry.history) == (worded.question, worded.answer, worded.history)
    assert entry.suggestion is not None
    assert entry.suggestion.source is not None
    assert entry.suggestion.source.post_id == "board:subsidy-0"
    # and when a person does not want it, it is not suggested again
    left = review.refuse_suggestion(entry, Act("张一", MONDAY))
    assert mined_again(left, again, MONDAY + days(10)).suggestion is None


def test_mining_the_same_again_changes_nothing() -> None:
    mined = mined_of(asked(SUBSIDY_REPLY))
    assert mined is not None
    entry = new_entry(mined, MONDAY)
    assert mined_again(entry, mined, MONDAY) == entry


def test_the_newer_of_two_good_replies_is_chosen() -> None:
    # given
    old = Offer("board:1", "旧", 70.0, 1.0, MONDAY - timedelta(days=3 * 365))
    new = Offer("board:2", "新", 65.0, 1.0, MONDAY)
    # then: twelve points for three years are more than five for the grade
    assert best([old, new]) == new
    assert best([]) is None
