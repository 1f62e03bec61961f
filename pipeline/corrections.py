"""Corrections by people: kept, shown in the post at once, applied whenever the post is read anew, learnt from in training.

The corrections of a post are numbered in the audit trail. An entry is written first, then what the post's corrections say
together, then the post. Whoever comes next, after a kill or at the same time, finds the entry with the next number and
takes it in before adding one: none is lost, and none is there twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from core.errors import Unavailable, YuqingError
from core.post import Post
from nlp.masking import mask
from nlp.topics import UNKNOWN
from pipeline.post_changes import change_posts
from pipeline.runtime import Runtime
from store.audit import AuditEntry, entry_id
from store.corrections import Correction
from store.posts import refresh_posts

FIELDS = ("topic", "sentiment_label", "department")
"""What a person may correct, by the names that corrections and posts have in common."""
ATTEMPTS = 20
Lookups = tuple[Callable[[str], str], Callable[[str], str]]
"""The section of a topic, and its category."""


class UnknownValue(YuqingError):
    """A correction names a post, topic, mood or section there is none of."""


def correct(runtime: Runtime, corrections: Sequence[Correction]) -> int:
    """Keep the corrections and show them in their posts; the number of posts that were corrected.

    What says nothing new of a post is not written down a second time. Raises `UnknownValue` naming the first one that
    cannot be; nothing is kept then.
    """
    posts = {post.id: post for post in runtime.matters.posts_by_id(_ids(corrections))}
    for correction in corrections:
        check(runtime, correction, known_post=correction.post_id in posts)
    lookups = runtime.settings.departments.department_of, runtime.settings.topics.category_of
    kept: dict[str, Correction] = {}
    for correction in corrections:
        post = posts[correction.post_id]
        kept[post.id] = _keep(runtime, post, _masked(correction), lookups)
        posts[post.id] = apply(post, kept[post.id], *lookups)
    change_posts(runtime, kept, lambda post: apply(post, kept[post.id], *lookups))
    refresh_posts(runtime.es, runtime.names)
    runtime.audit.refresh()
    return len(kept)


def _ids(corrections: Sequence[Correction]) -> list[str]:
    # Elasticsearch refuses a request for an empty id.
    return sorted({correction.post_id for correction in corrections} - {""})


def _masked(correction: Correction) -> Correction:
    """People type notes, and may type somebody's number."""
    note = mask(correction.note).text if correction.note else None
    return replace(correction, by=mask(correction.by).text, note=note)


def _keep(runtime: Runtime, post: Post, given: Correction, lookups: Lookups) -> Correction:
    """Write down what was given, over what was said before; the sum of both."""
    for _ in range(ATTEMPTS):
        earlier, number = runtime.corrections.latest(post.id)
        id_ = entry_id("correction", post.id, str(number + 1))
        waiting = runtime.audit.find(id_)
        if waiting:
            runtime.corrections.save(_said_in(waiting).over(earlier), number + 1)
            continue
        whole = given.over(earlier)
        if earlier and _same(whole, earlier):
            return earlier
        if runtime.audit.add(_entry(id_, post, given, apply(post, whole, *lookups))):
            runtime.corrections.save(whole, number + 1)
            return whole
    raise Unavailable(f"另有人正在更正 {post.id}。", "请稍后再试。")


def _same(one: Correction, other: Correction) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in (*FIELDS, "note"))


def _entry(id_: str, post: Post, given: Correction, corrected: Post) -> AuditEntry:
    """What was said, and what became of it: a topic brings a section with it that nobody named."""
    said = [name for name in FIELDS if getattr(given, name) is not None]
    told = [name for name in FIELDS if name in said or getattr(post, name) != getattr(corrected, name)]
    return AuditEntry(
        id=id_,
        kind="post",
        action="correction",
        post_id=post.id,
        said=said,
        before={name: getattr(post, name) for name in told if getattr(post, name) is not None},
        after={name: getattr(corrected, name) for name in told},
        who=given.by,
        reason=given.note,
        at=given.at,
    )


def _said_in(entry: AuditEntry) -> Correction:
    said = {name: entry.after[name] for name in entry.said}
    return Correction(post_id=entry.post_id or "", by=entry.who, at=entry.at, note=entry.reason, **said)


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
    corrected = [name for name in FIELDS if getattr(correction, name) is not None]
    return post.model_copy(update={**changes, "corrected": corrected})
