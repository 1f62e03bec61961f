"""Asking Elasticsearch all queries of a report at once."""

from collections.abc import Sequence
from typing import Any

from elasticsearch import Elasticsearch

from core.errors import Unavailable
from reports.figures import Query
from store import connection
from store.connection import speaking_plainly
from store.documents import Names


def refresh(es: Elasticsearch, names: Names) -> None:
    """Make every acknowledged write visible to the report's queries."""
    connection.refresh(es, names.posts, names.clusters, names.followups, names.warnings)


def ask(es: Elasticsearch, names: Names, queries: Sequence[Query]) -> dict[str, Any]:
    """The answer to each query by its name, all in one request."""
    searches: list[dict[str, Any]] = []
    for query in queries:
        # Better no report than one on half of the data.
        searches += [{"index": names.prefix + query.index, "allow_partial_search_results": False}, query.body]
    with speaking_plainly():
        answers = es.msearch(searches=searches)["responses"]
    for query, answer in zip(queries, answers, strict=True):
        if "error" in answer:
            reason = answer["error"].get("reason", answer["error"])
            raise Unavailable(f"Elasticsearch 没有答出“{query.name}”：{reason}", "请稍后再运行一次。")
    return {query.name: answer for query, answer in zip(queries, answers, strict=True)}
