"""Enrich: landed items become masked, scored posts with a deadline, in the index.

A segment is marked done only after Elasticsearch has acknowledged every post of it; until then the next run takes it
again, and the stable ids and versions make that harmless.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from collectors.base import SourceFailed
from collectors.landing import Segment
from core.errors import ConfigError
from core.logs import logged
from core.post import Post
from pipeline.corrections import apply
from pipeline.extensions import deadlines
from pipeline.reading import FAULT, PostReader, ReadBatch, post_reader
from pipeline.runtime import Runtime
from store.post_writing import Written, write_posts
from store.posts import cluster_ids, refresh_posts

log = logging.getLogger(__name__)

SMALLEST_SAMPLE = 10
"""Below this many items a run's share of bad ones says nothing about the source."""
REPLAY = "其中有程序出错的：换上修好的程序后运行 yuqing replay，会重新入库。"


@dataclass(frozen=True)
class Rejection:
    """One raw item that was set aside. `where` names it for a person (file and row, or the source's own id)."""

    source: str
    where: str
    reason: str


@dataclass
class Enriched:
    """What a run did, in posts."""

    segments: int = 0
    items: int = 0
    indexed: int = 0
    stale: int = 0
    masked: Counter[str] = field(default_factory=Counter)
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def is_partial(self) -> bool:
        """Whether something was set aside."""
        return bool(self.rejections)


@logged("enrich", source="source")
def enrich_pending(
    runtime: Runtime, at: datetime, source: str | None = None, tick: Callable[[int], None] = lambda _: None
) -> Enriched:
    """Bring every landed segment not yet in the index there. `tick` is told the items of each finished segment."""
    return _enrich(runtime, runtime.landing.pending(source), at, tick)


@logged("replay", source="source")
def replay(
    runtime: Runtime,
    at: datetime,
    source: str | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    tick: Callable[[int], None] = lambda _: None,
) -> Enriched:
    """Do it again from the landed items of a source and window, for a new model, a mended parser or a new cluster."""
    return _enrich(runtime, runtime.landing.segments(source, first_day, last_day), at, tick)


def _enrich(runtime: Runtime, segments: Iterable[Segment], at: datetime, tick: Callable[[int], None]) -> Enriched:
    run = Enriched()
    per_source: dict[str, list[int]] = {}
    unknown: dict[str, ConfigError] = {}
    with post_reader(runtime) as reader:
        for segment in segments:
            try:
                runtime.source(segment.source)
            except ConfigError as error:
                # What such a source landed waits for its entry to come back; the others do not.
                unknown[segment.source] = error
                continue
            counts = per_source.setdefault(segment.source, [0, 0, 0])
            before = run.items, len(run.rejections)
            _enrich_segment(runtime, reader, segment, at, run)
            new = run.rejections[before[1] :]
            counts[0] += run.items - before[0]
            counts[1] += len(new)
            counts[2] += sum(rejection.reason.startswith(FAULT) for rejection in new)
            tick(run.items - before[0])
    if run.indexed:
        # Whoever is told that posts are in may search for them at once.
        refresh_posts(runtime.es, runtime.names)
    for name, counts in per_source.items():
        _check_bad_share(runtime, name, *counts)
    if unknown:
        raise next(iter(unknown.values()))
    return run


def _enrich_segment(runtime: Runtime, reader: PostReader, segment: Segment, at: datetime, run: Enriched) -> None:
    seen_at, items = segment.read()
    aside: list[dict[str, Any]] = []
    posts = _posts(runtime, reader.read(segment.source, seen_at, items), seen_at, at, run, aside)
    written = write_posts(runtime.es, runtime.names, posts)
    for post_id, reason in written.refused:
        aside.append({"where": post_id, "reason": f"索引拒收：{reason}"})
    runtime.landing.set_aside(segment, aside)
    _add(run, segment.source, written, aside)
    runtime.landing.mark_done(segment, {"indexed": written.indexed, "stale": written.stale, "rejected": len(aside)})


def _posts(
    runtime: Runtime,
    batches: Iterator[ReadBatch],
    seen_at: datetime,
    at: datetime,
    run: Enriched,
    aside: list[dict[str, Any]],
) -> Iterator[Post]:
    """The posts as they go to the index: with what people corrected, their matter, and the deadline as of `at`."""
    lookups = runtime.settings.departments.department_of, runtime.settings.topics.category_of
    for batch in batches:
        run.items += batch.items
        aside += batch.aside
        for fault, times in batch.faults.items():
            log.warning("程序读不了 %d 条，已另存：%s", times, fault)
        ids = [post.id for post in batch.posts]
        corrections = runtime.corrections.of(ids)
        matters = cluster_ids(runtime.es, runtime.names, ids)
        for post, deadline in deadlines(runtime, batch.posts, at):
            run.masked.update(post.masked)
            corrected = apply(post, corrections.get(post.id), *lookups)
            known = {"checked_at": seen_at, "deadline": deadline, "cluster_id": matters.get(post.id)}
            yield corrected.model_copy(update=known)


def _add(run: Enriched, source: str, written: Written, aside: list[dict[str, Any]]) -> None:
    run.segments += 1
    run.indexed += written.indexed
    run.stale += written.stale
    run.rejections += [Rejection(source, item["where"], item["reason"]) for item in aside]


def _check_bad_share(runtime: Runtime, name: str, items: int, bad: int, faults: int) -> None:
    """Raise when too many of a source's items could not be read; `faults` of them the program itself failed at."""
    source = runtime.source(name)
    allowed = source.assertions.max_bad_share
    if items >= SMALLEST_SAMPLE and bad / items > allowed:
        failure = SourceFailed(
            f"来源“{source.title}”的 {items} 条里有 {bad} 条认不出，超过约定的 {allowed:.0%}；好的已入库，坏的已另存。",
            "来源的格式可能变了，原因见 rejected 目录。" + (REPLAY if faults else ""),
        )
        runtime.state.save_error(name, failure.message)
        raise failure
