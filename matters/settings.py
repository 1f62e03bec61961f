"""`config/matters.yml`: weights of the heat, thresholds of follow-ups and of early warning, quiet hours."""

from datetime import time

from pydantic import Field, field_validator

from core.config import Config


class HeatWeights(Config):
    """What each term of the heat weighs; see `matters.heat` for the terms. 0 leaves a term out."""

    people: float = Field(default=3.0, ge=0)
    posts: float = Field(default=1.0, ge=0)
    copies: float = Field(default=0.3, ge=0)
    votes: float = Field(default=1.0, ge=0)
    recent: float = Field(default=2.0, ge=0)
    negative: float = Field(default=2.0, ge=0)
    freshness: float = Field(default=2.0, ge=0)
    recent_days: int = Field(default=7, ge=1)
    half_life_days: float = Field(default=30.0, gt=0)


class FollowUpRules(Config):
    """When a matter that was answered deserves a second explanation, and how its effect is judged."""

    people: int = Field(default=3, ge=2)
    """Distinct people after the answer."""
    within_days: int = Field(default=30, ge=1)
    """They are counted over so many days up to now."""
    grace_days: int = Field(default=1, ge=0)
    """Posts of the day of the answer (1), and of so many days in all, could not know it and do not count."""
    quiet_days: int = Field(default=14, ge=1)
    """Silent for so long: the matter has quieted down."""
    share_of_before: float = Field(default=0.2, ge=0)
    """People per day afterwards against people per day before; below this share the matter has quieted down."""
    compare_weeks: int = Field(default=4, ge=1)
    """How many weeks before and after a second explanation are compared."""


class WarningRules(Config):
    """When negative volume is more than a matter's own history explains."""

    baseline_days: int = Field(default=28, ge=7)
    posts: int = Field(default=5, ge=2)
    people: int = Field(default=4, ge=2)
    probability: float = Field(default=3e-5, gt=0, lt=0.05)
    """A volume less likely than this, were all as before, raises a warning."""
    repeat_hours: int = Field(default=48, ge=1)
    """The same matter is not warned of again for so long, unless its volume has doubled."""


class QuietHours(Config):
    """When no mail goes out (Beijing time); from later than to: over midnight; both the same: never quiet."""

    start: time = time(22, 0)
    end: time = time(7, 0)

    @field_validator("start", "end", mode="before")
    @classmethod
    def _readable(cls, value: object) -> object:
        # A bare 22 would be taken for 22 seconds past midnight.
        if isinstance(value, int | float):
            raise ValueError("要写成 22:00 这样的时间")  # noqa: TRY004 - pydantic reports only ValueError
        return value


class MattersFile(Config):
    """`config/matters.yml`."""

    heat: HeatWeights = HeatWeights()
    followups: FollowUpRules = FollowUpRules()
    warnings: WarningRules = WarningRules()
    quiet_hours: QuietHours = QuietHours()
    synonyms: tuple[tuple[str, ...], ...] = ()
    """Groups of words that mean the same when questions are held against replies."""

    @field_validator("synonyms")
    @classmethod
    def _each_word_once(cls, value: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        words = [word for group in value for word in group]
        twice = sorted({word for word in words if words.count(word) > 1})
        if twice:
            raise ValueError(f"同一个词出现两次：{'、'.join(twice)}")
        return value
