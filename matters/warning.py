"""Early warning: the negative volume of a matter over the last 24 hours against what its own last four weeks explain.

Volume is people, not posts: one person who writes ten times is one. The history is cut into 24-hour windows that end at
the same time of day as now, so that the hour at which we look plays no part; weekends widen the spread and with it the
bounds. The model is a negative binomial distribution fitted as in Noufaily et al., An improved algorithm for outbreak
detection in multiple surveillance systems, Statistics in Medicine 32 (2013) 1206: days that were outbreaks themselves are
weighted down by their Anscombe residual. Four weeks tell little of how much quiet matters scatter; what they tell is
mixed with what is usual. The constants were chosen by simulation (tests/matters/test_false_alarms.py).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from core.clock import BEIJING, to_beijing, to_utc
from core.post import Post, RiskGrade
from matters.matter import Matter, people
from matters.settings import QuietHours, WarningRules

DeadlineRule = Literal["opinion_general", "opinion_major"]
FloatArray = NDArray[np.float64]
_DAY = timedelta(days=1)

_FLOOR = 0.1
"""People per day a matter is taken to have at least: one that was silent so far may well get a voice."""
_OUTBREAK_RESIDUAL = 2.58
"""Days above this residual (0.5 % of normal ones) are weighted down."""
_USUAL_SIZE = 2.0
"""Size of a usual negative binomial: the variance is mean + mean² / size."""
_USUAL_DAYS = 14
"""What is usual counts as much as so many days of own history, the less the busier a matter is."""
_STRETCH = 2.0
"""Overdispersion read off a few weeks is doubled: the tail decides, and it shows too rarely to be estimated."""


@dataclass(frozen=True)
class EarlyWarning:
    """Why a matter needs looking at now.

    `people` wrote `posts` negative posts (`post_ids`) in the 24 hours before `at`; `expected` people per day were to be
    expected, and at least so many are seen with `probability`. `deadline_rule` names the rule of `config/deadlines.yml`
    whose clock starts at `at`; a person may make it `opinion_major`.
    """

    matter_id: str
    at: datetime
    people: int
    posts: int
    expected: float
    probability: float
    post_ids: tuple[str, ...]
    reason: str
    deadline_rule: DeadlineRule = "opinion_general"


@dataclass(frozen=True)
class Expectation:
    """Mean of a history (people per day) and the probability of at least the given count, were all as before."""

    mean: float
    probability: float


def early_warning(matter: Matter, at: datetime, rules: WarningRules) -> EarlyWarning | None:
    """The warning the matter raises at `at`; None while its volume is small or as usual."""
    negative = [post for post in matter.posts if post.posted_at <= at and post.sentiment_label == "negative"]
    recent = [post for post in negative if post.posted_at > at - _DAY]
    who = people(recent, matter.duplicates)
    if len(recent) < rules.posts or len(who) < rules.people:
        return None
    history = _history(matter, negative, at, rules.baseline_days)
    usual = expectation(len(who), history)
    if usual.probability >= rules.probability:
        return None
    return EarlyWarning(
        matter_id=matter.id,
        at=at,
        people=len(who),
        posts=len(recent),
        expected=usual.mean,
        probability=usual.probability,
        post_ids=tuple(post.id for post in recent),
        reason=_reason(len(who), len(recent), history, usual.probability),
    )


def expectation(count: int, history: Sequence[int]) -> Expectation:
    """What a history of daily counts, which may be empty, makes of `count` on a day."""
    days = np.asarray(history, dtype=float)
    mean, spread = _mean_and_spread(days, _calm_weights(days))
    usual_days = _USUAL_DAYS / (1 + mean / _USUAL_SIZE)
    spread = (spread * days.size + (1 + mean / _USUAL_SIZE) * usual_days) / (days.size + usual_days)
    spread = 1 + (spread - 1) * _STRETCH
    # The mean is known only to its standard error; one is added, the days counted as one more so that none is enough.
    likely = mean + math.sqrt(spread * mean / (days.size + 1))
    # Upper tail of the negative binomial with mean `likely` and variance `spread * likely`.
    return Expectation(mean, float(betainc(count, likely / (spread - 1), 1 - 1 / spread)) if count else 1.0)


def is_news(warning: EarlyWarning, last: EarlyWarning | None, rules: WarningRules) -> bool:
    """Whether to raise the warning, given the last one raised for the matter: not soon again unless people doubled."""
    if last is None or warning.at - last.at >= timedelta(hours=rules.repeat_hours):
        return True
    return warning.people >= 2 * last.people


def mail_at(at: datetime, risk: RiskGrade | None, quiet: QuietHours) -> datetime:
    """When (UTC) the mail about something found at `at` goes out: after the quiet hours; 紧急 ones at once."""
    local = to_beijing(at)
    now = local.time()
    over_midnight = quiet.start > quiet.end
    is_quiet = now >= quiet.start or now < quiet.end if over_midnight else quiet.start <= now < quiet.end
    if risk == "紧急" or not is_quiet:
        return at
    day = local.date() + _DAY if over_midnight and now >= quiet.start else local.date()
    return to_utc(datetime.combine(day, quiet.end, BEIJING))


def _history(matter: Matter, negative: Sequence[Post], at: datetime, days: int) -> list[int]:
    """People of each 24-hour window before the last one, the latest first, back to the one with the matter's first post."""
    windows = min(math.ceil((at - matter.posts[0].posted_at) / _DAY) - 1, days)
    by_window: list[list[Post]] = [[] for _ in range(windows)]
    for post in negative:
        window = int((at - post.posted_at) / _DAY) - 1
        if 0 <= window < windows:
            by_window[window].append(post)
    return [len(people(posts, matter.duplicates)) for posts in by_window]


def _calm_weights(days: FloatArray) -> FloatArray:
    """Weights of the days, 1 in all; days that were outbreaks weigh less.

    What is normal is judged without the busiest day of each fortnight: two outbreaks would otherwise hide each other.
    """
    if days.size < 2:
        return np.ones(days.size) / max(days.size, 1)
    calm = np.sort(days)[: days.size - days.size // 14]
    mean, spread = _mean_and_spread(calm, np.ones(calm.size) / calm.size)
    residuals = 1.5 * (days ** (2 / 3) * mean ** (-1 / 6) - mean**0.5) / math.sqrt(spread * (1 - 1 / days.size))
    weights = np.where(residuals > _OUTBREAK_RESIDUAL, (_OUTBREAK_RESIDUAL / np.maximum(residuals, 1.0)) ** 2, 1.0)
    return np.asarray(weights / weights.sum())


def _mean_and_spread(days: FloatArray, weights: FloatArray) -> tuple[float, float]:
    """Mean, no less than the floor, and variance divided by mean, no less than chance alone makes it (1)."""
    mean = max(float(weights @ days), _FLOOR)
    if days.size < 2:
        return mean, 1.0
    return mean, max(float(weights @ (days - mean) ** 2) * days.size / (days.size - 1) / mean, 1.0)


def _reason(count: int, posts: int, history: Sequence[int], probability: float) -> str:
    now = f"24 小时内 {count} 人发出 {posts} 条负面留言"
    if not any(history):
        before = "此前没有负面留言" if not history else f"此前 {len(history)} 天没有负面留言"
    else:
        mean = sum(history) / len(history)
        before = f"此前 {len(history)} 天平均每天 {mean:.1f} 人，最多一天 {max(history)} 人"
    return f"{now}；{before}。若一切如常，一天里出现这么多人的可能{_odds(probability)}。"


def _odds(probability: float) -> str:
    for limit, words in (
        (1e-8, "一亿分之一"),
        (1e-6, "一百万分之一"),
        (1e-5, "十万分之一"),
        (1e-4, "一万分之一"),
        (1e-3, "一千分之一"),
    ):
        if probability < limit:
            return f"不到{words}"
    return f"约 {probability:.1%}"
