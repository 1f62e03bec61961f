"""`./do bench`: posts per second from a CSV to a searchable index, against the plain way, and memory as the file grows.

Each measurement is a process of its own on an embedded node of its own indices; the plain way and the pipeline take
turns, so that a machine that gets slower slows both. Results go to bench/results.json and bench/README.md.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.posts import write_csv
from demo.run import _free_port
from pipeline.settings import PROJECT
from store.distribution import VERSION
from store.embedded import EmbeddedNode

TURNS = 3
PLAIN_POSTS = 300
PIPELINE_POSTS = 5_000
MEMORY_POSTS = (5_000, 20_000, 100_000)


def main() -> None:
    """Run every measurement and record it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        node = EmbeddedNode(folder / "node", PROJECT / "var" / "cache")
        status = node.start(_free_port(9250), "1g")
        try:
            results = {
                "machine": _machine(),
                "speed": _speed(folder, status.url),
                "memory": _memory(folder, status.url),
            }
        finally:
            node.stop()
    here = Path(__file__).parent
    (here / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (here / "README.md").write_text(_report(results), encoding="utf-8")
    print(_report(results))


def _speed(folder: Path, url: str) -> list[dict[str, Any]]:
    write_csv(folder / "plain.csv", PLAIN_POSTS)
    write_csv(folder / "pipeline.csv", PIPELINE_POSTS)
    return [
        {
            "plain": _measure("plain", folder / "plain.csv", folder, url, f"plain{turn}-"),
            "pipeline": _measure("pipeline", folder / "pipeline.csv", folder, url, f"pipeline{turn}-"),
        }
        for turn in range(TURNS)
    ]


def _memory(folder: Path, url: str) -> list[dict[str, Any]]:
    results = []
    for count in MEMORY_POSTS:
        write_csv(folder / f"{count}.csv", count)
        results.append(_measure("pipeline", folder / f"{count}.csv", folder, url, f"memory{count}-"))
    return results


def _measure(way: str, file: Path, folder: Path, url: str, prefix: str) -> dict[str, Any]:
    print(f"{way} {file.name} ...", file=sys.stderr, flush=True)
    environment = {
        **os.environ,
        "ELASTICSEARCH_URL": url,
        "YUQING_INDEX_PREFIX": prefix,
        "YUQING_DATA": str(folder / prefix),
    }
    command = [sys.executable, "-m", "bench.measure", way, str(file)]
    printed = subprocess.run(
        command, env=environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    result: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return result | {"posts_per_second": round(result["posts"] / result["seconds"], 1)}


def _machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, Elasticsearch {VERSION} with a heap of 1 GB"


def _report(results: dict[str, Any]) -> str:
    ratios = [turn["pipeline"]["posts_per_second"] / turn["plain"]["posts_per_second"] for turn in results["speed"]]
    speed = "\n".join(
        f"| {number} | {turn['plain']['posts_per_second']} | {turn['pipeline']['posts_per_second']} | {ratio:.1f} |"
        for number, (turn, ratio) in enumerate(zip(results["speed"], ratios, strict=True), 1)
    )
    memory = "\n".join(
        f"| {run['posts']:,} | {run['seconds']} | {run['posts_per_second']} | {run['peak_mib']} |"
        for run in results["memory"]
    )
    return f"""# Benchmarks

Recorded by `./do bench` (see `bench/run.py`) on {results["machine"]}. Absolute figures vary from machine to machine; the
ratios were measured in one run.

## From CSV to searchable index

The plain way is one `SnowNLP` object per post (words, sentiment, five keywords) and one index call per post, on {PLAIN_POSTS} posts;
the pipeline is `yuqing import` on {PIPELINE_POSTS:,}: land, clean, mask, segment, sentiment, topic, keywords, deadline, bulk. Time runs
from the opened connection to a count that sees every post. Bodies are 200 to 500 characters, mixed from the demo's posts.

| turn | plain, posts/s | pipeline, posts/s | ratio |
|---|---|---|---|
{speed}

Median ratio **{statistics.median(ratios):.1f}**.

## Memory as the file grows

| posts | seconds | posts/s | peak memory of the process, MiB |
|---|---|---|---|
{memory}
"""


if __name__ == "__main__":
    main()
