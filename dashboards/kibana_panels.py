"""Panels as Kibana's saved objects: tables as saved searches, pictures as Vega visualisations."""

import json
from typing import Any

from dashboards.kibana_objects import SavedObject, as_text, named, object_id, reference, saved_object, view_id
from dashboards.kibana_vega import vega
from dashboards.panel import CONTROLS, Panel, Table

VISUALISATION_VERSION = "8.5.0"
SEARCH_VERSION = "10.5.0"
INDEX_REFERENCE = "kibanaSavedObjectMeta.searchSourceJSON.index"
FILTER_REFERENCE = "kibanaSavedObjectMeta.searchSourceJSON.filter[0].meta.index"
EVERYTHING = {"query": {"query": "", "language": "kuery"}, "filter": []}


def panel_object(panel: Panel, prefix: str) -> SavedObject:
    """A table as a saved search, unless some controls must leave it alone; everything else as Vega."""
    if isinstance(panel.picture, Table) and set(panel.controls) == set(CONTROLS):
        return _search(panel, panel.picture, prefix)
    return _visualisation(panel, prefix)


def _visualisation(panel: Panel, prefix: str) -> SavedObject:
    title = named(panel.title, prefix)
    # Indented: an office may want to read it and change it in Kibana's editor.
    spec = json.dumps(vega(panel, prefix), ensure_ascii=False, indent=2)
    attributes = {
        "title": title,
        "description": panel.about,
        "visState": as_text({"title": title, "type": "vega", "aggs": [], "params": {"spec": spec}}),
        "uiStateJSON": "{}",
        "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": as_text(EVERYTHING)},
    }
    return saved_object("visualization", object_id(prefix, "panel", panel.id), VISUALISATION_VERSION, attributes, [])


def _search(panel: Panel, table: Table, prefix: str) -> SavedObject:
    body = panel.search.to_dict()
    view = view_id(prefix, panel.index)
    references = [reference("index-pattern", view, INDEX_REFERENCE)]
    source: dict[str, Any] = {**EVERYTHING, "indexRefName": INDEX_REFERENCE}
    if "query" in body:
        source["filter"] = [_filter(panel.title, body["query"])]
        references.append(reference("index-pattern", view, FILTER_REFERENCE))
    attributes = {
        "title": named(panel.title, prefix),
        "description": panel.about,
        "columns": [column.field.removeprefix("_source.") for column in table.columns],
        "sort": [_sort(one) for one in body["sort"]],
        "grid": {"columns": {}},
        "hideChart": True,
        "hideAggregatedPreview": True,
        "isTextBasedQuery": False,
        "timeRestore": False,
        "usesAdHocDataView": False,
        "sampleSize": body["size"],
        "kibanaSavedObjectMeta": {"searchSourceJSON": as_text(source)},
    }
    return saved_object("search", object_id(prefix, "panel", panel.id), SEARCH_VERSION, attributes, references)


def _filter(title: str, query: dict[str, Any]) -> dict[str, Any]:
    """What the panel always asks, as a filter in Elasticsearch's own language that goes by the panel's title."""
    meta = {
        "alias": title,
        "disabled": False,
        "indexRefName": FILTER_REFERENCE,
        "key": "query",
        "negate": False,
        "type": "custom",
        "value": as_text(query),
    }
    return {"$state": {"store": "appState"}, "meta": meta, "query": query}


def _sort(one: str | dict[str, Any]) -> list[str]:
    if isinstance(one, str):
        return [one, "asc"]
    ((field, how),) = one.items()
    return [field, how["order"]]
