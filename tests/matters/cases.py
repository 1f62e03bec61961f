"""Posts and matters the tests of this folder speak of."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from core.clock import to_utc
from core.config import load_yaml
from core.post import Post, Reply
from matters.matter import Explanation, Matter
from matters.settings import MattersFile
from matters.terms import Terms
from nlp.segment import Segmenter, read_words
from pipeline.settings import PROJECT

SHIPPED = load_yaml(PROJECT / "config" / "matters.yml", MattersFile)


def beijing(text: str) -> datetime:
    """The moment (UTC) of a Beijing time such as `2026-03-02 08:30`."""
    return to_utc(datetime.fromisoformat(text))


@cache
def terms() -> Terms:
    """Words as the pipeline reads them, with the shipped stop words and synonyms."""
    config = PROJECT / "config"
    return Terms(Segmenter(config / "user_dict.txt").words, read_words(config / "stopwords.txt"), SHIPPED.synonyms)


def post(when: str, author: str | None = "甲", body: str = "搅拌站太吵了。", **changes: object) -> Post:
    """A negative post; its id is made of time and author."""
    fields: dict[str, object] = {
        "id": f"board:{when} {author}",
        "source": "board",
        "source_id": f"{when} {author}",
        "channel": "message_board",
        "title": "搅拌站扰民",
        "body": body,
        "author_hash": author,
        "posted_at": beijing(when),
        "collected_at": beijing(when),
        "sentiment_label": "negative",
    }
    return Post.model_validate(fields | changes)


def reply(when: str | None, body: str = "已责令停产整改。") -> list[Reply]:
    """The one reply to a post."""
    return [Reply(organisation="区生态环境局", body=body, replied_at=beijing(when) if when else None)]


def matter(posts: Sequence[Post], duplicates: Sequence[str] = (), explained: Sequence[Explanation] = ()) -> Matter:
    """A matter of these posts, put in the order of time."""
    ordered = tuple(sorted(posts, key=lambda one: one.posted_at))
    return Matter("m1", ordered, frozenset(duplicates), tuple(explained))


def explanation(when: str, text: str = "关于搅拌站整治工作的说明。") -> Explanation:
    """A published explanation."""
    return Explanation(beijing(when), "情况说明", text, "https://bureau.example/1")
