"""From raw items to enriched posts, a batch at a time: in this process, or in several side by side.

Reading needs no Elasticsearch: what people corrected and the deadlines are added by who asked (`pipeline.enrich`).
"""

import multiprocessing
from collections import Counter, deque
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
from core.errors import NOT_OF_ONE_ITEM
from core.logs import place_of
from core.post import Post
from nlp.enrich import Enricher, mask_post
from pipeline.runtime import Runtime

BATCH_ITEMS = 250
"""Items read at once: enough for the models to work on whole arrays, few enough to keep memory flat."""
FAULT = "程序出错"
"""How the reason begins where the program failed at an item, not the item at our rules."""
BATCHES_AHEAD = 2
"""Batches that wait for each process, so that none is idle and no more than these are in memory."""


@dataclass
class ReadBatch:
    """Posts read from some items, and the items that cannot become posts, each with its reason.

    `faults` counts the items that the program itself failed at, by kind and place.
    """

    items: int = 0
    posts: list[Post] = field(default_factory=list)
    aside: list[dict[str, Any]] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)

    def set_aside(self, raw: RawItem, reason: str) -> None:
        """Keep an item with the reason (Chinese) that it cannot become a post."""
        self.aside.append({"where": where(raw), "reason": reason, "item": raw})

    def blame(self, raw: RawItem, error: Exception) -> None:
        """Set an item aside that the program failed at: by the kind of the error, since its words may quote the item."""
        self.set_aside(raw, fault(error))
        self.faults[f"{type(error).__name__}，{place_of(error)}"] += 1


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
    """Parse, mask and enrich some items of a source, as seen at `seen_at`. One bad item never keeps back the others."""
    batch = ReadBatch(items=len(items))
    parser, key = runtime.source(source), runtime.settings.author_key
    masked = []
    for raw in runtime.forgotten.without(parser, items, seen_at):
        try:
            masked.append((raw, mask_post(parser.parse(raw, seen_at), key)))
        except BadItem as error:
            batch.set_aside(raw, str(error))
        except ValidationError as error:
            batch.set_aside(raw, describe(error))
        except NOT_OF_ONE_ITEM:
            raise
        except Exception as error:
            batch.blame(raw, error)
    batch.posts = _enriched(runtime.enricher, masked, batch)
    return batch


def _enriched(enricher: Enricher, masked: list[tuple[RawItem, Post]], batch: ReadBatch) -> list[Post]:
    """The posts with what the engines say. They read all at once; where they fail, halving finds whose fault it is."""
    if not masked:
        return []
    try:
        return enricher.enrich_all([post for _, post in masked])
    except NOT_OF_ONE_ITEM:
        raise
    except Exception as error:
        if len(masked) == 1:
            batch.blame(masked[0][0], error)
            return []
    middle = len(masked) // 2
    return [*_enriched(enricher, masked[:middle], batch), *_enriched(enricher, masked[middle:], batch)]


def fault(error: Exception) -> str:
    """The reason an item is set aside for that the program failed at."""
    return f"{FAULT}：{type(error).__name__}"


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
