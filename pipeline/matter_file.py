"""Matters of one spreadsheet, all at once and without Elasticsearch: for a first look, and for judging the clustering."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from collectors.spreadsheet import best_match
from core.errors import YuqingError
from core.post import Post
from nlp.matters import Matters
from pipeline.collect import spreadsheets
from pipeline.matter_figures import matter_post, record_of
from pipeline.reading import post_reader
from pipeline.runtime import Runtime
from store.matters import MatterRecord


@dataclass(frozen=True)
class FileMatter:
    """A matter with its figures and the ids its posts have at their source."""

    record: MatterRecord
    source_ids: tuple[str, ...]


@dataclass(frozen=True)
class ClusteredFile:
    """The matters of a file, the hottest first as of `at`; `unreadable` rows were left out."""

    at: datetime
    posts: int
    unreadable: int
    matters: tuple[FileMatter, ...]


def cluster_file(
    runtime: Runtime, path: Path, at: datetime | None, tick: Callable[[int], None] = lambda _: None
) -> ClusteredFile:
    """Find the matters of the file, with their heat as of `at` (None: of its last post). `tick` is told rows as they are read.

    The file's columns are recognised as by an import. Of a post that stands in the file twice the last row counts.
    """
    if not path.is_file():
        raise YuqingError(f"找不到文件 {path}")
    posts, unreadable = _read(runtime, path, tick)
    if not posts:
        raise YuqingError(f"{path.name} 里没有认得出的留言。", "请检查文件内容和 config/sources.yml 里的列名。")
    when = at or max(post.posted_at for post in posts.values())
    matters = Matters()
    matters.update(map(matter_post, posts.values()), when)
    weights = runtime.settings.matters.heat
    found = []
    for matter in matters.matters():
        own = [posts[post_id] for post_id in matter.posts]
        record = record_of(matter, own, when, weights, days=0)
        found.append(FileMatter(record, tuple(post.source_id for post in own)))
    found.sort(key=lambda one: (-one.record.heat.total, one.record.id))
    return ClusteredFile(when, len(posts), unreadable, tuple(found))


def _read(runtime: Runtime, path: Path, tick: Callable[[int], None]) -> tuple[dict[str, Post], int]:
    source = best_match(spreadsheets(runtime), path)
    items = (item for batch in source.read_file(path) for item in batch.items)
    posts: dict[str, Post] = {}
    unreadable = 0
    with post_reader(runtime) as reader:
        for batch in reader.read(source.name, datetime.fromtimestamp(path.stat().st_mtime, UTC), items):
            posts.update((post.id, post) for post in batch.posts)
            unreadable += len(batch.aside)
            tick(batch.items)
    return posts, unreadable
