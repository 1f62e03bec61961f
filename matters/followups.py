"""Follow-ups: matters that people keep raising after they were answered, what a person may decide, and whether it helped."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Literal

from scipy.special import betaincinv

from core.clock import BEIJING, to_beijing, to_utc
from matters.decisions import Steps
from matters.matter import Answer, AnswerKind, Matter, people
from matters.settings import FollowUpRules
from matters.wording import day_of

State = Literal["待研判", "拟二次解读", "已解读", "不需要"]
STEPS: Steps[State] = Steps(
    {
        "待研判": ("拟二次解读", "已解读", "不需要"),
        "拟二次解读": ("已解读", "不需要", "待研判"),
        "已解读": ("待研判", "拟二次解读"),
        "不需要": ("待研判", "拟二次解读"),
    }
)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_TAIL = 0.05
"""Each side of the 90 % confidence interval by which a rise or fall is told from chance."""


@dataclass(frozen=True)
class Candidate:
    """A matter that asks for a second explanation, at `at`.

    `answered_at` is the last published explanation or, without one, the first dated reply. Afterwards: people and posts
    since the answer could be known, within the last days the rules name. Before: the same number of days up to the answer.
    """

    matter_id: str
    at: datetime
    answered_at: datetime
    answered_by: AnswerKind
    people_before: int
    people_after: int
    posts_after: int
    asked_again: int
    """People of those after who had asked before, too."""
    last_post_at: datetime
    reason: str


@dataclass(frozen=True)
class Effect:
    """Before and after a second explanation, up to so many weeks on each side; rates are per week.

    `ratio` is people per week afterwards to before (half a person added on both sides, so that 0 is no division by zero);
    `low` and `high` bound it with 90 % confidence. None while less than a week has passed.
    """

    weeks_before: float
    weeks_after: float
    posts_before: float
    posts_after: float
    people_before: float
    people_after: float
    ratio: float | None
    low: float | None
    high: float | None
    sentence: str


def candidate(matter: Matter, at: datetime, rules: FollowUpRules) -> Candidate | None:
    """The matter as a candidate at `at`, or None: not answered yet, too few people since, or quieted down."""
    known = matter.as_of(at)
    answer = _anchor(known)
    if answer is None or answer.at is None:
        return None
    known_from = _known_from(answer.at, rules.grace_days)
    since = max(known_from, at - rules.within_days * _DAY)
    later = [post for post in known.posts if post.posted_at >= since]
    before = [post for post in known.posts if answer.at - rules.within_days * _DAY < post.posted_at <= answer.at]
    asking, asked = people(later, known.duplicates), people(before, known.duplicates)
    if len(asking) < rules.people or at - later[-1].posted_at > rules.quiet_days * _DAY:
        return None
    days = max((at - since) / _DAY, 1.0)
    if len(asking) / days < rules.share_of_before * len(asked) / rules.within_days:
        return None
    ever_before = people((post for post in known.posts if post.posted_at < known_from), known.duplicates)
    return Candidate(
        matter_id=matter.id,
        at=at,
        answered_at=answer.at,
        answered_by=answer.kind,
        people_before=len(asked),
        people_after=len(asking),
        posts_after=len(later),
        asked_again=len(asking & ever_before),
        last_post_at=later[-1].posted_at,
        reason=_reason(
            answer, answer.at, since > known_from, rules.within_days, len(asking), len(later), len(asking & ever_before)
        ),
    )


def effect(matter: Matter, explained_at: datetime, at: datetime, rules: FollowUpRules) -> Effect:
    """How the volume changed with the second explanation published at `explained_at`, as known at `at`."""
    span = rules.compare_weeks * _WEEK
    start = max(explained_at - span, matter.posts[0].posted_at) if matter.posts else explained_at
    end = min(at, explained_at + span)
    before = [post for post in matter.posts if start <= post.posted_at < explained_at]
    after = [post for post in matter.posts if explained_at <= post.posted_at <= end]
    # A matter younger than a week is measured over a whole one: three posts of one day are not 21 a week.
    weeks_before = max((explained_at - start) / _WEEK, 1.0)
    weeks_after = max((end - explained_at) / _WEEK, 0.0)
    who_before, who_after = len(people(before, matter.duplicates)), len(people(after, matter.duplicates))
    enough = weeks_after >= 1
    ratio = (who_after + 0.5) / (who_before + 0.5) * weeks_before / weeks_after if enough else None
    low, high = _bounds(who_before, who_after, weeks_before / weeks_after) if enough else (None, None)
    divisor = weeks_after or 1.0
    figures = (len(before) / weeks_before, len(after) / divisor, who_before / weeks_before, who_after / divisor)
    sentence = _compared(weeks_before, weeks_after, figures, ratio, low, high)
    return Effect(weeks_before, weeks_after, *figures, ratio, low, high, sentence)


def _anchor(matter: Matter) -> Answer | None:
    """The answer from which on people count: a later explanation answers anew, a further reply to one post does not."""
    dated = [answer for answer in matter.answers() if answer.at]
    explanations = [answer for answer in dated if answer.kind == "解读"]
    return explanations[-1] if explanations else next(iter(dated), None)


def _known_from(answered_at: datetime, grace_days: int) -> datetime:
    """From when on people may have known the answer: the begin of a Beijing day, or the answer itself without grace."""
    if grace_days == 0:
        return answered_at
    return to_utc(datetime.combine(to_beijing(answered_at).date() + grace_days * _DAY, time.min, BEIJING))


def _reason(answer: Answer, at: datetime, cut: bool, days: int, asking: int, posts: int, again: int) -> str:
    said = f"{day_of(at)}已发布解读" if answer.kind == "解读" else f"{day_of(at)}首次答复"
    since = f"最近 {days} 天" if cut else "此后"
    repeated = f"，其中 {again} 人此前就提过" if again else ""
    return f"{said}，{since}仍有 {asking} 人提出同一问题（{posts} 条留言{repeated}）。"


def _bounds(before: int, after: int, exposure: float) -> tuple[float, float | None]:
    """Confidence bounds of a ratio of two Poisson rates, exact by the binomial they condition to (Clopper and Pearson).

    The upper bound is missing where nothing was counted before.
    """
    low = float(betaincinv(after, before + 1, _TAIL)) if after else 0.0
    high = float(betaincinv(after + 1, before, 1 - _TAIL)) if before else 1.0
    return low / (1 - low) * exposure, high / (1 - high) * exposure if high < 1 else None


def _compared(
    weeks_before: float,
    weeks_after: float,
    figures: tuple[float, float, float, float],
    ratio: float | None,
    low: float | None,
    high: float | None,
) -> str:
    posts_before, posts_after, people_before, people_after = figures
    before = f"解读前 {weeks_before:.0f} 周平均每周 {people_before:.1f} 人、{posts_before:.1f} 条"
    if ratio is None or low is None:
        return f"{before}；解读后不满一周，暂不比较。"
    after = f"解读后 {weeks_after:.0f} 周平均每周 {people_after:.1f} 人、{posts_after:.1f} 条"
    if high is not None and high < 1:
        verdict = f"人数约为原来的 {ratio:.0%}，明显减少"
    elif low > 1:
        verdict = f"人数约为原来的 {ratio:.1f} 倍，明显增加"
    else:
        verdict = "数量不足以说明有变化"
    return f"{before}，{after}：{verdict}。"
