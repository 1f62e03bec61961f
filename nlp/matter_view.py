"""How a matter is shown: its most central post's title, its place, its words."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from nlp.matter_posts import PostPool
from nlp.matter_types import Group, Matter

MOST_KEYWORDS = 6
MOST_READ = 100
LEAST_SHARE = 1 / 3
"""A word or a place stands for a matter when at least this share of its posts has it."""


def describe(pool: PostPool, group: Group) -> Matter:
    """The matter, described by its latest 100 different posts."""
    members = group.members
    posts = [pool.posts[post].post for post in members]
    copies = [pool.is_copy(post) for post in members]
    voices = [post for post, copy in zip(members, copies, strict=True) if not copy][-MOST_READ:] or members[-1:]
    return Matter(
        id=group.id,
        posts=tuple(post.id for post in posts),
        copies=tuple(post.id for post, copy in zip(posts, copies, strict=True) if copy),
        title=pool.posts[_most_central(pool, voices)].post.title,
        place=_place(pool, voices),
        keywords=_keywords(pool, voices),
        first_at=min(post.posted_at for post in posts),
        last_at=max(post.posted_at for post in posts),
        quiet=group.quiet,
    )


def _most_central(pool: PostPool, voices: Sequence[int]) -> int:
    """The post most alike to all others; of equal ones the oldest."""
    if len(voices) < 3:
        return voices[0]
    nodes = pool.nodes([[post] for post in voices])
    alike = np.asarray(nodes.grams @ nodes.grams.sum(axis=0).T).ravel()
    alike = alike + pool.rules.thing_weight * (nodes.things @ nodes.things.sum(axis=0))
    return voices[int(np.argmax(alike.round(6)))]


def _place(pool: PostPool, voices: Sequence[int]) -> str | None:
    """The place that many of the posts and few others name."""
    counts = Counter(place for post in voices for place in set(pool.posts[post].post.places))
    shared = {place: count for place, count in counts.items() if count >= LEAST_SHARE * len(voices)}
    if not shared:
        return None
    rarity = {place: np.log((pool.count + 1) / (pool.posts_that_name(place) + 1)) + 0.01 for place in shared}
    return max(sorted(shared), key=lambda place: float(shared[place] * rarity[place]))


def _keywords(pool: PostPool, voices: Sequence[int]) -> tuple[str, ...]:
    counts = Counter(word for post in voices for word in pool.posts[post].post.tokens)
    shared = {word: count for word, count in counts.items() if count >= LEAST_SHARE * len(voices)}
    weights = {word: count * pool.space.word_rarity(word) for word, count in shared.items() if not word.isnumeric()}
    return tuple(sorted(weights, key=lambda word: (-weights[word], word))[:MOST_KEYWORDS])
