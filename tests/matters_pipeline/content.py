"""What an installation holds about matters, in a form that two of them can be compared by."""

from typing import Any

from pipeline.runtime import Runtime
from tests.pipeline.content import documents


def labels(runtime: Runtime) -> dict[str, str | None]:
    """The `cluster_id` of every post."""
    found = documents(runtime.es, runtime.names.posts)
    return {id_: source.get("cluster_id") for id_, source in found.items()}


def matters(runtime: Runtime) -> dict[str, dict[str, Any]]:
    """Every matter by id, those merged away among them, as stored."""
    return documents(runtime.es, runtime.names.clusters)


def events(runtime: Runtime) -> dict[str, dict[str, Any]]:
    """Every event by id, as stored."""
    return documents(runtime.es, runtime.names.matter_events)


def everything(runtime: Runtime) -> list[dict[str, dict[str, Any]]]:
    """Posts, matters and events."""
    return [documents(runtime.es, runtime.names.posts), matters(runtime), events(runtime)]
