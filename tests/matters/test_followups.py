"""Which answered matters deserve a second explanation, what a person may decide, and whether it helped."""

import pytest

from core.errors import YuqingError
from core.post import Post
from matters.decisions import Decision
from matters.followups import STEPS, Candidate, State, candidate, effect
from matters.matter import Explanation
from matters.settings import FollowUpRules
from tests.matters.cases import beijing, explanation, matter, post, reply

RULES = FollowUpRules()
ANSWERED = "2026-03-10 15:00"


def _before(number: int = 5) -> list[Post]:
    """So many people in the week before the answer; the first of them got it."""
    posts = [post(f"2026-03-{day + 2:02d} 09:00", f"before{day}") for day in range(number)]
    return [posts[0].model_copy(update={"replies": reply(ANSWERED)}), *posts[1:]]


def _later(*days: int) -> list[Post]:
    """Another person on each of these days of March."""
    return [post(f"2026-03-{day:02d} 10:00", f"later{day}") for day in days]


def _judged(
    posts: list[Post], at: str = "2026-03-25 08:00", explained: tuple[Explanation, ...] = ()
) -> Candidate | None:
    return candidate(matter(posts, explained=explained), beijing(at), RULES)


def test_a_matter_that_distinct_people_keep_raising_after_the_reply_is_a_candidate() -> None:
    # given five people before and four after the reply
    found = _judged([*_before(), *_later(12, 15, 18, 22)])

    # then
    assert found is not None
    assert (found.people_before, found.people_after, found.posts_after) == (5, 4, 4)
    assert found.answered_at == beijing(ANSWERED)
    assert found.reason == "2026年3月10日首次答复，此后仍有 4 人提出同一问题（4 条留言）。"


def test_a_matter_that_quiets_down_after_the_reply_is_none() -> None:
    assert _judged([*_before(), *_later(12)]) is None


def test_a_matter_nobody_answered_is_none() -> None:
    assert _judged([post(f"2026-03-{day:02d} 09:00", f"author{day}") for day in range(2, 24)]) is None


def test_a_reply_that_comes_later_makes_no_candidate_yet() -> None:
    posts = [*_before(), *_later(12, 15, 18, 22)]

    assert _judged(posts, at="2026-03-10 14:00") is None


def test_one_person_who_writes_again_and_again_is_one_person() -> None:
    again = [post(f"2026-03-{day:02d} 10:00", "甲") for day in (12, 13, 14, 15, 18, 20, 22)]

    assert _judged([*_before(), *again]) is None


def test_posts_of_the_day_of_the_reply_do_not_count() -> None:
    # given three people in the hours after the reply, and two on later days
    same_day = [post(f"2026-03-10 {hour}:00", f"hour{hour}") for hour in (16, 20, 23)]

    assert _judged([*_before(), *same_day, *_later(12, 22)]) is None
    assert _judged([*_before(), *same_day, *_later(12, 15, 22)]) is not None


def test_copies_without_author_are_no_further_people() -> None:
    copies = [post(f"2026-03-{day:02d} 10:00", None) for day in (12, 15, 18)]
    subject = matter([*_before(), *copies], duplicates=[copy.id for copy in copies])

    assert candidate(subject, beijing("2026-03-25 08:00"), RULES) is None


def test_people_who_asked_before_are_named_as_such() -> None:
    again = [post(f"2026-03-{day} 10:00", f"before{number}") for number, day in enumerate((12, 15, 18, 20))]

    found = _judged([*_before(), *again])

    assert found is not None
    assert found.asked_again == 4
    assert "其中 4 人此前就提过" in found.reason


def test_few_people_after_a_flood_have_quieted_down() -> None:
    # given sixty people before the reply and three after it
    flood = [post(f"2026-03-09 {number // 4:02d}:{number % 4}0", f"flood{number}") for number in range(60)]

    assert _judged([*_before(), *flood, *_later(13, 18, 24)], at="2026-03-28 08:00") is None
    assert _judged([*_before(), *_later(13, 18, 24)], at="2026-03-28 08:00") is not None


def test_a_fortnight_of_silence_ends_it() -> None:
    posts = [*_before(), *_later(12, 13, 14, 15)]

    assert _judged(posts, at="2026-03-28 08:00") is not None
    assert _judged(posts, at="2026-03-30 08:00") is None


def test_only_the_last_thirty_days_count() -> None:
    # given two people soon after the reply and two more than a month later
    posts = [*_before(), *_later(12, 13), post("2026-04-20 10:00", "丙"), post("2026-04-25 10:00", "丁")]

    assert _judged(posts, at="2026-04-26 08:00") is None


def test_a_later_explanation_answers_anew() -> None:
    # given a candidate that is then explained
    posts = [*_before(), *_later(12, 15, 18)]
    explained = (explanation("2026-03-20 09:00"),)

    # then what was asked before the explanation counts no more; what is asked after it does
    assert _judged(posts) is not None
    assert _judged(posts, explained=explained) is None
    found = _judged([*posts, *_later(22, 23, 24)], explained=explained)
    assert found is not None
    assert found.answered_by == "解读"
    assert found.reason.startswith("2026年3月20日已发布解读，此后仍有 3 人")


@pytest.mark.parametrize(
    ("current", "new"),
    [
        ("待研判", "拟二次解读"),
        ("拟二次解读", "已解读"),
        ("已解读", "待研判"),
        ("不需要", "待研判"),
        ("待研判", "不需要"),
    ],
)
def test_a_decision_may_follow(current: State, new: State) -> None:
    STEPS.take(current, Decision(new, "", "办公室", beijing("2026-03-25 09:00")))


@pytest.mark.parametrize(("current", "new"), [("已解读", "不需要"), ("不需要", "已解读"), ("待研判", "待研判")])
def test_other_decisions_are_refused_in_chinese(current: State, new: State) -> None:
    made = Decision(new, "", "办公室", beijing("2026-03-25 09:00"))

    with pytest.raises(YuqingError, match=f"“{current}”不能改为“{new}”") as refused:
        STEPS.take(current, made)
    assert "可以改为" in refused.value.advice


def test_somebody_must_stand_for_a_decision() -> None:
    with pytest.raises(YuqingError, match="由谁决定"):
        STEPS.take("待研判", Decision("不需要", "已解决", " ", beijing("2026-03-25 09:00")))


def _volume(day: str, people: int) -> list[Post]:
    return [post(f"{day} {8 + number // 60:02d}:{number % 60:02d}", f"{day} {number}") for number in range(people)]


def test_a_clear_fall_after_the_explanation_is_told() -> None:
    # given ten people in each of four weeks before and one in each of four weeks after
    before = [one for day in ("2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24") for one in _volume(day, 10)]
    after = [one for day in ("2026-04-02", "2026-04-09", "2026-04-16", "2026-04-23") for one in _volume(day, 1)]

    # when
    told = effect(matter([*before, *after]), beijing("2026-03-31 08:00"), beijing("2026-05-10 08:00"), RULES)

    # then
    assert told.weeks_before == pytest.approx(4, abs=0.01)
    assert told.weeks_after == 4
    assert told.ratio == pytest.approx(0.11, abs=0.01)
    assert told.sentence == (
        "解读前 4 周平均每周 10.0 人、10.0 条，解读后 4 周平均每周 1.0 人、1.0 条：人数约为原来的 11%，明显减少。"
    )


def test_a_rise_after_the_explanation_is_told() -> None:
    posts = [*_volume("2026-03-10", 2), *_volume("2026-04-02", 20)]

    told = effect(matter(posts), beijing("2026-03-31 08:00"), beijing("2026-04-21 08:00"), RULES)

    assert told.sentence.endswith("明显增加。")


def test_three_before_and_one_after_prove_nothing() -> None:
    posts = [*_volume("2026-03-10", 3), *_volume("2026-04-02", 1)]

    told = effect(matter(posts), beijing("2026-03-31 08:00"), beijing("2026-04-28 08:00"), RULES)

    assert told.sentence.endswith("数量不足以说明有变化。")


def test_nobody_afterwards_is_no_division_by_nought() -> None:
    told = effect(matter(_volume("2026-03-20", 12)), beijing("2026-03-31 08:00"), beijing("2026-04-21 08:00"), RULES)

    assert told.ratio is not None
    assert 0 < told.ratio < 0.1
    assert told.sentence.endswith("明显减少。")


def test_less_than_a_week_is_not_compared() -> None:
    told = effect(matter(_volume("2026-03-20", 12)), beijing("2026-03-31 08:00"), beijing("2026-04-03 08:00"), RULES)

    assert told.ratio is None
    assert told.sentence.endswith("不满一周，暂不比较。")


def test_posts_later_than_now_are_not_compared() -> None:
    posts = [*_volume("2026-03-20", 12), *_volume("2026-04-20", 50)]

    told = effect(matter(posts), beijing("2026-03-31 08:00"), beijing("2026-04-14 08:00"), RULES)

    assert told.posts_after == 0
