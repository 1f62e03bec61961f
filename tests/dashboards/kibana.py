"""Does with exported objects what Kibana does with them, as far as searches go."""

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch

from dashboards.kibana import ndjson, saved_objects

Tree = dict[str, Any]
CLAUSE = re.compile(r"%dashboard_context-(must|filter|must_not)_clause%")


class Export:
    """The objects of an export, read from its bytes. `reader` chooses time and filters on every dashboard."""

    def __init__(self, prefix: str) -> None:
        lines = ndjson(saved_objects(prefix)).decode().split("\n")
        assert lines.pop() == ""
        *self.objects, self.summary = [json.loads(line) for line in lines]
        self.by_id: dict[tuple[str, str], Tree] = {(one["type"], one["id"]): one for one in self.objects}

    def of_kind(self, kind: str) -> list[Tree]:
        """The objects of one type."""
        return [one for one in self.objects if one["type"] == kind]

    def panel(self, prefix: str, id_: str) -> Tree:
        """The object of a panel."""
        found: list[Tree] = [one for one in self.objects if one["id"] == f"yuqing-{prefix}panel-{id_}"]
        return found[0]

    def rows(
        self, es: Elasticsearch, object_: Tree, bounds: tuple[datetime, datetime], filters: Sequence[Tree]
    ) -> list[Any]:
        """What the object's search finds when the dashboard has these bounds of time and filters."""
        if object_["type"] == "search":
            return self._hits(es, object_, bounds, filters)
        (source,) = [data for data in vega_of(object_)["data"] if "url" in data]
        url = source["url"]
        assert not any(key.startswith("%") for key in url)
        answer: Any = es.search(index=url["index"], **_filled(url["body"], bounds, filters)).body
        for part in source["format"]["property"].split("."):
            answer = answer[part]
        return list(answer)

    def _hits(
        self, es: Elasticsearch, object_: Tree, bounds: tuple[datetime, datetime], filters: Sequence[Tree]
    ) -> list[Any]:
        source = json.loads(object_["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
        references = {one["name"]: one for one in object_["references"]}
        view = self.by_id[("index-pattern", references[source["indexRefName"]]["id"])]["attributes"]
        time = {"range": {view["timeFieldName"]: _range(bounds)}}
        own = [one["query"] for one in source["filter"]]
        answer = es.search(
            index=view["title"],
            query={"bool": {"filter": [time, *own, *filters]}},
            sort=[{field: order} for field, order in object_["attributes"]["sort"]],
            size=object_["attributes"]["sampleSize"],
        )
        return list(answer["hits"]["hits"])


def vega_of(object_: Tree) -> Tree:
    """The Vega specification of a visualisation."""
    state = json.loads(object_["attributes"]["visState"])
    assert (state["type"], state["aggs"]) == ("vega", [])
    return dict(json.loads(state["params"]["spec"]))


def _range(bounds: tuple[datetime, datetime]) -> Tree:
    since, until = bounds
    return {"gte": since.isoformat(), "lte": until.isoformat(), "format": "strict_date_optional_time"}


def _filled(node: Any, bounds: tuple[datetime, datetime], filters: Sequence[Tree]) -> Any:
    """Kibana's words replaced: filters of a dashboard are all in its `filter` clause."""
    if isinstance(node, list):
        return [filled for one in node for filled in _spliced(one, bounds, filters)]
    if isinstance(node, dict):
        if node.get("%timefilter%") is True:
            return _range(bounds)
        return {key: _filled(value, bounds, filters) for key, value in node.items()}
    assert not (isinstance(node, str) and "%" in node)
    return node


def _spliced(one: Any, bounds: tuple[datetime, datetime], filters: Sequence[Tree]) -> Iterator[Any]:
    clause = CLAUSE.fullmatch(one) if isinstance(one, str) else None
    if clause is None:
        yield _filled(one, bounds, filters)
    elif clause[1] == "filter":
        yield from filters


def clicked(spec: Tree, datum: Mapping[str, Any]) -> Tree:
    """The filter that a click on a mark with this datum adds to the dashboard."""
    (signal,) = [one for one in spec["signals"] if one["name"] == "narrowed"]
    (event,) = signal["on"]
    _, _, call = event["update"].partition("kibanaAddFilter(")
    values = re.sub(r'datum\["(.+?)"\]', lambda found: json.dumps(datum[found[1]]), call)
    query, _, _ = values.partition(', "')
    return dict(ast.literal_eval(query))
