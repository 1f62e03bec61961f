"""Why a post, or a text, goes to a section: its topic, who has that topic, what the ledger says (`ledger.routing`)."""

from dataclasses import dataclass
from datetime import datetime

from core.clock import to_beijing
from core.post import Post
from ledger.routing import Explanation, Routing, explain, task_behind
from nlp.clean import clean
from pipeline.ledger import section_names
from pipeline.ledger_records import task_of
from pipeline.reply_pairs import find_post
from pipeline.runtime import Runtime


@dataclass(frozen=True)
class Routed:
    """A post's section with its explanation; `ledger` is the year of the ledger that was looked at."""

    post_id: str | None
    topic: str | None
    department: str
    explanation: Explanation
    ledger: int | None


def route_post(runtime: Runtime, post_id: str, at: datetime) -> Routed:
    """Why the post is where it is. Raises `YuqingError` when there is no such post."""
    post = find_post(runtime, post_id)
    correction = runtime.corrections.of([post.id]).get(post.id) if post.corrected else None
    return _routed(runtime, post, at, post.id, correction.by if correction else None)


def route_text(runtime: Runtime, text: str, at: datetime) -> Routed:
    """Where a text would go that came in now; its first line counts as title. Nothing is kept of it."""
    title, _, body = clean(text).partition("\n")
    post = Post(
        id="text", source="text", source_id="", channel="mailbox", title=title, body=body, posted_at=at, collected_at=at
    )
    return _routed(runtime, runtime.enricher.enrich(post), at, None, None)


def _routed(runtime: Runtime, post: Post, at: datetime, post_id: str | None, by: str | None) -> Routed:
    departments = runtime.settings.departments
    owner = next((one.name for one in departments.departments if post.topic in one.topics), None)
    department = post.department or departments.department_of(post.topic)
    sections = section_names(runtime)
    # Not another year's: the same number is another task there.
    known = [
        year
        for year in runtime.tasks.years()
        if year <= to_beijing(at).year and runtime.settings.ledger.topics_of(year)
    ]
    year = max(known, default=None)
    task = None
    if year is not None:
        tasks = [task_of(record) for record in runtime.tasks.of_year(year)]
        task = task_behind(post.topic, department, tasks, runtime.settings.ledger.topics_of(year), sections)
    routing = Routing(post.topic, department, owner, departments.fallback, post.corrected, by)
    return Routed(post_id, post.topic, department, explain(routing, task, sections), year)
