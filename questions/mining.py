"""What a matter asks, whether often enough for the base, and what becomes of an entry when its matter is mined again."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from core.clock import to_beijing
from core.post import Post
from matters.coverage import Said
from matters.matter import Matter, people
from matters.questions import Question, questions
from matters.sentences import asking_part, without_asking
from matters.terms import Terms
from questions.choosing import Offer, best, points
from questions.drafting import draft_of, names_in
from questions.entry import Drafter, Entry, Source, Suggestion

E = TypeVar("E", bound=Entry)
Grade = Callable[[Post, str], float | None]
"""The grade of a reply (0 to 100) to a post; None where it answers nothing."""
MOST_VARIANTS = 8
MOST_EXAMPLES = 20
_IN_COMMON = 2
"""Words a sentence must share with its post's title to be understood without it."""
BETTER_BY = 10.0
"""Points by which another reply must be better to be suggested."""


@dataclass(frozen=True)
class Mined:
    """A frequent question with the best of the replies its own posts were given, if any."""

    matter_id: str
    question: str
    variants: tuple[str, ...]
    posts: tuple[Post, ...]
    people: int
    offer: Offer | None
    offers: tuple[Offer, ...]


def entry_id(key: str) -> str:
    """The id of the entry made of a matter (or a post) of that id: `q-` and 10 hexadecimal digits."""
    return "q-" + hashlib.sha256(key.encode()).hexdigest()[:10]


def mine(matter: Matter, least_people: int, terms: Terms, grade: Grade) -> Mined | None:
    """The matter's question; None when it asks nothing, or too few people ask it."""
    # Whoever writes about a matter in which something is asked wants to know it, in whatever words.
    askers = len(people(matter.posts, matter.duplicates))
    asked = askers >= least_people and questions(matter.posts, matter.duplicates, None, Said([], terms), terms)
    if not asked:
        return None
    offers = _offers(matter, asked, terms, grade)
    return Mined(
        matter_id=matter.id,
        question=_told(asked[0], matter, terms),
        variants=tuple(dict.fromkeys(_told(one, matter, terms) for one in asked[1 : 1 + MOST_VARIANTS])),
        posts=tuple(matter.posts),
        people=askers,
        offer=best(offers),
        offers=tuple(offers),
    )


def _told(question: Question, matter: Matter, terms: Terms) -> str:
    """The question as it stands in the base: behind its post's title where it says too little alone."""
    post = next(post for post in matter.posts if post.id == question.posts[0])
    in_common = set(terms.of(question.example)) & set(terms.of(post.title))
    if question.example in post.title or len(in_common) >= _IN_COMMON:
        return question.example
    return f"{post.title}：{question.example}"


def new_entry(mined: Mined, at: datetime) -> Entry:
    """A first draft."""
    entry = Entry(id=entry_id(mined.matter_id), question=mined.question, created_at=at, mined_at=at)
    return _drafted(_counted(entry, mined, at), mined.offer, "答复")


def mined_again(entry: E, mined: Mined, at: datetime) -> E:
    """The entry with present figures. Nobody's words are touched: where a person has worked on it, a better reply of the
    matter is only suggested; a draft that nobody has touched takes it, and the question as it is asked by now.
    """
    counted = _counted(entry, mined, at)
    if entry.is_touched:
        return _suggested(counted, mined, at)
    drafter: Drafter = "答复" if mined.offer or entry.drafted_by == "答复" else entry.drafted_by
    return _drafted(counted.model_copy(update={"question": mined.question}), mined.offer, drafter)


def draft_from_elsewhere(entry: E, offer: Offer) -> E:
    """A draft out of the reply to a like question elsewhere: more in need of a look than one to the matter's own posts."""
    return _drafted(entry, offer, "相似留言的答复")


def _drafted(entry: E, offer: Offer | None, drafter: Drafter) -> E:
    if offer is None:
        return entry
    answer = draft_of(offer.text)
    update = {"answer": answer, "source": source_of(offer), "names": names_in(answer), "drafted_by": drafter}
    return entry.model_copy(update=update)


def _suggested(entry: E, mined: Mined, at: datetime) -> E:
    offer = mined.offer
    here = entry.source.post_id if entry.source else None
    if offer is None or offer.post_id == here or offer.post_id in entry.dismissed:
        return entry.model_copy(update={"suggestion": None})
    newest = max((one.replied_at for one in mined.offers if one.replied_at), default=None)
    own = next((points(one, newest) for one in mined.offers if one.post_id == here), None)
    if own is not None and points(offer, newest) < own + BETTER_BY:
        return entry.model_copy(update={"suggestion": None})
    before = entry.suggestion
    if before and before.source and before.source.post_id == offer.post_id:
        return entry
    suggestion = Suggestion(answer=draft_of(offer.text), source=source_of(offer), at=at)
    return entry.model_copy(update={"suggestion": suggestion})


def source_of(offer: Offer) -> Source:
    """Where the reply stands."""
    return Source(post_id=offer.post_id, organisation=offer.organisation, replied_at=offer.replied_at, url=offer.url)


def _counted(entry: E, mined: Mined, at: datetime) -> E:
    posts = mined.posts
    named = [post for post in posts if post.topic]
    update = {
        "variants": list(mined.variants),
        "matter_id": mined.matter_id,
        "topic": _commonest([post.topic for post in named if post.topic]),
        "department": _commonest([post.department for post in posts if post.department]),
        "sources": sorted({post.source for post in posts}),
        "channels": sorted({post.channel for post in posts}),
        "places": sorted({place for post in posts for place in post.places})[:MOST_EXAMPLES],
        "people": mined.people,
        "posts": len(posts),
        "months": len({f"{to_beijing(post.posted_at):%Y-%m}" for post in posts}),
        "example_ids": [post.id for post in posts[:MOST_EXAMPLES]],
        "first_at": posts[0].posted_at,
        "last_at": posts[-1].posted_at,
        "mined_at": at,
        "merged_into": None,
    }
    return entry.model_copy(update=update)


def _commonest(values: Sequence[str]) -> str | None:
    return max(sorted(set(values)), key=values.count, default=None)


def _offers(matter: Matter, asked: Sequence[Question], terms: Terms, grade: Grade) -> list[Offer]:
    """The matter's replies that answer something, a text given to several posts once."""
    wanted = [(one.example, terms.of(without_asking(asking_part(one.example))), one.people) for one in asked]
    offers: dict[str, Offer] = {}
    for post in matter.posts:
        for reply in post.replies:
            if reply.body in offers or (value := grade(post, reply.body)) is None:
                continue
            said = Said([reply.body], terms)
            answered = sum(count for text, words, count in wanted if said.answer_to(text, words, {}))
            share = answered / sum(count for _, _, count in wanted)
            offers[reply.body] = Offer(
                post.id, reply.body, value, share, reply.replied_at, reply.organisation, post.url
            )
    return list(offers.values())
