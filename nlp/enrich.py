"""From a parsed post to an enriched one: cleaned, masked, segmented once, scored."""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Collection

from core.post import Post, Reply
from nlp.clean import clean, clean_line
from nlp.keywords import keywords
from nlp.masking import mask
from nlp.segment import Segmenter
from nlp.sentiment import SentimentScorer, label_of
from nlp.topics import KeywordTopics


def mask_post(post: Post, author_key: bytes) -> Post:
    """The post cleaned and without personal data: texts masked, the author's name replaced by a keyed hash.

    The key keeps a list of names from being tried against the hashes; the same name gives the same hash.
    """
    counts: Counter[str] = Counter()

    def masked(text: str, *, official: bool = False) -> str:
        result = mask(text, official=official)
        counts.update(result.counts)
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


class Enricher:
    """Adds what is read out of a masked post. Built once for a run; its models are loaded then."""

    def __init__(
        self,
        segmenter: Segmenter,
        sentiment: SentimentScorer,
        topics: KeywordTopics,
        stopwords: Collection[str],
        department_of: Callable[[str], str],
    ) -> None:
        self._segmenter = segmenter
        self._sentiment = sentiment
        self._topics = topics
        self._stopwords = frozenset(stopwords)
        self._department_of = department_of

    def enrich(self, post: Post) -> Post:
        """The post with tokens, sentiment, topic, keywords and department. What cannot be told stays missing."""
        tokens = self._segmenter.words(post.text)
        score = self._sentiment.score(tokens)
        topic, topic_score = self._topics.classify(post.title, post.body)
        added = {
            "tokens": tokens,
            "sentiment": round(score, 4) if score is not None else None,
            "sentiment_label": label_of(score),
            "topic": topic,
            "topic_score": topic_score,
            "keywords": keywords(tokens, self._stopwords),
            "department": self._department_of(topic),
        }
        return post.model_copy(update=added)
