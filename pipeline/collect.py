"""Collect: ask a source, land what it gives, and only then remember how far it was read."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from collectors.base import Batch, Context, OpenPost, Refreshable, Source, SourceFailed
from collectors.spreadsheet import Spreadsheet, best_match, content_hash
from core.clock import to_beijing
from core.errors import YuqingError
from core.logs import logged
from pipeline.runtime import Runtime
from store.post_writing import rewrite_posts
from store.posts import oldest_checked

REFRESH_QUEUE = 1000


@dataclass(frozen=True)
class Collected:
    """What one run landed."""

    source: str
    items: int


def scheduled_sources(runtime: Runtime, *, refreshable: bool = False) -> list[str]:
    """Names of the sources that are switched on; with `refreshable`, only of those that can be asked again."""
    kind = Refreshable if refreshable else Source
    return [source.name for source in runtime.settings.sources.sources if source.enabled and isinstance(source, kind)]


@logged("collect", source="name")
def collect(runtime: Runtime, name: str, at: datetime) -> Collected:
    """Fetch and land what is new at one source as of `at`.

    Whatever goes wrong is recorded as the source's health and raised; what was landed before stays, and the next run
    goes on from there.
    """
    source = runtime.source(name)
    context = _context(runtime, source, at)
    items = 0
    try:
        for batch in source.fetch(context):
            items += _land(runtime, name, batch, at)
        _check_assertions(runtime, source, items, at)
    except Exception as error:
        runtime.state.save_run(name, at, items, f"{type(error).__name__}: {error}")
        raise
    runtime.state.save_run(name, at, items, None)
    return Collected(name, items)


@logged("import")
def import_file(
    runtime: Runtime,
    path: Path,
    at: datetime,
    name: str | None = None,
    tick: Callable[[int], None] = lambda _: None,
) -> Collected | None:
    """Land one spreadsheet; the source whose column map fits is found by itself. None when it was imported before.

    `tick` is told the rows of each batch.
    """
    if not path.is_file():
        raise YuqingError(f"找不到文件 {path}")
    source = best_match([sheet for sheet in spreadsheets(runtime) if name in {None, sheet.name}], path)
    if runtime.state.is_finished(source.name, content_hash(path)):
        return None
    items = 0
    for batch in source.read_file(path):
        items += _land(runtime, source.name, batch, at)
        tick(len(batch.items))
    return Collected(source.name, items)


def spreadsheets(runtime: Runtime) -> list[Spreadsheet]:
    """The sources that read spreadsheets."""
    return [source for source in runtime.settings.sources.sources if isinstance(source, Spreadsheet)]


@logged("refresh", source="name")
def refresh(runtime: Runtime, name: str, at: datetime) -> Collected:
    """Ask a source again about its open posts, those asked about longest ago first, and land their present state."""
    source = runtime.source(name)
    if not isinstance(source, Refreshable):
        return Collected(name, 0)
    waiting = oldest_checked(runtime.es, runtime.names, name, REFRESH_QUEUE)
    by_id = {post.source_id: post for post in waiting}
    items = 0
    for answer in source.refresh(
        _context(runtime, source, at), [OpenPost(p.source_id, p.forum, p.url) for p in waiting]
    ):
        items += _land(runtime, name, Batch(answer.items), at)
        # A post no longer there has no new state to land; noting the question keeps it from being asked first for ever.
        gone = (by_id[source_id].model_copy(update={"checked_at": at}) for source_id in answer.gone & by_id.keys())
        rewrite_posts(runtime.es, runtime.names, gone)
    return Collected(name, items)


def _context(runtime: Runtime, source: Source, at: datetime) -> Context:
    return Context(
        http=runtime.polite_session(),
        now=at,
        cursor=runtime.state.cursor(source.name),
        is_finished=lambda key: runtime.state.is_finished(source.name, key),
        home=runtime.settings.data,
    )


def _land(runtime: Runtime, name: str, batch: Batch, at: datetime) -> int:
    runtime.landing.write(name, at, runtime.forgotten.without(runtime.source(name), batch.items, at))
    if batch.cursor is not None:
        runtime.state.save_cursor(name, batch.cursor, at)
    if batch.finished is not None:
        runtime.state.save_finished(name, batch.finished, at)
    return len(batch.items)


def _check_assertions(runtime: Runtime, source: Source, items: int, at: datetime) -> None:
    wanted = source.assertions
    if items < wanted.min_items:
        raise SourceFailed(f"来源“{source.title}”只给出 {items} 条，少于约定的 {wanted.min_items} 条。")
    health = runtime.state.health(source.name)
    if items or wanted.max_silent_days is None or health is None:
        return
    # A source that never gave anything is silent since it was first asked.
    since = health.last_item_at or health.first_run_at
    last = datetime.fromisoformat(since) if since else at
    if at - last > timedelta(days=wanted.max_silent_days):
        raise SourceFailed(f"来源“{source.title}”自 {to_beijing(last):%Y-%m-%d} 以来没有新内容，请检查。")
