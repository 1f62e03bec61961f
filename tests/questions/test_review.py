"""Three reviews by three people, all on the record; nothing is published without them, nothing is undone."""

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import YuqingError
from questions import review
from questions.changes import changes
from questions.drafting import NAME_LABEL
from questions.entry import Entry, Source, Suggestion, needs_review
from questions.review import Act

AT = datetime(2020, 3, 2, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def draft(**more: object) -> Entry:
    source = Source(post_id="board:1", organisation="市公安局", replied_at=AT - 30 * DAY)
    fields = {"id": "q-1", "question": "居住证怎么办？", "answer": "五个工作日办结。", "source": source}
    return Entry.model_validate({**fields, "created_at": AT, "mined_at": AT, **more})


def by(who: str, days: int = 0, note: str = "") -> Act:
    return Act(who, AT + days * DAY, note)


def reviewed(entry: Entry) -> Entry:
    for day, who in enumerate(("张一", "李二", "王三")):
        entry = review.pass_review(entry, by(who, day), None, None)
    return entry


def test_three_people_review_and_then_it_is_published() -> None:
    # when
    entry = review.publish(reviewed(draft()), by("赵四", 3), "居住证 怎么办")
    # then
    assert [(step.state, step.who, step.at - AT) for step in entry.history] == [
        ("一审", "张一", 0 * DAY),
        ("二审", "李二", DAY),
        ("三审", "王三", 2 * DAY),
        ("发布", "赵四", 3 * DAY),
    ]
    assert entry.published is not None
    assert (entry.published.answer, entry.published.reviewed_at) == ("五个工作日办结。", AT + 2 * DAY)
    assert entry.published.source == entry.source


@pytest.mark.parametrize("again", ["张一", " 张一", "张 一", "张一\u3000"])
def test_nobody_does_two_of_the_three_reviews(again: str) -> None:
    # given
    entry = review.pass_review(draft(), by("张一"), None, None)
    # then
    with pytest.raises(YuqingError, match="已做过一审"):
        review.pass_review(entry, by(again), None, None)


def test_who_reviewed_before_it_was_sent_back_may_review_the_new_text() -> None:
    # given
    entry = review.send_back(review.pass_review(draft(), by("张一"), None, None), by("李二", note="时限不对"))
    # when
    entry = review.edit(entry, by("王三"), None, "三个工作日办结。")
    # then
    assert review.pass_review(entry, by("张一"), None, None).state == "一审"
    assert [step.did for step in entry.history] == ["一审", "退回草稿", "修改"]
    assert entry.history[1].note == "时限不对"


@pytest.mark.parametrize("passed", range(3))
def test_nothing_is_published_before_the_third_review(passed: int) -> None:
    # given
    entry = draft()
    for who in ("张一", "李二", "王三")[:passed]:
        entry = review.pass_review(entry, by(who), None, None)
    # then
    with pytest.raises(YuqingError, match="还没有完成三审"):
        review.publish(entry, by("赵四"), "")


def test_what_a_reviewer_changes_is_on_the_record_in_words() -> None:
    # when
    entry = review.pass_review(draft(), by("张一"), "居住证如何申领？", "三个工作日办结。")
    # then
    assert entry.history[0].changed == ["问题：“怎么办”改为“如何申领”", "答案：“五”改为“三”"]
    assert entry.history[0].text == entry.answer == "三个工作日办结。"


def test_a_published_answer_stays_while_the_new_one_is_worked_on() -> None:
    # given
    entry = review.publish(reviewed(draft()), by("赵四"), "居住证")
    # when
    with pytest.raises(YuqingError, match="已经发布"):
        review.edit(entry, by("张一"), None, "新答案。")
    entry = review.edit(review.send_back(entry, by("张一", note="政策变了")), by("张一"), None, "新答案。")
    # then
    assert entry.published is not None
    assert (entry.state, entry.published.answer, entry.tokens) == ("草稿", "五个工作日办结。", "居住证")
    # and when it is reviewed and published again
    entry = review.publish(reviewed(entry), by("赵四"), "居住证")
    assert entry.published is not None
    assert entry.published.answer == "新答案。"


def test_withdrawn_is_withdrawn() -> None:
    # given
    entry = review.publish(reviewed(draft()), by("赵四"), "居住证")
    # when
    entry = review.withdraw(entry, by("赵四", note="政策废止"))
    # then
    assert (entry.state, entry.published, entry.tokens) == ("草稿", None, "")


def test_no_step_without_a_person_no_way_back_without_a_reason() -> None:
    entry = review.pass_review(draft(), by("张一"), None, None)
    with pytest.raises(YuqingError, match="由谁"):
        review.pass_review(entry, by("  "), None, None)
    with pytest.raises(YuqingError, match="原因"):
        review.send_back(entry, by("李二"))


def test_the_name_of_who_asked_is_not_published() -> None:
    entry = reviewed(draft(answer=f"{NAME_LABEL}的申请已受理。"))
    with pytest.raises(YuqingError, match="姓名"):
        review.publish(entry, by("赵四"), "")


def test_an_entry_without_an_answer_is_not_reviewed() -> None:
    with pytest.raises(YuqingError, match="还没有答案"):
        review.pass_review(draft(answer=""), by("张一"), None, None)


def test_what_a_model_words_is_a_draft_that_says_so() -> None:
    # when
    entry = review.take_model_draft(draft(), by("张一"), "三个工作日内办结。")
    # then
    assert (entry.state, entry.drafted_by, entry.history[-1].did) == ("草稿", "模型", "由模型起草")
    with pytest.raises(YuqingError, match="不是草稿"):
        review.take_model_draft(reviewed(draft()), by("张一"), "别的。")


def test_a_better_reply_is_taken_or_left_by_a_person() -> None:
    # given
    better = Suggestion(answer="一个工作日办结。", source=Source(post_id="board:9"), at=AT)
    entry = draft(suggestion=better)
    # then
    taken = review.take_suggestion(entry, by("张一"))
    assert (taken.answer, taken.source, taken.suggestion) == ("一个工作日办结。", better.source, None)
    left = review.refuse_suggestion(entry, by("张一"))
    assert (left.answer, left.dismissed, left.suggestion) == ("五个工作日办结。", ["board:9"], None)


def test_old_answers_are_to_be_looked_at_again() -> None:
    # given
    published = review.publish(reviewed(draft()), by("赵四", 3), "")
    # then a draft is as old as its reply, a published answer as old as its review
    assert needs_review(draft(), AT + 340 * DAY, 12)
    assert not needs_review(draft(), AT + 330 * DAY, 12)
    assert not needs_review(published, AT + 360 * DAY, 12)
    assert needs_review(published, AT + 370 * DAY, 12)


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("请到一楼办理。", "请到二楼办理。", ["“一”改为“二”"]),
        ("请办理。", "请携带身份证办理。", ["加“携带身份证”"]),
        ("请尽快办理。", "请办理。", ["删“尽快”"]),
        ("3.5元", "4元", ["“3.5”改为“4”"]),
        ("一样", "一样", []),
    ],
)
def test_changes_are_told_in_words(before: str, after: str, told: list[str]) -> None:
    assert changes(before, after) == told
