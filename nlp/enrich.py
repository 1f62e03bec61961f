"""From a parsed post to an enriched one: cleaned, masked, segmented once, read by every engine."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.post import Post, Reply
from nlp.clean import clean, clean_line
from nlp.keywords import KeywordExtractor
from nlp.masking import hide_name, mask
from nlp.places import PlaceFinder
from nlp.risk import RiskGrader
from nlp.segment import Segmenter
from nlp.sentiment import SentimentEngine
from nlp.simplify import Simplifier
from nlp.topic_reader import TopicReader


def mask_post(post: Post, author_key: bytes) -> Post:
    """The post cleaned and without personal data: texts masked, the author's name replaced by a keyed hash.

    The key keeps a list of names from being tried against the hashes; the same name gives the same hash.
    """
    counts: Counter[str] = Counter()

    def masked(text: str, *, official: bool = False) -> str:
        named, names = hide_name(text, post.author) if post.author else (text, 0)
        result = mask(named, official=official)
        counts.update(result.counts)
        if names:
            counts["name"] += names
        return result.text

    replies = [
        Reply(
            organisation=clean_line(reply.organisation) if reply.organisation else None,
            body=masked(clean(reply.body), official=True),
            replied_at=reply.replied_at,
        )
        for reply in post.replies
    ]
    changes = {
        "title": masked(clean_line(post.title)),
        "body": masked(clean(post.body)),
        "replies": replies,
        "author": None,
        "author_hash": hash_author(post.author, author_key) if post.author else post.author_hash,
    }
    return post.model_copy(update={**changes, "masked": dict(sorted(counts.items()))})


def hash_author(name: str, key: bytes) -> str:
    """32 hexadecimal digits that stand for an author's name (HMAC-SHA-256, cut to 128 bits)."""
    return hmac.new(key, name.strip().encode(), hashlib.sha256).hexdigest()[:32]


@dataclass(frozen=True)
class Enricher:
    """Adds what is read out of masked posts. Built once for a run; works on batches, as the models are fast on arrays.

    Everything is read from simplified characters; the post keeps its own.
    """

    simplified: Simplifier
    segmenter: Segmenter
    sentiment: SentimentEngine
    topics: TopicReader
    places: PlaceFinder
    risk: RiskGrader
    keywords: KeywordExtractor
    department_of: Callable[[str], str]

    def enrich(self, post: Post) -> Post:
        """One post enriched; see `enrich_all`."""
        return self.enrich_all([post])[0]

    def enrich_all(self, posts: Sequence[Post]) -> list[Post]:
        """The posts with tokens, sentiment, category, topic, keywords, places, section and risk, in their order.

        What cannot be told stays missing.
        """
        titles = [self.simplified(post.title) for post in posts]
        bodies = [self.simplified(post.body) for post in posts]
        title_words = [self.segmenter.words(title) for title in titles]
        words = [head + self.segmenter.words(body) for head, body in zip(title_words, bodies, strict=True)]
        moods = self.sentiment.classify(titles, bodies, words)
        readings = self.topics.read(titles, bodies, words)
        enriched = []
        for number, post in enumerate(posts):
            text, mood, reading = f"{titles[number]}\n{bodies[number]}", moods[number], readings[number]
            risk = self.risk.grade(text, words[number], mood.score, post.votes_up, post.votes_down, post.channel)
            added = {
                "tokens": words[number],
                "sentiment": _rounded(mood.score),
                "sentiment_label": mood.label,
                "category": reading.category,
                "category_score": _rounded(reading.category_score),
                "topic": reading.topic,
                "topic_score": reading.topic_score,
                "keywords": self.keywords.extract(words[number], title_words[number]),
                "places": self.places.find(text),
                "department": self.department_of(reading.topic),
                "risk": risk.grade,
                "risk_reasons": list(risk.reasons),
            }
            enriched.append(post.model_copy(update=added))
        return enriched


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 4)
