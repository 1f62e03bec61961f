"""What a post wants to hear: its subject, its questions, and where it has none, its requests; and which of them a reply answers.

`matters.coverage` counts a question as open where in doubt, for a person looks at it later. Here a clerk is told before
publishing, and stops listening after a few false alarms: a question is held only to those of its words the reply uses
at all, if these are enough.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from matters.coverage import Said
from matters.sentences import asking_part, asks, is_courtesy, sentences, without_asking
from matters.terms import Terms
from replies.words import TakenUp, content

Want = Literal["subject", "question", "request"]

_REQUEST = re.compile(
    r"请求|恳[请求]|希望|建议|要求(?!交|我|收|学|家|业主|买|缴|补)|诉求|盼望|望(?:上级|领导|有关|相关|政府|能)|能否|可否|可不可以"
)
_FEW_WORDS = 2
_OF_SUBJECT = 0.5
"""Weight of the title's words, by which a question with few of its own is understood."""
_MOST = 8
"""Questions and requests looked at; of long letters the first ones."""
_SAME = 0.6
"""Share of the words of the shorter of two questions that the other has as well."""
_ENOUGH = 0.35
"""Share of a question's or request's words that the reply must take up."""


@dataclass(frozen=True)
class Asked:
    """One thing the post wants, in its own words, and whether the reply answers it."""

    text: str
    want: Want
    answered: bool


def asked(title: str, body: str, reply: Sequence[str], terms: Terms) -> list[Asked]:
    """What the post asks, each once, the subject first. `reply` are the reply's sentences that say something, and its headings."""
    taken = TakenUp("\n".join(reply), terms)
    subject = content(without_asking(title), terms)
    found = [Asked(title, "subject", bool(reply) and taken.share_of(subject) >= _ENOUGH)] if subject else []
    own = dict.fromkeys([*sentences(title), *(one for one in sentences(body) if not is_courtesy(one))])
    questions = _questions(own, subject, Said(["\n".join(reply)], terms), taken, terms)
    if questions:
        return [*found, *questions[:_MOST]]
    wishes = [one for one in own if one != title and _REQUEST.search(one)][:_MOST]
    return [*found, *(Asked(one, "request", taken.share_of(content(one, terms)) >= _ENOUGH) for one in wishes)]


def _questions(own: Iterable[str], subject: list[str], said: Said, taken: TakenUp, terms: Terms) -> list[Asked]:
    found: list[Asked] = []
    known: list[tuple[str, frozenset[str]]] = []
    for sentence in own:
        kind = asks(sentence)
        # A bare question mark is put behind reproaches as well.
        if kind is None or without_asking(sentence) == sentence:
            continue
        words = content(without_asking(asking_part(sentence)), terms)
        if not words and kind != "when":
            continue
        weights: dict[str, float] = {}
        if len(set(words)) < _FEW_WORDS:
            weights = dict.fromkeys(set(subject).difference(words), _OF_SUBJECT)
            words = [*words, *subject]
        if words and not any(kind == other and _same(words, those) for other, those in known):
            known.append((kind, frozenset(words)))
            used = taken.seen(words) if taken.share_of(words) >= _ENOUGH else []
            answered = bool(used) and said.answer_to(sentence, used, weights) is not None
            found.append(Asked(sentence, "question", answered))
    return found


def _same(words: Sequence[str], others: frozenset[str]) -> bool:
    """Whether a question's words are those of an earlier one: the title is mostly asked again in the body."""
    return len(others.intersection(words)) >= _SAME * min(len(others), len(set(words)))
