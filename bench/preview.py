"""How fast the preview's first page is on the posts of an installation: `python -m bench.preview`. Prints one JSON line.

A page is its HTML and the data of the first board, asked for one after the other, as a browser does. `cold` is the first
page after the server has come up and Elasticsearch has forgotten what it had answered.
"""

import json
import os
import statistics
import time
from collections.abc import Mapping

import requests

from bench.measure import AT
from core.errors import YuqingError
from dashboards.boards import BOARDS
from dashboards.preview_process import PreviewProcess
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from store.posts import count_posts

WARM_PAGES = 20


def first_page(url: str) -> float:
    """Seconds for the HTML and the data of the first board."""
    begun = time.perf_counter()
    for path in ("", f"api/boards/{BOARDS[0].id}"):
        requests.get(url + path, timeout=60).raise_for_status()
    return time.perf_counter() - begun


def measure(environment: Mapping[str, str]) -> dict[str, float]:
    """Ask a preview in a process of its own for its first page, cold and warm. Its now is that of `bench.measure`."""
    runtime = Runtime(Settings(environment))
    posts = count_posts(runtime.es, runtime.names)
    process = PreviewProcess(runtime.settings.data)
    url = process.start(["--at", AT.isoformat()], environment).url
    try:
        runtime.es.indices.clear_cache(index=runtime.names.posts)
        cold = first_page(url)
        warm = [first_page(url) for _ in range(WARM_PAGES)]
        figures = requests.get(f"{url}api/boards/{BOARDS[0].id}", timeout=60).json()["figures"]
    finally:
        process.stop()
    if figures[0]["value"] != posts:
        raise YuqingError(f"网页上有 {figures[0]['value']} 条留言，索引里有 {posts} 条。")
    return {
        "posts": posts,
        "cold_seconds": round(cold, 3),
        "warm_seconds": round(statistics.median(warm), 3),
        "slowest_warm_seconds": round(max(warm), 3),
    }


if __name__ == "__main__":
    print(json.dumps(measure(os.environ)))
