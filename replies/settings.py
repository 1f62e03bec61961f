"""`config/reply_quality.yml`: what each side of a reply weighs, and when it is no answer at all."""

import re

from pydantic import Field, field_validator, model_validator

from core.config import Config


class Weights(Config):
    """How much each dimension counts in the grade; only the proportions matter."""

    relevance: float = Field(default=15, ge=0)
    completeness: float = Field(default=45, ge=0)
    explanation: float = Field(default=25, ge=0)
    timeliness: float = Field(default=8, ge=0)
    tone: float = Field(default=7, ge=0)

    @model_validator(mode="after")
    def _not_nothing(self) -> "Weights":
        if not sum(self.model_dump().values()):
            raise ValueError("至少有一项要大于 0")
        return self


class Completeness(Config):
    """When an answer is complete: it says enough, and it answers every question."""

    full_at: int = Field(default=600, ge=50)
    """Characters that answer from which on more of them add nothing."""
    half_steps: int = Field(default=40, ge=1)
    """The smaller, the more the first characters count and the less the later ones."""
    questions: float = Field(default=0.15, ge=0, le=1)
    """Share of the answered questions in this dimension; the rest is how much is said."""


class Relevance(Config):
    """When a reply keeps to the matter."""

    full_at: float = Field(default=0.6, gt=0, le=1)
    """Share of the post's words of its matter with which a reply is wholly to the point."""


class Evidence(Config):
    """What each kind of evidence weighs in the explanation, and how many of it are enough."""

    rule: float = Field(default=20, ge=0)
    findings: float = Field(default=15, ge=0)
    reason: float = Field(default=10, ge=0)
    figures: float = Field(default=20, ge=0)
    measures: float = Field(default=20, ge=0)
    steps: float = Field(default=10, ge=0)
    contact: float = Field(default=10, ge=0)
    enough_figures: int = Field(default=4, ge=1)
    enough_measures: int = Field(default=3, ge=1)
    enough_steps: int = Field(default=3, ge=1)


class Tone(Config):
    """Courtesy, and expressions that scold or brush off the writer."""

    greeting: float = Field(default=40, ge=0)
    thanks: float = Field(default=40, ge=0)
    signed: float = Field(default=20, ge=0)
    each_rudeness: float = Field(default=40, ge=0)
    """Taken off for each of `rude`, in points of 100."""
    rude: tuple[str, ...] = ()

    @field_validator("rude")
    @classmethod
    def _patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"“{pattern}”不是正确的正则表达式：{error}") from None
        return value


class NoAnswer(Config):
    """What is left of the grade of a reply that does not answer (1: all of it)."""

    empty: float = Field(default=0.0, ge=0, le=1)
    received: float = Field(default=0.2, ge=0, le=1)
    passed_on: float = Field(default=0.35, ge=0, le=1)
    elsewhere: float = Field(default=0.6, ge=0, le=1)
    thin: float = Field(default=0.6, ge=0, le=1)
    general: float = Field(default=0.7, ge=0, le=1)
    template: float = Field(default=0.5, ge=0, le=1)
    thin_below: int = Field(default=20, ge=1)
    """A reply with fewer characters that answer is none."""
    template_from: int = Field(default=3, ge=1)
    """So many other replies, to posts about something else, differ from it only in names, dates and numbers."""
    template_relevance: float = Field(default=0.5, ge=0, le=1)
    """One that keeps to the matter better than this is an answer many people got, no template."""


class ReplyQualityFile(Config):
    """`config/reply_quality.yml`."""

    weights: Weights = Weights()
    completeness: Completeness = Completeness()
    relevance: Relevance = Relevance()
    evidence: Evidence = Evidence()
    tone: Tone = Tone()
    no_answer: NoAnswer = NoAnswer()
    good_from: int = Field(default=70, ge=0, le=100)
    fair_from: int = Field(default=40, ge=0, le=100)

    @model_validator(mode="after")
    def _in_order(self) -> "ReplyQualityFile":
        if self.fair_from > self.good_from:
            raise ValueError("fair_from 不能大于 good_from")
        return self
