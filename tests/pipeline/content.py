"""What an installation holds: its index and its rejected items, in a form that two of them can be compared by."""

import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
from elasticsearch import Elasticsearch
from elasticsearch.helpers import scan

from pipeline.runtime import Runtime

INDICES_AT_ONCE = 50
"""The names stand in the address, which the node takes up to 4 KB of."""


def documents(es: Elasticsearch, index: str) -> dict[str, dict[str, Any]]:
    """Every document of the index by id, as stored."""
    es.indices.refresh(index=index)
    return {hit["_id"]: hit["_source"] for hit in scan(es, index=index, size=2000)}


def posts(runtime: Runtime) -> dict[str, dict[str, Any]]:
    """Every post of the installation by id, as stored."""
    return documents(runtime.es, runtime.names.posts)


def alerts(runtime: Runtime) -> dict[str, dict[str, Any]]:
    """Every record of an alert by id, as stored."""
    return documents(runtime.es, runtime.names.alerts)


def rejected(runtime: Runtime) -> Counter[tuple[str, str]]:
    """Where and why of everything that was set aside, and how often."""
    kept = [item for path in files(runtime.landing.rejected) for item in lines(path)]
    return Counter((item["where"], item["reason"]) for item in kept)


def files(folder: Path) -> list[Path]:
    """All files below a folder that are not hidden."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def lines(path: Path) -> list[Any]:
    """The records of a packed file."""
    return [orjson.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def remove_installation(node_url: str, prefix: str) -> None:
    """Delete the indices and templates of an installation."""
    with Elasticsearch(node_url) as es:
        # By name: Elasticsearch refuses to delete by wildcard. Many at once, since each request costs the node as much.
        indices = sorted(es.indices.get(index=f"{prefix}*", expand_wildcards="all"))
        for start in range(0, len(indices), INDICES_AT_ONCE):
            es.indices.delete(index=indices[start : start + INDICES_AT_ONCE])
        # There are no templates after a test that never came to Elasticsearch.
        es.options(ignore_status=404).indices.delete_index_template(name=f"{prefix}*")
