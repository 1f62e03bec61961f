"""How often chance alone raises a warning, and how large a burst must be, by simulation."""

from collections.abc import Iterator

import numpy as np
import pytest

from matters.settings import WarningRules
from matters.warning import FloatArray, expectation

RULES = WarningRules()
HISTORY, MONTH = 28, 30
MEANS = (0.1, 0.3, 1.0, 3.0, 10.0)
# Hardly anybody writes at four in the morning.
HOURS = np.array([1, 0.5, 0.3, 0.2, 0.2, 0.4, 1, 2, 4, 5, 5, 4, 3, 4, 5, 5, 4, 3, 3, 4, 4, 4, 3, 2])


def _months(size: float | None, number: int) -> Iterator[FloatArray]:
    """Hourly counts of matters without any event: Poisson, or negative binomial of that size day by day.

    Half of them are three times as quiet on weekends.
    """
    chance = np.random.default_rng(20260301)
    days = HISTORY + MONTH
    for turn in range(number):
        mean = MEANS[turn % len(MEANS)]
        week = np.where(np.arange(days) % 7 >= 5, 1.0 if turn % 2 else 0.3, 1.0)
        daily = mean * week / week.mean() * (chance.gamma(size, 1 / size, days) if size else 1.0)
        yield chance.poisson(np.outer(daily, HOURS / HOURS.sum())).ravel().astype(float)


def _alarms(hours: FloatArray) -> bool:
    """Whether any hour of the month after the history raises a warning."""
    total = np.concatenate([[0.0], np.cumsum(hours)])
    for end in range(24 * HISTORY + 1, len(hours) + 1):
        # Windows of 24 hours that end at the same time of day, the latest first; the earliest may be cut short.
        edges = np.maximum(end - 24 * np.arange(HISTORY + 2), 0)
        people = total[edges[:-1]] - total[edges[1:]]
        if people[0] >= max(RULES.posts, RULES.people):
            usual = expectation(int(people[0]), [int(count) for count in people[1:]])
            if usual.probability < RULES.probability:
                return True
    return False


@pytest.mark.parametrize("size", [None, 5.0, 2.0])
def test_chance_raises_a_warning_in_less_than_one_matter_and_month_of_a_hundred(size: float | None) -> None:
    # given months checked every hour, in which nothing happens
    months = 300

    # when
    alarms = sum(map(_alarms, _months(size, months)))

    # then
    assert alarms / months < 0.01


@pytest.mark.parametrize(("mean", "burst"), [(0.05, 6), (0.5, 10), (1.0, 14), (3.0, 25), (10.0, 45)])
def test_a_clear_burst_is_found(mean: float, burst: int) -> None:
    # given a hundred steady histories of four weeks
    chance = np.random.default_rng(1)
    histories = chance.poisson(mean, (100, HISTORY)).tolist()

    # when
    found = sum(expectation(burst, history).probability < RULES.probability for history in histories)

    # then
    assert found >= 80
