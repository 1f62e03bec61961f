"""What people ask: the question sentences of a matter's posts, alike ones together, and which of them no reply answers."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from core.post import Post
from matters.coverage import Said
from matters.matter import people
from matters.sentences import Asks, asking_part, asks, sentences, without_asking
from matters.terms import Terms, rarity, vectors

_ALIKE_UP_TO = 0.82
"""Mean cosine distance up to which questions are the same one; chosen by reading those of real matters."""
_PLAIN: frozenset[Asks] = frozenset(("when", "how_much", "where", "who", "papers"))
"""Kinds that are never another question's wording; why, how and whether often ask the same."""
_FEW_WORDS = 2
_MOST_SENTENCES = 2000
"""Every pair is compared; a matter with more questions than this is judged by its latest ones."""
_BEST_LENGTH = range(8, 46)


@dataclass(frozen=True)
class Question:
    """One question in the words of one who asked it (`example`).

    `people` asked it, `people_after` of them after the answer (all, while there is none). `answered_by` is a sentence of a
    reply that answers it for most who asked. `title` is that of the post, where the example says too little alone.
    """

    example: str
    title: str | None
    asks: Asks
    people: int
    people_after: int
    posts: tuple[str, ...]
    answered_by: str | None


@dataclass(frozen=True)
class _Asked:
    post: Post
    sentence: str
    kind: Asks
    words: tuple[str, ...]
    """Of the clause that asks."""
    around: tuple[str, ...]
    """Of the whole sentence."""
    short: bool
    """Whether it is understood only by the post's title."""


def questions(
    posts: Sequence[Post], duplicates: AbstractSet[str], answered_at: datetime | None, said: Said, terms: Terms
) -> list[Question]:
    """The questions in the posts, those of most people first. `said` is what the replies say."""
    asked = [one for post in posts for one in _asked(post, terms)][-_MOST_SENTENCES:]
    if not asked:
        return []
    weights = rarity([*(one.words for one in asked), *said.words])
    answers = [said.answer_to(one.sentence, one.words, weights) for one in asked]
    found = []
    for members in _groups(asked):
        given = [answer for number in members if (answer := answers[number])]
        is_answered = 2 * len(given) > len(members)
        # Of a group that is half answered the example is one that is not.
        group = [asked[number] for number in members if is_answered or not answers[number]]
        group += [asked[number] for number in members if not is_answered and answers[number]]
        writers = {one.post.id: one.post for one in group}
        later = [post for post in writers.values() if answered_at is None or post.posted_at > answered_at]
        found.append(
            Question(
                example=group[0].sentence,
                title=group[0].post.title if group[0].short else None,
                asks=group[0].kind,
                people=max(len(people(writers.values(), duplicates)), 1),
                people_after=len(people(later, duplicates)),
                posts=tuple(writers),
                answered_by=given[0] if is_answered else None,
            )
        )
    return sorted(found, key=lambda one: (-one.people, -one.people_after))


def _asked(post: Post, terms: Terms) -> list[_Asked]:
    """The questions of one post, each once. One with few words of its own is understood by the title."""
    title = _subject(post.title, post, terms)
    found: dict[str, _Asked] = {}
    for sentence in dict.fromkeys([*sentences(post.title), *sentences(post.body)]):
        kind = asks(sentence)
        if kind is None:
            continue
        words = _subject(asking_part(sentence), post, terms)
        # "When will this be settled?" is a question; "can you settle this?" is a request.
        if not words and kind != "when":
            continue
        around = _subject(sentence, post, terms)
        short = len(set(words)) < _FEW_WORDS
        if short:
            words = [*words, *title]
        if words:
            # A clause that says little may stand in a sentence that says enough.
            alone = short and len(set(around)) < _FEW_WORDS and sentence not in post.title
            asked = _Asked(post, sentence, kind, tuple(words), tuple(around), alone)
            found.setdefault(f"{kind} {' '.join(sorted(set(words)))}", asked)
    return list(found.values())


def _subject(text: str, post: Post, terms: Terms) -> list[str]:
    """The words of a question beside the places, which all questions of a matter share; with them where there are no others."""
    bare = text
    for place in sorted(post.places, key=len, reverse=True):
        bare = bare.replace(place, " ")
    return terms.of(without_asking(bare)) or terms.of(without_asking(text))


def _groups(asked: Sequence[_Asked]) -> list[list[int]]:
    """Indices of the questions that are the same one, the most central of each group first."""
    matrix = vectors([[*one.words, *one.words, *one.around, f"?{one.kind}"] for one in asked])
    alike = (matrix @ matrix.T).toarray()
    # When and how much the same subsidy is paid are two questions, however many words they share.
    kinds = np.array([one.kind if one.kind in _PLAIN else "" for one in asked])
    alike[kinds[:, None] != kinds[None, :]] = 0
    if len(asked) == 1:
        return [[0]]
    from sklearn.cluster import AgglomerativeClustering

    clusters = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=_ALIKE_UP_TO
    ).fit_predict(np.clip(1 - alike, 0, None))
    groups = []
    for label in range(clusters.max() + 1):
        members = np.flatnonzero(clusters == label)
        central = alike[np.ix_(members, members)].mean(axis=1)
        readable = [len(asked[int(number)].sentence) in _BEST_LENGTH for number in members]
        groups.append([int(number) for number in members[np.argsort(-(central + readable), kind="stable")]])
    return groups
