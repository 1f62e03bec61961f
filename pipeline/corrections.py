"""Corrections by people: kept, shown in the post at once, applied whenever the post is read anew, learnt from in training."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from elasticsearch.dsl import Q

from core.errors import YuqingError
from core.post import Post
from nlp.topics import UNKNOWN
from pipeline.runtime import Runtime
from store.corrections import Correction
from store.posts import refresh_posts, scan_posts, write_posts


class UnknownValue(YuqingError):
    """A correction names a post, topic, mood or section there is none of."""


def correct(runtime: Runtime, corrections: Sequence[Correction]) -> int:
    """Keep the corrections and show them in their posts; the number of posts changed.

    Raises `UnknownValue` naming the first one that cannot be; nothing is kept then.
    """
    posts = _posts(runtime, {correction.post_id for correction in corrections})
    for correction in corrections:
        check(runtime, correction, known_post=correction.post_id in posts)
    kept = runtime.corrections.save(corrections)
    lookups = runtime.settings.departments.department_of, runtime.settings.topics.category_of
    written = write_posts(runtime.es, runtime.names, (apply(posts[one.post_id], one, *lookups) for one in kept))
    refresh_posts(runtime.es, runtime.names)
    return written.indexed


def check(runtime: Runtime, correction: Correction, *, known_post: bool) -> None:
    """Raises `UnknownValue` when the post, topic or section is not known, or nothing is corrected."""
    if not correction.post_id:
        raise UnknownValue("没有写留言编号。", "编号见 yuqing search 的最后一列。")
    if not known_post:
        raise UnknownValue(f"没有编号为 {correction.post_id} 的留言。", "编号见 yuqing search 的最后一列。")
    if not (correction.topic or correction.sentiment_label or correction.department):
        raise UnknownValue(f"{correction.post_id} 没有写要改什么。", "至少给出主题、情感、科室中的一项。")
    topics = known_topics(runtime)
    if correction.topic and correction.topic not in topics:
        raise UnknownValue(f"没有“{correction.topic}”这个主题。", f"可用的主题：{'、'.join(topics)}")
    departments = [department.name for department in runtime.settings.departments.departments]
    if correction.department and correction.department not in departments:
        raise UnknownValue(f"没有“{correction.department}”这个科室。", f"现有科室：{'、'.join(departments)}")


def known_topics(runtime: Runtime) -> list[str]:
    """The topics a post may be given: those of `config/topics.yml`, their categories, and `其他`."""
    topics = runtime.settings.topics.topics
    names = [topic.name for topic in topics] + [topic.category for topic in topics if topic.category]
    return [*dict.fromkeys(names), UNKNOWN]


def apply(
    post: Post,
    correction: Correction | None,
    department_of: Callable[[str], str],
    category_of: Callable[[str], str] | None = None,
) -> Post:
    """The post with what a person said of it. A corrected topic brings its section with it, unless that was set as well.

    The score of the sentiment stays the model's; its label is the person's.
    """
    if correction is None:
        return post
    changes: dict[str, Any] = {}
    if correction.topic:
        changes |= {"topic": correction.topic, "topic_score": None, "department": department_of(correction.topic)}
        if category_of:
            category = None if correction.topic == UNKNOWN else category_of(correction.topic)
            changes |= {"category": category, "category_score": None}
    if correction.sentiment_label:
        changes["sentiment_label"] = correction.sentiment_label
    if correction.department:
        changes["department"] = correction.department
    named = ("topic", "sentiment_label", "department")
    corrected = [name for name in named if getattr(correction, name) is not None]
    return post.model_copy(update={**changes, "corrected": corrected})


def _posts(runtime: Runtime, ids: Iterable[str]) -> dict[str, Post]:
    refresh_posts(runtime.es, runtime.names)
    # Elasticsearch refuses a query with an empty id.
    return {post.id: post for post in scan_posts(runtime.es, runtime.names, Q("ids", values=sorted(filter(None, ids))))}
