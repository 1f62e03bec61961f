"""Panels as Vega for Kibana: compiled from their Vega-Lite, asking through the dashboard's choices, narrowing by a click.

Kibana takes away what stands for the dashboard's context in a search, and puts the reader's choices there. A narrower
choice of one panel reaches every panel of the dashboard, those over other indices included; a field only posts have
must not empty those.
"""

import json
from collections.abc import Mapping
from typing import Any

from dashboards.kibana_objects import title_of
from dashboards.kibana_views import LABELS, WORDS
from dashboards.marks import BEIJING_MILLISECONDS, BLUE, INK, VERMILLION, computed
from dashboards.panel import CONTROLS, TIME_FIELDS, Chart, Column, Panel, Table, WordCloud

VEGA_LITE_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
VEGA_SCHEMA = "https://vega.github.io/schema/vega/v5.json"
VEGA_LITE = "5.20"
"""Compiles to Vega 5, which Kibana 8 has."""

CONFIG = {"kibana": {"hideWarnings": True}}
ROWS = "rows"
LARGEST_WORD = 48
SMALLEST_WORD = 12
FADED = "#98a2b3"
ROW_HEIGHT = 24
WIDTHS = {"text": 2.0, "number": 1.0, "share": 1.0, "date": 1.0, "time": 1.4, "link": 2.0}
"""How wide the columns of a drawn table are, in proportion."""

TOLD_BY: Mapping[str, str] = {"cluster_id": "datum.title"}
"""What is shown for a chosen value that says nothing to people."""

Spec = dict[str, Any]


def vega(panel: Panel, prefix: str) -> Spec:
    """The panel as a Vega specification with Kibana's extensions."""
    data = {"name": ROWS, "url": _asked(panel, prefix), "format": {"property": panel.rows}}
    match panel.picture:
        case Chart() as chart:
            spec = _compiled(dict(chart.spec), data)
            narrows, marks = chart.narrows, "rect"
        case WordCloud() as cloud:
            spec = _word_cloud(cloud, data)
            narrows, marks = {cloud.word: cloud.narrows}, "text"
        case Table() as table:
            spec = _compiled(_text_table(table), data)
            narrows, marks = {}, ""
    if narrows:
        _make_narrowing(spec, marks, _narrowing(narrows, prefix))
    spec["marks"].append(_nothing(panel.empty))
    return spec


def _make_narrowing(spec: Spec, kind: str, narrowing: str) -> None:
    """Make a click on a mark of this kind narrow the dashboard."""
    signal = {"name": "narrowed", "on": [{"events": f"{kind}:click", "update": narrowing}]}
    spec["signals"] = [*spec.get("signals", []), signal]
    for mark in spec["marks"]:
        if mark["type"] == kind:
            mark["encode"]["update"]["cursor"] = {"value": "pointer"}


def _asked(panel: Panel, prefix: str) -> Spec:
    """The search, with Kibana's words for what the reader chose."""
    body = dict(panel.search.to_dict())
    own = body.pop("query", None)
    time = {"range": {TIME_FIELDS[panel.index]: {"%timefilter%": True}}}
    filters = [time, *([own] if own else [])]
    chosen: Spec = {"filter": filters}
    if set(panel.controls) == set(CONTROLS):
        chosen = {
            "must": ["%dashboard_context-must_clause%"],
            "filter": ["%dashboard_context-filter_clause%", *filters],
            "must_not": ["%dashboard_context-must_not_clause%"],
        }
    return {"index": title_of(prefix, panel.index), "body": {**body, "query": {"bool": chosen}}}


def _compiled(spec: Spec, data: Spec) -> Spec:
    # Loading the compiler takes a second; commands that draw nothing should not pay for it.
    import vl_convert

    whole = {
        "$schema": VEGA_LITE_SCHEMA,
        # Kibana sets the size of the panel; a number here only keeps the scales continuous.
        "width": 600,
        "height": 300,
        "autosize": {"type": "fit", "contains": "padding"},
        **spec,
        "data": {"name": ROWS, "url": ROWS, "format": data["format"]},
    }
    compiled: Spec = vl_convert.vegalite_to_vega(whole, vl_version=VEGA_LITE)
    for name in ("width", "height", "background"):
        compiled.pop(name, None)
    (source,) = [one for one in compiled["data"] if one["name"] == ROWS]
    source["url"] = data["url"]
    return {**compiled, "config": {**compiled.get("config", {}), **CONFIG}}


def _word_cloud(cloud: WordCloud, data: Spec) -> Spec:
    placed = {
        "type": "wordcloud",
        "size": [{"signal": "width"}, {"signal": "height"}],
        "text": {"field": f"datum.{cloud.word}"},
        "fontSize": {"field": f"datum.{cloud.count}"},
        "fontSizeRange": [SMALLEST_WORD, LARGEST_WORD],
        "rotate": 0,
        "padding": 2,
    }
    told = f"{{'关键词': datum[{json.dumps(cloud.word)}], '留言数': datum[{json.dumps(cloud.count)}]}}"
    mark = {
        "type": "text",
        "from": {"data": ROWS},
        "encode": {
            "enter": {"text": {"field": cloud.word}, "align": {"value": "center"}, "baseline": {"value": "alphabetic"}},
            "update": {"fill": {"scale": "colour", "field": cloud.word}, "tooltip": {"signal": told}},
        },
        "transform": [placed],
    }
    colours = {
        "name": "colour",
        "type": "ordinal",
        "domain": {"data": ROWS, "field": cloud.word},
        "range": [BLUE, INK, VERMILLION],
    }
    spec = {
        "$schema": VEGA_SCHEMA,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 5,
        "data": [data],
        "scales": [colours],
        "marks": [mark],
    }
    return {**spec, "config": CONFIG}


def _text_table(table: Table) -> Spec:
    """A table drawn as text, for what must stay as it is whatever the reader chooses: searches of Kibana cannot."""
    whole = sum(WIDTHS[column.kind] for column in table.columns)
    left = 0.0
    layers = []
    for place, column in enumerate(table.columns):
        width = WIDTHS[column.kind] / whole
        x, limit = {"expr": f"{left:.4f} * width"}, {"expr": f"{width:.4f} * width - 8"}
        look = {"type": "text", "align": "left", "x": x, "limit": limit, "fontSize": 12, "color": INK}
        left += width
        y = {"field": "y", "type": "quantitative", "scale": None, "axis": None}
        layers += [
            {"mark": look, "encoding": {"y": y, "text": {"field": f"cell{place}"}}},
            {"mark": {**look, "fontWeight": "bold", "y": 8, "text": column.title}, "data": {"values": [{}]}},
        ]
    cells = {f"cell{place}": _written(column) for place, column in enumerate(table.columns)}
    told = [{"field": f"cell{place}", "title": column.title} for place, column in enumerate(table.columns)]
    return {
        "transform": [
            {"window": [{"op": "row_number", "as": "row"}]},
            *computed({"y": f"8 + datum.row * {ROW_HEIGHT}", **cells}),
        ],
        "encoding": {"tooltip": told},
        "layer": layers,
    }


def _written(column: Column) -> str:
    """The formula of a cell's text; dates are those of Beijing, whatever zone the browser is in."""
    value = f"datum.{column.field}"
    text = f"'' + {value}"
    if column.kind in ("time", "date"):
        pattern = "%Y-%m-%d %H:%M" if column.kind == "time" else "%Y-%m-%d"
        text = f"utcFormat(time(toDate({value})) + {BEIJING_MILLISECONDS}, '{pattern}')"
    if column.words:
        text = f"{json.dumps(dict(column.words), ensure_ascii=False)}[{value}] || {text}"
    return f"isValid({value}) ? {text} : '—'"


def _narrowing(narrows: Mapping[str, str], prefix: str) -> str:
    """The expression that adds a filter to the dashboard for the mark that was clicked; a legend's mark has no such datum."""
    clauses = ", ".join(_clause(datum, field) for datum, field in narrows.items())
    told = " + '，' + ".join(_told(datum, field) for datum, field in narrows.items())
    known = " && ".join(f"isValid(datum[{json.dumps(datum)}])" for datum in narrows)
    added = f"kibanaAddFilter({{'bool': {{'filter': [{clauses}]}}}}, {json.dumps(title_of(prefix, 'posts'))}, {told})"
    return f"datum && {known} && {added}"


def _clause(datum: str, field: str) -> str:
    match = f"{{'match_phrase': {{{json.dumps(field)}: datum[{json.dumps(datum)}]}}}}"
    if field in CONTROLS:
        return match
    # Documents of other indices do not have the field and must stay: they have no time of posting either.
    other = f"{{'bool': {{'must_not': [{{'exists': {{'field': {json.dumps(TIME_FIELDS['posts'])}}}}}]}}}}"
    return f"{{'bool': {{'should': [{match}, {other}], 'minimum_should_match': 1}}}}"


def _told(datum: str, field: str) -> str:
    value = TOLD_BY.get(field, f"datum[{json.dumps(datum)}]")
    words = WORDS["posts"].get(field)
    if words:
        value = f"{json.dumps(dict(words), ensure_ascii=False)}[{value}]"
    return f"{json.dumps(LABELS['posts'][field] + '：', ensure_ascii=False)} + {value}"


def _nothing(sentence: str) -> Spec:
    """The sentence in the middle of the panel while there are no rows."""
    look = {
        "text": {"value": sentence},
        "align": {"value": "center"},
        "baseline": {"value": "middle"},
        "fontSize": {"value": 14},
        "fill": {"value": FADED},
    }
    place = {"x": {"signal": "width / 2"}, "y": {"signal": "height / 2"}}
    shown = {"opacity": {"signal": f"length(data('{ROWS}')) ? 0 : 1"}}
    return {"type": "text", "interactive": False, "encode": {"enter": look, "update": {**place, **shown}}}
