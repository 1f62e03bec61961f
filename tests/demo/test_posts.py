"""The posts the demo ships show every feature: all topics, all stages, early and late replies, all kinds of personal data."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise

import pytest

from alerts.calendar import WorkCalendar
from alerts.deadlines import DeadlineBook
from collectors.spreadsheet import Spreadsheet, best_match
from core.clock import to_beijing
from core.post import KINDS, OPEN_STATUSES, STAGES, STATUSES, Deadline, Post
from demo.run import POSTS, POSTS_AT
from nlp import masking
from nlp.enrich import mask_post
from nlp.topics import UNKNOWN, KeywordTopics
from pipeline.settings import Settings

LONGEST_FREE = timedelta(hours=72)
"""Over four months of an active board, no three days pass without a post."""
MOBILE = re.compile(r"1[3-9](?:[ \-－—.]?[0-9０-９]){9}(?![0-9０-９])|１[３-９][０-９]{9}")


@pytest.fixture(scope="module")
def settings() -> Settings:
    """The shipped configuration."""
    return Settings({})


@pytest.fixture(scope="module")
def source(settings: Settings) -> Spreadsheet:
    """The source that the demo itself picks for the file."""
    return best_match([one for one in settings.sources.sources if isinstance(one, Spreadsheet)], POSTS)


@pytest.fixture(scope="module")
def posts(source: Spreadsheet) -> list[Post]:
    """The posts as parsed; a row that cannot be read raises `BadItem` here and fails every test."""
    return [source.parse(item, POSTS_AT) for batch in source.read_file(POSTS) for item in batch.items]


@pytest.fixture(scope="module")
def masked(posts: list[Post]) -> list[Post]:
    """The posts as they would be stored."""
    return [mask_post(post, b"only-for-tests") for post in posts]


@pytest.fixture(scope="module")
def deadlines(settings: Settings, masked: list[Post]) -> list[Deadline]:
    """What the office owes at the demo's now, post by post."""
    book = DeadlineBook(settings.deadlines, WorkCalendar(settings.calendar.days))
    return [deadline for post in masked if (deadline := book.assess(post, POSTS_AT))]


def count_of(values: Iterable[object], wanted: Iterable[object]) -> dict[object, int]:
    """How often each wanted value occurs, those that never do included."""
    counted = Counter(values)
    return {value: counted[value] for value in wanted}


def test_the_demo_takes_the_file_up_by_its_own_source(source: Spreadsheet) -> None:
    assert source.name == "yuqing_demo"


def test_three_hundred_posts_come_out_of_the_file_in_the_order_they_were_written(posts: list[Post]) -> None:
    assert len(posts) == 300
    assert len({post.id for post in posts}) == 300
    assert [post.source_id for post in posts] == [f"YQ{number:04d}" for number in range(1, 301)]
    # Some rows tell the time to the minute only.
    assert [post.posted_at.replace(second=0) for post in posts] == sorted(p.posted_at.replace(second=0) for p in posts)


def test_kind_and_status_are_written_in_words_the_product_knows() -> None:
    with POSTS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))

    kinds = count_of((row["类型"] for row in rows), KINDS)
    statuses = count_of((row["状态"] for row in rows), STATUSES)

    assert sum(kinds.values()) == sum(statuses.values()) == len(rows)
    assert min(kinds.values()) >= 10
    assert min(statuses.values()) >= 20


def test_nothing_in_the_file_lies_after_the_demos_now(posts: list[Post]) -> None:
    replies = [reply for post in posts for reply in post.replies]

    assert max(post.posted_at for post in posts) < POSTS_AT
    assert all(reply.replied_at and reply.replied_at <= POSTS_AT for reply in replies)


def test_posts_spread_over_four_months_and_their_holidays(posts: list[Post]) -> None:
    days = [to_beijing(post.posted_at).date() for post in posts]

    months = Counter(f"{day:%Y-%m}" for day in days)
    gaps = [late.posted_at - early.posted_at for early, late in pairwise(posts)]
    national_day = [day for day in days if date(2025, 10, 1) <= day <= date(2025, 10, 8)]
    swapped_weekends = {date(2025, 9, 28), date(2025, 10, 11), date(2026, 1, 4)}

    assert months.keys() == {"2025-09", "2025-10", "2025-11", "2025-12", "2026-01"}
    assert min(months.values()) >= 30
    assert max(gaps) < LONGEST_FREE
    assert len(national_day) >= 5
    assert swapped_weekends <= set(days)


def test_every_topic_of_the_bureau_is_reached_and_others_are_told_apart(settings: Settings, masked: list[Post]) -> None:
    classifier = KeywordTopics(settings.topics.topics)
    own = [topic for department in settings.departments.departments for topic in department.topics]

    found = Counter(classifier.classify(post.title, post.body)[0] for post in masked)
    by_topic = count_of(found.elements(), own)

    assert len(own) == 26
    assert {topic: count for topic, count in by_topic.items() if count < 4} == {}
    assert found.total() - sum(by_topic.values()) >= 20
    assert found[UNKNOWN] >= 1


def test_replies_come_early_late_on_the_last_day_and_not_at_all(masked: list[Post], deadlines: list[Deadline]) -> None:
    answered = [deadline for deadline in deadlines if deadline.answered_at]
    last_day = [
        d for d in answered if d.answered_at and to_beijing(d.answered_at).date() == to_beijing(d.due_at).date()
    ]
    waiting = [post for post in masked if not post.replies and post.status in OPEN_STATUSES]

    assert len(deadlines) == len(masked)
    assert 170 <= len(answered) <= 200
    assert 20 <= sum(deadline.on_time is False for deadline in answered) <= 45
    assert len(last_day) >= 10
    assert {deadline.on_time for deadline in last_day} == {True, False}
    assert any(deadline.answered_at == deadline.due_at for deadline in answered)
    assert len(waiting) >= 90


def test_waiting_posts_are_at_every_stage(deadlines: list[Deadline]) -> None:
    stages = count_of((deadline.stage for deadline in deadlines), STAGES)
    in_time = [d for d in deadlines if d.stage is None and d.answered_at is None and d.due_at > POSTS_AT]

    assert 8 <= stages["due_in_3"] + stages["due_in_1"] <= 14
    assert min(stages["due_in_3"], stages["due_in_1"]) >= 3
    assert 3 <= stages["due_today"] <= 6
    assert 15 <= stages["overdue"] + stages["escalated"] <= 30
    assert min(stages["overdue"], stages["escalated"]) >= 3
    assert len(in_time) >= 40


def test_masking_finds_every_kind_of_personal_data(masked: list[Post]) -> None:
    posts_with = count_of((kind for post in masked for kind in post.masked), masking.KINDS)

    assert {kind: count for kind, count in posts_with.items() if count < 4} == {}
    assert sum(bool(post.masked) for post in masked) >= 40


def test_no_mobile_number_is_left_after_masking(posts: list[Post], masked: list[Post]) -> None:
    def numbers(some: list[Post]) -> list[str]:
        texts = (text for p in some for text in (p.title, p.body, p.author or "", *(r.body for r in p.replies)))
        return [number for text in texts for number in MOBILE.findall(text)]

    assert len(numbers(posts)) >= 20
    assert numbers(masked) == []


def test_texts_are_as_long_as_real_ones_and_no_two_people_write_the_same(posts: list[Post]) -> None:
    lengths = [len(post.body) for post in posts]
    replies = [len(reply.body) for post in posts for reply in post.replies]
    repeated = {body: n for body, n in Counter(post.body for post in posts).items() if n > 1}
    authors_of = {body: {post.author for post in posts if post.body == body} for body in repeated}

    assert min(lengths) >= 60
    assert max(lengths) <= 500
    assert min(replies) >= 30
    assert max(replies) <= 400
    assert 3 <= len(repeated) <= 6
    assert set(repeated.values()) == {2}
    assert all(len(authors) == 1 and None not in authors for authors in authors_of.values())
