"""Enrich: landed items become masked, scored posts with a deadline, in the index.

A segment is marked done only after Elasticsearch has acknowledged every post of it; until then the next run takes it
again, and the stable ids and versions make that harmless.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pydantic import ValidationError

from collectors.base import BadItem, RawItem, Source, SourceFailed
from collectors.landing import Segment
from core.config import describe
from core.post import Post
from nlp.enrich import mask_post
from pipeline.runtime import Runtime
from store.posts import Written, write_posts

SMALLEST_SAMPLE = 10
"""Below this many items a run's share of bad ones says nothing about the source."""


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


def enrich_pending(
    runtime: Runtime, at: datetime, source: str | None = None, tick: Callable[[int], None] = lambda _: None
) -> Enriched:
    """Bring every landed segment not yet in the index there. `tick` is told the items of each finished segment."""
    return _enrich(runtime, runtime.landing.pending(source), at, tick)


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
    for segment in segments:
        before = (run.items, len(run.rejections))
        _enrich_segment(runtime, segment, at, run)
        counts = per_source.setdefault(segment.source, [0, 0])
        counts[0] += run.items - before[0]
        counts[1] += len(run.rejections) - before[1]
        tick(run.items - before[0])
    for name, (items, bad) in per_source.items():
        _check_bad_share(runtime.source(name), items, bad)
    return run


def _enrich_segment(runtime: Runtime, segment: Segment, at: datetime, run: Enriched) -> None:
    source = runtime.source(segment.source)
    seen_at, items = segment.read()
    aside: list[dict[str, Any]] = []
    written = write_posts(runtime.es, runtime.names, _posts(runtime, source, seen_at, items, at, run, aside))
    for post_id, reason in written.refused:
        aside.append({"where": post_id, "reason": f"索引拒收：{reason}"})
    runtime.landing.set_aside(segment, aside)
    _add(run, segment.source, written, aside)
    runtime.landing.mark_done(segment, {"indexed": written.indexed, "stale": written.stale, "rejected": len(aside)})


def _posts(
    runtime: Runtime,
    source: Source,
    seen_at: datetime,
    items: Iterator[RawItem],
    at: datetime,
    run: Enriched,
    aside: list[dict[str, Any]],
) -> Iterator[Post]:
    key, book, enricher = runtime.settings.author_key, runtime.book, runtime.enricher
    for raw in items:
        run.items += 1
        try:
            post = source.parse(raw, seen_at)
        except BadItem as error:
            aside.append({"where": _where(raw), "reason": str(error), "item": raw})
            continue
        except ValidationError as error:
            aside.append({"where": _where(raw), "reason": describe(error), "item": raw})
            continue
        post = enricher.enrich(mask_post(post, key))
        run.masked.update(post.masked)
        yield post.model_copy(update={"checked_at": seen_at, "deadline": book.assess(post, at)})


def _where(raw: RawItem) -> str:
    """What a person can find the item by; never its text."""
    if "row" in raw:
        return f"{raw.get('file', '')} 第 {raw['row']} 行"
    return str(raw.get("tid") or raw.get("id") or raw.get("url") or "（无编号）")


def _add(run: Enriched, source: str, written: Written, aside: list[dict[str, Any]]) -> None:
    run.segments += 1
    run.indexed += written.indexed
    run.stale += written.stale
    run.rejections += [Rejection(source, item["where"], item["reason"]) for item in aside]


def _check_bad_share(source: Source, items: int, bad: int) -> None:
    allowed = source.assertions.max_bad_share
    if items >= SMALLEST_SAMPLE and bad / items > allowed:
        raise SourceFailed(
            f"来源“{source.title}”的 {items} 条里有 {bad} 条认不出，超过约定的 {allowed:.0%}；好的已入库，坏的已另存。",
            "来源的格式可能变了，原因见 rejected 目录。",
        )
