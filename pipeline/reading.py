"""From raw items to enriched posts, a batch at a time: in this process, or in several side by side.

Reading needs no Elasticsearch: what people corrected and the deadlines are added by who asked (`pipeline.enrich`).
"""

import multiprocessing
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from pydantic import ValidationError

from collectors.base import BadItem, RawItem
from core.config import describe
from core.post import Post
from nlp.enrich import mask_post
from pipeline.runtime import Runtime

BATCH_ITEMS = 250
"""Items read at once: enough for the models to work on whole arrays, few enough to keep memory flat."""
BATCHES_AHEAD = 2
"""Batches that wait for each process, so that none is idle and no more than these are in memory."""


@dataclass
class ReadBatch:
    """Posts read from some items, and the items that cannot become posts, each with its reason."""

    items: int = 0
    posts: list[Post] = field(default_factory=list)
    aside: list[dict[str, Any]] = field(default_factory=list)


class PostReader:
    """Reads batches; with a pool, several at once, in the order they came."""

    def __init__(self, runtime: Runtime, pool: ProcessPoolExecutor | None) -> None:
        self._runtime = runtime
        self._pool = pool
        self._ahead = runtime.settings.pipeline.engines.workers * BATCHES_AHEAD

    def read(self, source: str, seen_at: datetime, items: Iterable[RawItem]) -> Iterator[ReadBatch]:
        """The items of one source, batch by batch."""
        batches = ((source, seen_at, batch) for batch in batches_of(items, BATCH_ITEMS))
        if self._pool is None:
            for batch in batches:
                yield read_batch(self._runtime, *batch)
            return
        waiting: deque[Future[ReadBatch]] = deque()
        for batch in batches:
            waiting.append(self._pool.submit(_read_in_worker, *batch))
            if len(waiting) >= self._ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


@contextmanager
def post_reader(runtime: Runtime) -> Iterator[PostReader]:
    """A reader with as many processes as `engines.workers` in `config/pipeline.yml` asks for."""
    workers = runtime.settings.pipeline.engines.workers
    if workers == 1:
        yield PostReader(runtime, None)
        return
    # Spawned, not forked: a fork inherits Airflow's threads and their locks.
    context = multiprocessing.get_context("spawn")
    arguments = (dict(runtime.settings.environment),)
    with ProcessPoolExecutor(workers, context, initializer=_start_worker, initargs=arguments) as pool:
        yield PostReader(runtime, pool)


def read_batch(runtime: Runtime, source: str, seen_at: datetime, items: list[RawItem]) -> ReadBatch:
    """Parse, mask and enrich some items of a source, as seen at `seen_at`."""
    batch = ReadBatch(items=len(items))
    parser, key = runtime.source(source), runtime.settings.author_key
    masked = []
    for raw in runtime.forgotten.without(parser, items, seen_at):
        try:
            masked.append(mask_post(parser.parse(raw, seen_at), key))
        except BadItem as error:
            batch.aside.append({"where": where(raw), "reason": str(error), "item": raw})
        except ValidationError as error:
            batch.aside.append({"where": where(raw), "reason": describe(error), "item": raw})
    batch.posts = runtime.enricher.enrich_all(masked)
    return batch


def where(raw: RawItem) -> str:
    """What a person can find the item by; never its text."""
    if "row" in raw:
        return f"{raw.get('file', '')} 第 {raw['row']} 行"
    return str(raw.get("tid") or raw.get("id") or raw.get("url") or "（无编号）")


def batches_of(items: Iterable[RawItem], size: int) -> Iterator[list[RawItem]]:
    """The items in lists of `size`, the last one shorter."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


_worker_runtime: Runtime | None = None


def _start_worker(environment: Mapping[str, str]) -> None:
    global _worker_runtime  # A process pool has no other place for what each process keeps.
    _worker_runtime = Runtime.from_environment(environment)


def _read_in_worker(source: str, seen_at: datetime, items: list[RawItem]) -> ReadBatch:
    assert _worker_runtime is not None  # noqa: S101  set by the initializer
    return read_batch(_worker_runtime, source, seen_at, items)
