"""The brief of a second explanation: what a person needs to know of a matter before writing one."""

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime

from core.clock import to_beijing
from core.post import Post
from matters.coverage import Said
from matters.followups import Candidate, candidate
from matters.heat import Heat, heat
from matters.matter import Answer, Matter
from matters.misreadings import Misreading, misreadings
from matters.naming import name_of
from matters.questions import Question, questions
from matters.sentences import sentences
from matters.settings import FollowUpRules, HeatWeights
from matters.summary import Sentence, representative
from matters.terms import Terms
from matters.timeline import Timeline, timeline

_MOST_SAYINGS = 5
_MOST_KEY_SENTENCES = 6
_HASH_DIGITS = 6
_GOES_ON = "……"
_SOLID = 1.25
"""How much more a reply's sentence with a number in it (a date, an amount, a telephone) tells than one without."""


@dataclass(frozen=True)
class Saying:
    """A sentence of a post, who wrote it (`who`: first digits of the author hash, empty for no author) and when."""

    text: str
    post_id: str
    who: str
    day: date


@dataclass(frozen=True)
class KeySentence:
    """A sentence of an answer."""

    text: str
    answer: Answer


@dataclass(frozen=True)
class Asker:
    """A person and the days on which they wrote."""

    who: str
    days: tuple[date, ...]


@dataclass(frozen=True)
class Brief:
    """What a matter is about at `at`. `candidate` says why it needs a second explanation; None where a person asks for the
    brief of a matter that does not. `open_questions` are those no reply answers, asked by most first; `department` is the
    one most posts are assigned to.
    """

    matter_id: str
    at: datetime
    name: str
    candidate: Candidate | None
    heat: Heat
    department: str | None
    people_say: tuple[Saying, ...]
    replies_say: tuple[KeySentence, ...]
    open_questions: tuple[Question, ...]
    answered_questions: tuple[Question, ...]
    misreadings: tuple[Misreading, ...]
    timeline: Timeline
    askers: tuple[Asker, ...]
    posts: int
    copies: int
    handled: tuple[str, ...] = ()
    """What people decided about it, and what came of that, in sentences."""


def make_brief(matter: Matter, at: datetime, terms: Terms, rules: FollowUpRules, weights: HeatWeights) -> Brief | None:
    """The brief as of `at`; None before the matter's first post."""
    known = matter.as_of(at)
    course = timeline(known, at)
    if course is None:
        return None
    own = [post for post in known.posts if post.id not in known.duplicates]
    answers = known.answers()
    reason = candidate(known, at, rules)
    since = reason.answered_at if reason else course.first_answer_at
    said = Said([answer.text for answer in answers], terms)
    asked = questions(known.posts, known.duplicates, since, said, terms)
    return Brief(
        matter_id=matter.id,
        at=at,
        name=name_of(own, terms),
        candidate=reason,
        heat=heat(known.posts, known.duplicates, at, weights),
        department=lead_department(own),
        people_say=_people_say(own, terms),
        replies_say=_replies_say(answers, {one.answered_by for one in asked if one.answered_by}, terms),
        open_questions=tuple(one for one in asked if one.answered_by is None),
        answered_questions=tuple(one for one in asked if one.answered_by is not None),
        misreadings=tuple(misreadings(own, answers, terms)),
        timeline=course,
        askers=_askers(known.posts),
        posts=len(own),
        copies=len(known.posts) - len(own),
    )


def lead_department(posts: Sequence[Post]) -> str | None:
    """The department of most posts; of equally many the one with the latest post. None where none is assigned."""
    counts = Counter(post.department for post in posts if post.department)
    latest = [post.department for post in posts if post.department]
    return max(counts, key=lambda name: (counts[name], len(latest) - latest[::-1].index(name)), default=None)


def _people_say(posts: Sequence[Post], terms: Terms) -> tuple[Saying, ...]:
    by_text: dict[str, Post] = {}
    pool = []
    for post in posts:
        for text in sentences(post.body or post.title, _GOES_ON):
            if by_text.setdefault(text, post) is post:
                pool.append(Sentence(text, post.author_hash or post.id))
    chosen = representative(pool, terms, _MOST_SAYINGS)
    return tuple(_saying(one.text, by_text[one.text]) for one in chosen)


def _saying(text: str, post: Post) -> Saying:
    return Saying(text, post.id, _who(post), to_beijing(post.posted_at).date())


def _replies_say(answers: Sequence[Answer], asked_for: AbstractSet[str], terms: Terms) -> tuple[KeySentence, ...]:
    """What the replies say in their most telling sentences, in the order in which they were said.

    Up to half of them answer what people ask (`asked_for`) or were published as an explanation.
    """
    spoken: dict[str, Answer] = {}
    for answer in answers:
        for text in sentences(answer.text, _GOES_ON):
            # A published text begins with its title, which stands beside each of its sentences.
            if text != answer.title:
                spoken.setdefault(text, answer)
    pool = [Sentence(text, text) for text in spoken]
    answering = [one for one in pool if one.text.removesuffix(_GOES_ON) in asked_for or spoken[one.text].kind == "解读"]
    chosen = {one.text for one in representative(answering, terms, _MOST_KEY_SENTENCES // 2, _solidity)}
    others = [one for one in pool if one not in answering]
    chosen |= {one.text for one in representative(others, terms, _MOST_KEY_SENTENCES - len(chosen), _solidity)}
    return tuple(KeySentence(text, answer) for text, answer in spoken.items() if text in chosen)


def _solidity(text: str) -> float:
    return _SOLID if any(character.isdigit() for character in text) else 1.0


def _askers(posts: Sequence[Post]) -> tuple[Asker, ...]:
    """Who wrote when, in the order of their first post; a post without author by itself."""
    days: dict[str, list[date]] = {}
    names: dict[str, str] = {}
    for post in posts:
        person = post.author_hash or post.id
        names[person] = _who(post)
        days.setdefault(person, []).append(to_beijing(post.posted_at).date())
    return tuple(Asker(names[person], tuple(dict.fromkeys(when))) for person, when in days.items())


def _who(post: Post) -> str:
    return (post.author_hash or "")[:_HASH_DIGITS]
