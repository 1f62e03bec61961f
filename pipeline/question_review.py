"""What people do with entries of the base: word, review, publish, send back, withdraw. Each step is kept as it is taken."""

from collections.abc import Callable

from nlp.masking import mask
from pipeline.likeness import words_of
from pipeline.questions import found_entry
from pipeline.runtime import Runtime
from questions import review
from questions.drafting import without_callers
from questions.review import Act
from store.questions import QuestionRecord


def edit(runtime: Runtime, id_: str, act: Act, question: str | None, answer: str | None) -> QuestionRecord:
    """Word a draft anew; what names a person by number or as who asked is masked."""
    return _change(runtime, id_, lambda one: review.edit(one, act, _clean(question), _clean(answer)))


def pass_review(runtime: Runtime, id_: str, act: Act, question: str | None, answer: str | None) -> QuestionRecord:
    """Pass the next review, with the reviewer's changes."""
    return _change(runtime, id_, lambda one: review.pass_review(one, act, _clean(question), _clean(answer)))


def publish(runtime: Runtime, id_: str, act: Act) -> QuestionRecord:
    """Publish what passed three reviews."""

    def published(entry: QuestionRecord) -> QuestionRecord:
        return review.publish(entry, act, words_of(runtime, [entry.question, *entry.variants]))

    return _change(runtime, id_, published)


def send_back(runtime: Runtime, id_: str, act: Act) -> QuestionRecord:
    """Back to 草稿."""
    return _change(runtime, id_, lambda one: review.send_back(one, act))


def withdraw(runtime: Runtime, id_: str, act: Act) -> QuestionRecord:
    """Take what is published away."""
    return _change(runtime, id_, lambda one: review.withdraw(one, act))


def settle_suggestion(runtime: Runtime, id_: str, act: Act, *, take: bool) -> QuestionRecord:
    """Take the better reply that was found, or leave it."""
    step = review.take_suggestion if take else review.refuse_suggestion
    return _change(runtime, id_, lambda one: step(one, act))


def _clean(text: str | None) -> str | None:
    return None if text is None else without_callers(mask(text.strip(), official=True).text)


def _change(runtime: Runtime, id_: str, step: Callable[[QuestionRecord], QuestionRecord]) -> QuestionRecord:
    """Raises `YuqingError` when there is no such entry or the step may not be taken now."""
    return runtime.questions.change(id_, step) or found_entry(runtime, id_)
