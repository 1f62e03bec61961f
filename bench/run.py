"""`./do bench [--only load] [--posts N ...]`: posts per second from a CSV to a searchable index and in reading alone, against the plain way; memory;
the clustering of many posts, and of a day's posts on histories of several lengths; how all stages grow with the posts.

Each measurement is a process of its own on an embedded node of its own indices; the plain way and the pipeline take
turns, so that a machine that gets slower slows both. Results go to bench/results.json, bench/load.json (the growth, which
takes longest and is recorded by itself) and bench/README.md.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from alerts.catcher import MailCatcher
from bench.load import STAGES
from bench.load_text import load_section
from bench.matters_text import section
from bench.messages import MESSAGES
from bench.posts import write_csv
from demo.airflow import LOOPBACK
from demo.run import free_port
from pipeline.settings import PROJECT
from store.distribution import VERSION
from store.embedded import EmbeddedNode

TURNS = 3
PLAIN_POSTS = 300
PIPELINE_POSTS = 5_000
SNOW_POSTS = 200
READ_POSTS = 5_000
MEMORY_POSTS = (5_000, 20_000, 100_000)
CLUSTERED_POSTS = (10_000, 30_000, 100_000)
LOAD_POSTS = (10_000, 100_000, 1_000_000)
LOAD_HEAP = "2g"
HERE = Path(__file__).parent
RESULTS, LOAD = HERE / "results.json", HERE / "load.json"


def main() -> None:
    """Run the measurements that are asked for and record them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=("rest", "load"))
    parser.add_argument("--posts", type=int, nargs="+", default=LOAD_POSTS)
    asked = parser.parse_args()
    if asked.only != "load":
        _record(RESULTS, measure_rest())
    if asked.only != "rest":
        for posts in asked.posts:
            _record_load(posts)
    (HERE / "README.md").write_text(_report(_recorded(RESULTS), _recorded(LOAD)), encoding="utf-8")


def _record(path: Path, results: dict[str, Any]) -> None:
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _recorded(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def _record_load(posts: int) -> None:
    """Measure that size and keep it beside the other sizes: the largest takes hours."""
    run = measure_load(posts)
    others = [one for one in _recorded(LOAD).get("runs", []) if one["posts"] != posts]
    machine = f"{_processor()}, heap {LOAD_HEAP}"
    _record(LOAD, {"machine": machine, "runs": sorted([*others, run], key=lambda one: int(one["posts"]))})


def measure_load(posts: int) -> dict[str, Any]:
    """Every stage on an installation of so many posts, with a node and a mail server of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        node = EmbeddedNode(folder / "node", PROJECT / "var" / "cache")
        with MailCatcher(folder / "mails", LOOPBACK, free_port(2525)) as catcher:
            status = node.start(free_port(9250), LOAD_HEAP)
            mail = {
                "YUQING_SMTP_HOST": LOOPBACK,
                "YUQING_SMTP_PORT": str(catcher.port),
                "YUQING_SMTP_SECURITY": "none",
                "YUQING_SMTP_FROM": "yuqing@bureau.example",
            }
            try:
                run: dict[str, Any] = {"posts": posts, "busy_before": round(os.getloadavg()[0], 1)}
                for stage in STAGES:
                    print(f"{stage} {posts:,} ...", file=sys.stderr, flush=True)
                    environment = {**_environment(folder, status.url, f"load{posts}-"), **mail}
                    run[stage] = _run("bench.load", [stage, str(posts)], environment)
                return run
            finally:
                node.stop()


def measure_rest() -> dict[str, Any]:
    """Every measurement but that of growth."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        node = EmbeddedNode(folder / "node", PROJECT / "var" / "cache")
        status = node.start(free_port(9250), "1g")
        try:
            return {
                "machine": _machine(),
                "reading": _reading(folder, status.url),
                "speed": _speed(folder, status.url),
                "memory": _memory(folder, status.url),
                "preview": _run(
                    "bench.preview", [], _environment(folder, status.url, _memory_prefix(MEMORY_POSTS[-1]))
                ),
                "matters": measure_matters(folder),
            }
        finally:
            node.stop()


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


def _reading(folder: Path, url: str) -> dict[str, Any]:
    write_csv(folder / "snow.csv", SNOW_POSTS)
    write_csv(folder / "read.csv", READ_POSTS)
    write_csv(folder / "read-all.csv", MEMORY_POSTS[-1])
    turns = [
        {
            "snow": _measure("snow", folder / "snow.csv", folder, url, f"snow{turn}-"),
            "read": _measure("read", folder / "read.csv", folder, url, f"read{turn}-"),
        }
        for turn in range(TURNS)
    ]
    return {"turns": turns, "all": _measure("read", folder / "read-all.csv", folder, url, "readall-")}


def _memory(folder: Path, url: str) -> list[dict[str, Any]]:
    results = []
    for count in MEMORY_POSTS:
        write_csv(folder / f"{count}.csv", count)
        results.append(_measure("pipeline", folder / f"{count}.csv", folder, url, _memory_prefix(count)))
    return results


def measure_matters(folder: Path) -> dict[str, Any]:
    """The clustering of posts made of the real messages; only why not, when these are not there."""
    if not MESSAGES.is_file():
        return {"skipped": f"`../{MESSAGES.relative_to(PROJECT.parent)}` is not there"}
    few = CLUSTERED_POSTS[0]
    return {
        "turns": [
            {"plain": _cluster("plain", few, folder), "at_once": _cluster("at-once", few, folder)} for _ in range(TURNS)
        ],
        "at_once": [_cluster("at-once", posts, folder) for posts in CLUSTERED_POSTS],
        "days": [_cluster("days", posts, folder) for posts in CLUSTERED_POSTS],
        "agreement": _cluster("agreement", few, folder),
    }


def _cluster(way: str, posts: int, folder: Path) -> dict[str, Any]:
    print(f"{way} {posts} ...", file=sys.stderr, flush=True)
    return _run("bench.matters", [way, str(posts)], {**os.environ, "YUQING_DATA": str(folder / f"{way}-{posts}")})


def _memory_prefix(count: int) -> str:
    """Of the indices that hold so many posts afterwards."""
    return f"memory{count}-"


def _measure(way: str, file: Path, folder: Path, url: str, prefix: str) -> dict[str, Any]:
    print(f"{way} {file.name} ...", file=sys.stderr, flush=True)
    result = _run("bench.measure", [way, str(file)], _environment(folder, url, prefix))
    return result | {"posts_per_second": round(result["posts"] / result["seconds"], 1)}


def _environment(folder: Path, url: str, prefix: str) -> dict[str, str]:
    return {
        **os.environ,
        "ELASTICSEARCH_URL": url,
        "YUQING_INDEX_PREFIX": prefix,
        "YUQING_DATA": str(folder / prefix),
    }


def _run(module: str, arguments: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """What a measurement in a process of its own prints."""
    command = [sys.executable, "-m", module, *arguments]
    printed = subprocess.run(
        command, env=environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    result: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return result


def _machine() -> str:
    return f"{_processor()} with a heap of 1 GB"


def _processor() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, Elasticsearch {VERSION}"


def _report(results: dict[str, Any], load: dict[str, Any]) -> str:
    reading, ratio_of_reading = _compared(results["reading"]["turns"], "snow", "read")
    speed, ratio_of_speed = _compared(results["speed"], "plain", "pipeline")
    preview = results["preview"]
    first, whole = results["reading"]["turns"][0]["read"], results["reading"]["all"]
    memory = "\n".join(
        f"| {run['posts']:,} | {run['seconds']} | {run['posts_per_second']} | {run['peak_mib']} |"
        for run in results["memory"]
    )
    return f"""# Benchmarks

Recorded by `./do bench` (see `bench/run.py`) on {results["machine"]}. Absolute figures vary from machine to machine; the
ratios were measured in one run, the two ways taking turns. Posts are mixed from the demo's, 200 to 500 characters each.

## Reading a post, one process on one core

SnowNLP as it comes, for sentiment alone (`SnowNLP(text).sentiments`, {SNOW_POSTS} posts), against the whole reading: parse, clean, mask,
segment, sentiment, topic, keywords, places, risk ({READ_POSTS:,} posts). Time runs after models are loaded.

| turn | SnowNLP, posts/s | whole reading, posts/s | ratio |
|---|---|---|---|
{reading}

Median ratio **{ratio_of_reading:.1f}**. Peak memory: {first["peak_mib"]} MiB for {first["posts"]:,} posts,
{whole["peak_mib"]} MiB for {whole["posts"]:,}.

## From CSV to searchable index

The plain way is one `SnowNLP` object per post (words, sentiment, five keywords) and one index call per post, on {PLAIN_POSTS} posts;
the pipeline is `yuqing import` on {PIPELINE_POSTS:,}: land, read, deadline, bulk. Time runs from the opened connection to a count
that sees every post.

| turn | plain, posts/s | pipeline, posts/s | ratio |
|---|---|---|---|
{speed}

Median ratio **{ratio_of_speed:.1f}**.

## Memory as the file grows

| posts | seconds | posts/s | peak memory of the process, MiB |
|---|---|---|---|
{memory}

## The preview's first page

`yuqing dashboards preview` on {preview["posts"]:,} posts: the HTML and all data of the first board, by one request to Elasticsearch. The first
page after the start with Elasticsearch's caches emptied took **{preview["cold_seconds"]} s**, the median of those after it
**{preview["warm_seconds"]} s** (the slowest {preview["slowest_warm_seconds"]} s).

{section(results["matters"])}
{load_section(load)}"""


def _compared(turns: list[dict[str, Any]], slow: str, fast: str) -> tuple[str, float]:
    """The rows of a table of two ways, and the median ratio."""
    ratios = [turn[fast]["posts_per_second"] / turn[slow]["posts_per_second"] for turn in turns]
    rows = [
        f"| {number} | {turn[slow]['posts_per_second']} | {turn[fast]['posts_per_second']} | {ratio:.1f} |"
        for number, (turn, ratio) in enumerate(zip(turns, ratios, strict=True), 1)
    ]
    return "\n".join(rows), statistics.median(ratios)


if __name__ == "__main__":
    main()
