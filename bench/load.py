"""How the stages grow with the number of posts: `python -m bench.load STAGE POSTS`. Prints one JSON line.

Each stage is a process of its own on the installation that the environment describes, so that its peak of memory is its
own. `./do bench --only load` runs all of them on installations of several sizes (`bench.run`).
"""

import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench.load_posts import write_files
from bench.measure import AT
from dashboards.boards import BOARDS
from dashboards.panel import Dashboard
from dashboards.preview_answers import answer
from dashboards.preview_choice import read_choice
from nlp.segment import Segmenter
from pipeline.alerting import send_alerts
from pipeline.collect import import_file
from pipeline.deadlines import deadline_report, refresh_stages
from pipeline.enrich import enrich_pending
from pipeline.runtime import Runtime
from pipeline.weekly import weekly
from store.posts import count_posts, search_posts

WARM_TURNS = 10
QUESTIONS = ("疫苗接种点几点开门", "挂号", "石材厂粉尘", "电子健康卡打不开")
Figures = dict[str, Any]


class Meter:
    """Adds up what passes while it is entered: time, and the CPU seconds of this process and of Elasticsearch.

    These hardly depend on what else the machine has to do, which the time does.
    """

    def __init__(self, runtime: Runtime) -> None:
        self._es = runtime.es
        self._sum = [0.0, 0.0, 0.0]

    def __enter__(self) -> None:
        self._sum = [total - now for total, now in zip(self._sum, self._now(), strict=True)]

    def __exit__(self, *_: object) -> None:
        self._sum = [total + now for total, now in zip(self._sum, self._now(), strict=True)]

    def _now(self) -> tuple[float, float, float]:
        nodes = self._es.nodes.stats(metric="process")["nodes"].values()
        server = sum(node["process"]["cpu"]["total_in_millis"] for node in nodes) / 1000
        return time.perf_counter(), time.process_time(), server

    @property
    def figures(self) -> Figures:
        """The sums, in seconds."""
        seconds, cpu, server = self._sum
        return {"seconds": round(seconds, 2), "cpu_seconds": round(cpu, 2), "server_cpu_seconds": round(server, 2)}


def load(runtime: Runtime, posts: int) -> Figures:
    """`yuqing import` of files of 50,000 rows. Making the files is not counted."""
    _ = runtime.enricher
    meter = Meter(runtime)
    with tempfile.TemporaryDirectory() as name:
        for file in write_files(Path(name), posts):
            with meter:
                import_file(runtime, file, AT)
                enrich_pending(runtime, AT)
            print(f"  {file.name}: {meter.figures['seconds']:.0f} s", file=sys.stderr, flush=True)
    assert count_posts(runtime.es, runtime.names) == posts
    return {**meter.figures, "posts_per_second": round(posts / meter.figures["seconds"], 1)}


def index(runtime: Runtime, posts: int) -> Figures:
    """What the posts take on disk once small segments are merged, and in how many indices."""
    indices = runtime.es.indices
    patient = runtime.es.options(request_timeout=3600)
    patient.indices.forcemerge(index=runtime.names.posts, max_num_segments=1)
    indices.flush(index=runtime.names.posts)
    stats = indices.stats(index=runtime.names.posts, metric=["store", "docs"])
    store = stats["_all"]["primaries"]["store"]["size_in_bytes"]
    landed = sum(path.stat().st_size for path in runtime.settings.data.glob("landing/**/*") if path.is_file())
    return {
        "indices": len(stats["indices"]),
        "store_mib": round(store / 2**20, 1),
        "bytes_a_post": round(store / posts),
        "landed_mib": round(landed / 2**20, 1),
    }


def stages(runtime: Runtime, posts: int) -> Figures:
    """Every open post's stage on the next working day."""
    count_posts(runtime.es, runtime.names)
    return _timed(runtime, lambda: {"changed": refresh_stages(runtime, AT + timedelta(days=3))})


def alerts(runtime: Runtime, posts: int) -> Figures:
    """Who is told what, and the mails about it, to a server on loopback."""
    count_posts(runtime.es, runtime.names)

    def send() -> Figures:
        run = send_alerts(runtime, AT, AT)
        return {"alerts": sum(len(digest.items) for digest in run.digests), "mails": len(run.sent)}

    return _timed(runtime, send)


def report(runtime: Runtime, posts: int) -> Figures:
    """The deadline report of all months."""
    count_posts(runtime.es, runtime.names)
    return _timed(runtime, lambda: {"rows": len(deadline_report(runtime, AT))})


def summary(runtime: Runtime, posts: int) -> Figures:
    """The summary of the last week: figures, charts, page, Word file; no mail."""
    count_posts(runtime.es, runtime.names)

    def make() -> Figures:
        weekly(runtime, None, AT, AT, mail=False)
        return {}

    return _timed(runtime, make)


def boards(runtime: Runtime, posts: int) -> Figures:
    """What each board's page asks in one request: with the server's caches emptied, and again."""
    return {board.id: _cold_and_warm(runtime, partial(_page, runtime, board)) for board in BOARDS}


def _page(runtime: Runtime, board: Dashboard) -> None:
    answer(runtime.es, runtime.names.prefix, board, read_choice([], board, frozenset(), AT), {}, AT)


def search(runtime: Runtime, posts: int) -> Figures:
    """The best ten of several questions, one after the other."""
    words = Segmenter(runtime.settings.config / "user_dict.txt").words
    asked = [(words(question), question) for question in QUESTIONS]

    def ask() -> None:
        for tokens, text in asked:
            search_posts(runtime.es, runtime.names, tokens, text, {}, 10)

    return _cold_and_warm(runtime, ask)


def _timed(runtime: Runtime, work: Callable[[], Figures]) -> Figures:
    meter = Meter(runtime)
    with meter:
        figures = work()
    return {**meter.figures, **figures}


def _cold_and_warm(runtime: Runtime, work: Callable[[], Any]) -> Figures:
    count_posts(runtime.es, runtime.names)
    runtime.es.indices.clear_cache(index=runtime.names.posts)
    times = []
    for _ in range(1 + WARM_TURNS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return {"cold_seconds": round(times[0], 3), "warm_seconds": round(statistics.median(times[1:]), 3)}


STAGES: dict[str, Callable[[Runtime, int], Figures]] = {
    "load": load,
    "index": index,
    "stages": stages,
    "alerts": alerts,
    "report": report,
    "summary": summary,
    "boards": boards,
    "search": search,
}


def main() -> None:
    """Measure one stage."""
    stage, posts = STAGES[sys.argv[1]], int(sys.argv[2])
    figures = stage(Runtime.from_environment(os.environ), posts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({**figures, "peak_mib": round(peak)}))


if __name__ == "__main__":
    main()
