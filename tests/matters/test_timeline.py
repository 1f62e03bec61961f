"""The course of a matter, and its picture."""

import struct
from datetime import date, timedelta

import pytest

from core.clock import to_beijing
from matters.timeline import DayCount, peaks, timeline
from matters.timeline_picture import chart, picture
from tests.matters.cases import beijing, explanation, matter, post, reply

AT = beijing("2026-03-20 12:00")


def _days(*counts: int) -> list[DayCount]:
    first = date(2026, 3, 1)
    return [DayCount(first + timedelta(days=place), count, count) for place, count in enumerate(counts) if count]


def test_nothing_is_known_before_the_first_post() -> None:
    assert timeline(matter([post("2026-03-21 09:00")]), AT) is None


def test_days_are_beijing_days() -> None:
    # given a post half an hour after midnight in Beijing, the evening before in UTC
    course = timeline(matter([post("2026-03-02 00:30"), post("2026-03-02 08:00", "乙")]), AT)

    # then
    assert course is not None
    assert course.days == (DayCount(date(2026, 3, 2), 2, 2),)


def test_replies_and_explanations_not_yet_given_do_not_exist() -> None:
    # given a reply tomorrow and an explanation in a week
    subject = matter(
        [post("2026-03-01 09:00", replies=reply("2026-03-21 09:00"))], explained=[explanation("2026-03-27 09:00")]
    )

    # when
    course = timeline(subject, AT)

    # then
    assert course is not None
    assert course.answers == ()
    assert (course.first_answer_at, course.posts_after, course.people_after) == (None, None, None)


def test_a_reply_without_date_is_told_of_but_begins_nothing() -> None:
    course = timeline(matter([post("2026-03-01 09:00", replies=reply(None))]), AT)

    assert course is not None
    assert [answer.at for answer in course.answers] == [None]
    assert course.first_answer_at is None


def test_the_same_reply_to_two_posts_is_one_answer_of_the_earlier_date() -> None:
    posts = [
        post("2026-03-01 09:00", replies=reply("2026-03-06 09:00")),
        post("2026-03-02 09:00", "乙", replies=reply("2026-03-05 09:00")),
    ]

    course = timeline(matter(posts), AT)

    assert course is not None
    assert [(answer.at, answer.posts) for answer in course.answers] == [
        (beijing("2026-03-05 09:00"), (posts[0].id, posts[1].id))
    ]


def test_posts_after_the_first_answer_are_counted() -> None:
    posts = [post("2026-03-01 09:00", replies=reply("2026-03-05 09:00"))]
    posts += [post("2026-03-06 09:00", "乙"), post("2026-03-07 09:00", "乙"), post("2026-03-08 09:00", "丙")]

    course = timeline(matter(posts), AT)

    assert course is not None
    assert (course.posts_after, course.people_after) == (3, 2)


def test_a_day_far_above_the_others_is_a_peak() -> None:
    assert [day.posts for day in peaks(_days(1, 2, 1, 0, 1, 12, 2, 1))] == [12]


def test_neighbouring_high_days_are_one_peak() -> None:
    assert [day.posts for day in peaks(_days(1, 2, 1, 1, 9, 12, 10, 1, 2, 1))] == [12]


def test_days_that_scatter_by_chance_have_no_peak() -> None:
    assert peaks(_days(1, 1, 1, 3, 0, 1, 1)) == ()
    assert peaks(_days(20, 24, 18, 22, 27, 19)) == ()


def test_one_outbreak_does_not_hide_another() -> None:
    assert [day.posts for day in peaks(_days(1, 2, 30, 1, 1, 2, 1, 8, 1, 2))] == [30, 8]


def test_the_picture_has_a_column_for_each_day_and_a_rule_for_each_day_something_was_said() -> None:
    # given posts on three days, two replies on one day and an explanation
    posts = [
        post("2026-03-01 09:00", replies=reply("2026-03-05 09:00", "已到现场检查。")),
        post("2026-03-02 09:00", "乙", replies=reply("2026-03-05 10:00", "已责令停产。")),
        post("2026-03-10 09:00", "丙"),
    ]
    course = timeline(matter(posts, explained=[explanation("2026-03-12 09:00")]), AT)
    assert course is not None

    # when
    bars, rules, _ = chart(course, "搅拌站扰民")["layer"]

    # then
    assert [(one["日期"], one["留言"]) for one in bars["data"]["values"]] == [
        ("2026-03-01", 1),
        ("2026-03-02", 1),
        ("2026-03-10", 1),
    ]
    assert [(one["日期"], one["标签"]) for one in rules["data"]["values"]] == [
        ("2026-03-05", "答复 2 条"),
        ("2026-03-12", "解读"),
    ]


def test_a_matter_of_a_year_has_columns_of_weeks() -> None:
    # given two posts in one week a year ago
    course = timeline(matter([post("2025-03-11 09:00"), post("2025-03-13 09:00", "乙")]), AT)
    assert course is not None

    # when
    bars = chart(course, "搅拌站扰民")["layer"][0]

    # then the column stands for the week from Monday
    assert [(one["日期"], one["至"], one["留言"]) for one in bars["data"]["values"]] == [
        ("2025-03-10", "2025-03-17", 2)
    ]


@pytest.mark.parametrize(
    ("busiest", "ticks"),
    [
        (1, [0, 1]),
        (2, [0, 1, 2]),
        (5, [0, 1, 2, 3, 4, 5]),
        (6, [0, 2, 4, 6]),
        (13, [0, 5, 10, 15]),
        (100, [0, 20, 40, 60, 80, 100]),
    ],
)
def test_posts_are_counted_in_whole_numbers_each_once(busiest: int, ticks: list[int]) -> None:
    # given
    course = timeline(matter([post("2026-03-10 09:00", f"author{number}") for number in range(busiest)]), AT)
    assert course is not None

    # when
    bars = chart(course, "搅拌站扰民")["layer"][0]

    # then the axis names these and ends with the last one
    scale = bars["encoding"]["y"]
    assert scale["axis"]["values"] == ticks
    assert scale["scale"]["domain"] == [0, ticks[-1]]


def test_the_picture_is_a_png() -> None:
    course = timeline(matter([post(f"2026-03-{day:02d} 09:00", f"author{day}") for day in range(1, 15)]), AT)
    assert course is not None

    image = picture(course, "搅拌站扰民")

    width, height = struct.unpack(">II", image[16:24])
    assert image.startswith(b"\x89PNG")
    assert width > 1200
    assert height > 400
    assert to_beijing(course.first_seen).date() == date(2026, 3, 1)
