"""`questions` of `config/pipeline.yml`: when a question is a frequent one, when an answer grows old, who may word drafts."""

from pydantic import Field

from core.config import Config


class QuestionRules(Config):
    """Thresholds of the base of questions and answers."""

    people: int = Field(default=2, ge=1)
    """Distinct people who must have asked before a question enters the base by itself."""
    again_after_months: int = Field(default=12, ge=1)
    """An answer whose reply, or whose last review, is older than this is to be looked at again."""
    language_model: bool = False
    """Whether `yuqing questions reword` may ask the language model that the environment names."""
