"""How hot a matter is, and why."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.post import Post
from matters.heat import Heat, heat, heat_by_day
from matters.settings import HeatWeights
from tests.matters.cases import beijing, post

AT = beijing("2026-03-20 12:00")
WEIGHTS = HeatWeights()
moments = st.integers(1, 28).map(lambda day: f"2026-03-{day:02d} 09:00")
votes = st.one_of(st.none(), st.integers(0, 3000))


@st.composite
def some_posts(draw: st.DrawFn) -> list[Post]:
    number = draw(st.integers(1, 12))
    labels = st.sampled_from(["negative", "neutral", "positive", None])
    return [
        post(
            draw(moments),
            draw(st.sampled_from(["甲", "乙", "丙", None])),
            id=f"board:{place}",
            votes_up=draw(votes),
            sentiment_label=draw(labels),
        )
        for place in range(number)
    ]


def _of(posts: list[Post], weights: HeatWeights = WEIGHTS) -> Heat:
    return heat(posts, frozenset(), AT, weights)


def test_one_line_says_how_many_people_votes_and_recent_posts() -> None:
    # given 46 people, two of them this week, with 112 votes in all
    early = [post("2026-03-01 09:00", f"early{number}", votes_up=2) for number in range(44)]
    late = [post("2026-03-18 09:00", f"late{number}", votes_up=12) for number in range(2)]

    # when
    hot = _of([*early, *late])

    # then
    assert hot.explain() == "46 人, 112 赞, 7 天内 +2"


def test_votes_nobody_told_of_are_not_shown_as_none() -> None:
    hot = _of([post("2026-03-01 09:00")])

    assert hot.value("votes") is None
    assert hot.explain() == "1 人"


@given(some_posts())
def test_the_heat_is_the_sum_of_its_terms(posts: list[Post]) -> None:
    hot = _of(posts)

    assert hot.total == pytest.approx(sum(term.contribution for term in hot.terms))
    assert all(term.contribution >= 0 for term in hot.terms)


@given(some_posts())
def test_the_same_posts_by_more_people_are_hotter(posts: list[Post]) -> None:
    # given the same posts, all by one person, or each by another
    by_one = [one.model_copy(update={"author_hash": "甲"}) for one in posts]
    by_many = [one.model_copy(update={"author_hash": f"author{place}"}) for place, one in enumerate(posts)]

    # then
    known = sum(one.posted_at <= AT for one in posts)
    if known > 1:
        assert _of(by_many).total > _of(by_one).total
    else:
        assert _of(by_many).total == pytest.approx(_of(by_one).total)


@given(some_posts())
def test_what_is_later_than_the_moment_does_not_count(posts: list[Post]) -> None:
    future = post("2026-03-25 09:00", "丁", id="board:future", votes_up=5000)

    assert _of([*posts, future]) == _of(posts)


def test_many_people_are_hotter_than_one_post_with_thousands_of_votes() -> None:
    crowd = [post("2026-03-10 09:00", f"author{number}") for number in range(30)]
    star = [post("2026-03-10 09:00", votes_up=2000)]

    assert _of(crowd).total > _of(star).total


def test_copies_count_as_copies_and_for_the_people_who_sent_them() -> None:
    # given one text sent by two people, by one of them twice
    posts = [post("2026-03-01 09:00"), post("2026-03-02 09:00"), post("2026-03-03 09:00", "乙")]

    # when
    hot = heat(posts, {posts[1].id, posts[2].id}, AT, WEIGHTS)

    # then
    assert (hot.value("people"), hot.value("posts"), hot.value("copies")) == (2, 1, 2)


def test_a_copy_without_author_is_no_further_person() -> None:
    posts = [post("2026-03-01 09:00", None), post("2026-03-02 09:00", None), post("2026-03-03 09:00", None)]

    assert heat(posts, {posts[2].id}, AT, WEIGHTS).value("people") == 2


def test_freshness_halves_with_each_half_life() -> None:
    weights = HeatWeights(half_life_days=10)
    posts = [post("2026-03-10 12:00")]

    assert heat(posts, frozenset(), beijing("2026-03-10 12:00"), weights).value("freshness") == 1
    assert _of(posts, weights).value("freshness") == pytest.approx(0.5)


def test_a_weight_of_nought_leaves_a_term_out() -> None:
    hot = _of([post("2026-03-01 09:00", votes_up=100)], HeatWeights(votes=0))

    assert next(term for term in hot.terms if term.name == "votes").contribution == 0


def test_heat_by_day_begins_with_the_matter_and_ends_now() -> None:
    # given a matter that began three days ago, and a post later today
    posts = [post("2026-03-18 23:30"), post("2026-03-19 10:00", "乙"), post("2026-03-20 15:00", "丙")]

    # when
    days = heat_by_day(posts, frozenset(), AT, 30, WEIGHTS)

    # then
    assert {day: hot.value("people") for day, hot in days.items()} == {
        date(2026, 3, 18): 1,
        date(2026, 3, 19): 2,
        date(2026, 3, 20): 2,
    }
    assert days[date(2026, 3, 20)] == heat(posts, frozenset(), AT, WEIGHTS)


def test_heat_by_day_shows_no_more_days_than_asked_for() -> None:
    days = heat_by_day([post("2026-01-01 09:00")], frozenset(), AT, 7, WEIGHTS)

    assert list(days) == [date(2026, 3, day) for day in range(14, 21)]
