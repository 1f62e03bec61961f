"""Early warning: what raises one, what does not, and when it is mailed."""

from datetime import datetime, timedelta

import pytest

from core.post import Post, RiskGrade
from matters.settings import QuietHours, WarningRules
from matters.warning import EarlyWarning, early_warning, expectation, is_news, mail_at
from tests.matters.cases import beijing, matter, post

RULES = WarningRules()
QUIET = QuietHours()
NOW = beijing("2026-03-31 10:00")


def _days(*counts: int, label: str = "negative") -> list[Post]:
    """So many people on each of the days up to now, the last count within the last 24 hours."""
    found = []
    for back, count in enumerate(reversed(counts)):
        for number in range(count):
            moment = NOW - timedelta(days=back, minutes=10 * number + 5)
            found.append(
                post(
                    "2026-03-01 00:00",
                    f"day{back} person{number}",
                    id=f"board:{back} {number}",
                    posted_at=moment,
                    sentiment_label=label,
                )
            )
    return found


def _warned(*counts: int, at: datetime = NOW) -> EarlyWarning | None:
    return early_warning(matter(_days(*counts)), at, RULES)


def test_a_burst_raises_a_warning_with_the_posts_that_caused_it() -> None:
    # given four weeks with a post every other day, then 12 people within 24 hours
    found = _warned(*[1, 0] * 14, 12)

    # then
    assert found is not None
    assert (found.people, found.posts, len(found.post_ids)) == (12, 12, 12)
    assert found.expected == pytest.approx(0.5, abs=0.05)
    assert found.probability < RULES.probability
    assert found.deadline_rule == "opinion_general"
    assert found.reason == (
        "24 小时内 12 人发出 12 条负面留言；此前 28 天平均每天 0.5 人，最多一天 1 人。"
        "若一切如常，一天里出现这么多人的可能不到一亿分之一。"
    )


def test_steady_high_volume_is_no_alert() -> None:
    assert _warned(*[30, 34, 28, 31, 33, 29, 32] * 4, 36) is None


def test_small_counts_are_no_alert() -> None:
    assert _warned(*[1] * 28, 3) is None
    assert _warned(*[0] * 28, 3) is None


def test_a_monday_after_a_quiet_weekend_is_no_alert() -> None:
    # given ten people on working days and two on weekends; the 31st is a Tuesday, the 30th a Monday
    week = [2, 10, 10, 10, 10, 10, 2]

    assert _warned(*[10, 10, 10, 10, 10, 2, 2] * 4, 13) is None
    assert _warned(*week * 4, 14) is None


def test_a_new_matter_that_bursts_raises_a_warning_without_history() -> None:
    found = _warned(9)

    assert found is not None
    assert "此前没有负面留言" in found.reason


def test_a_new_matter_of_four_posts_does_not() -> None:
    assert _warned(4) is None


def test_one_person_who_writes_twenty_times_raises_none() -> None:
    posts = [post(f"2026-03-31 {hour:02d}:{minute}0", "甲") for hour in range(6, 10) for minute in range(5)]

    assert early_warning(matter(posts), NOW, RULES) is None


def test_a_text_copied_by_many_people_raises_one() -> None:
    posts = _days(*[0, 1] * 14, 10)
    copies = [one.id for one in posts if one.posted_at > NOW - timedelta(days=1)][1:]

    assert early_warning(matter(posts, duplicates=copies), NOW, RULES) is not None


def test_posts_that_are_not_negative_raise_none() -> None:
    assert early_warning(matter(_days(*[1, 0] * 14, 20, label="positive")), NOW, RULES) is None


def test_posts_later_than_now_raise_none() -> None:
    assert _warned(*[1, 0] * 14, 20, at=NOW - timedelta(days=1)) is None


def test_an_outbreak_weeks_ago_does_not_hide_a_new_one() -> None:
    # given one day of 20 in a calm month
    assert _warned(*[1, 0, 2, 1, 20, 1, 0] + [1, 0, 1, 2, 1, 0, 1] * 3, 20) is not None


def test_a_history_that_scatters_widely_explains_more() -> None:
    calm = expectation(25, [5, 6, 4, 5, 5, 6, 4] * 4)
    wild = expectation(25, [0, 18, 2, 0, 11, 3, 1] * 4)

    assert calm.mean == pytest.approx(wild.mean)
    assert calm.probability < 1e-3 < wild.probability


def test_the_probability_falls_with_every_further_person() -> None:
    likely = [expectation(count, [1, 0, 2, 1, 0, 1, 0] * 4).probability for count in range(20)]

    assert likely[0] == 1
    assert likely == sorted(likely, reverse=True)


def _warning(at: str, people: int) -> EarlyWarning:
    return EarlyWarning("m1", beijing(at), people, people, 1.0, 1e-9, (), "")


@pytest.mark.parametrize(
    ("at", "people", "news"),
    [
        ("2026-03-03 09:00", 12, True),
        ("2026-03-02 09:00", 12, False),
        ("2026-03-02 09:00", 19, False),
        ("2026-03-01 12:00", 20, True),
    ],
)
def test_the_same_matter_is_news_again_after_two_days_or_when_people_doubled(at: str, people: int, news: bool) -> None:
    # given a warning of 10 people on the 1st at nine
    last = _warning("2026-03-01 09:00", 10)

    assert is_news(_warning(at, people), last, RULES) is news


def test_a_first_warning_is_news() -> None:
    assert is_news(_warning("2026-03-01 09:00", 5), None, RULES)


@pytest.mark.parametrize(
    ("found", "risk", "mailed"),
    [
        ("2026-03-01 21:59", "高", "2026-03-01 21:59"),
        ("2026-03-01 22:00", "高", "2026-03-02 07:00"),
        ("2026-03-02 02:30", None, "2026-03-02 07:00"),
        ("2026-03-02 07:00", "高", "2026-03-02 07:00"),
        ("2026-03-02 02:30", "紧急", "2026-03-02 02:30"),
        ("2026-12-31 23:00", "低", "2027-01-01 07:00"),
    ],
)
def test_mails_wait_for_the_morning_unless_urgent(found: str, risk: RiskGrade | None, mailed: str) -> None:
    assert mail_at(beijing(found), risk, QUIET) == beijing(mailed)


def test_quiet_hours_within_a_day_end_the_same_day() -> None:
    noon = replace_hours("12:00", "14:00")

    assert mail_at(beijing("2026-03-01 13:00"), None, noon) == beijing("2026-03-01 14:00")
    assert mail_at(beijing("2026-03-01 23:00"), None, noon) == beijing("2026-03-01 23:00")


def test_equal_hours_are_never_quiet() -> None:
    never = replace_hours("00:00", "00:00")

    assert mail_at(beijing("2026-03-01 03:00"), None, never) == beijing("2026-03-01 03:00")


def replace_hours(start: str, end: str) -> QuietHours:
    """Quiet hours as a file would have them."""
    return QuietHours.model_validate({"start": start, "end": end})
