"""Everything a page shows, by one request to Elasticsearch: each panel's rows, the figures at the top, the controls' values."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.dsl import A, Search

from core.clock import to_beijing
from core.post import SENTIMENT_NAMES
from dashboards.panel import CONTROLS, Choice, Dashboard, Index, Panel, Table
from dashboards.preview_choice import Asked
from dashboards.preview_figures import FIGURES, read_figures

MOST_OPTIONS = 200
FAILED = "这一项没有查出来，其余的不受影响。请稍后再看；一直这样请联系系统管理员。"
MATTER = "cluster_id"
Found = Mapping[str, Any]
"""One search's answer as Elasticsearch gives it."""


def _occurring() -> Search:
    search = Search()[:0]
    for field in CONTROLS:
        search.aggs.bucket(field, A("terms", field=field, size=MOST_OPTIONS))
    return search


OPTIONS = Panel(
    id="options",
    title="可选的值",
    about="所选时间里出现过的来源、主题和科室。",
    index="posts",
    search=_occurring(),
    rows="aggregations",
    picture=Table(()),
    empty="",
)


def answer(
    es: Elasticsearch, prefix: str, board: Dashboard, asked: Asked, sources: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """What the page shows for a choice. `prefix` is that of the indices, `sources` has the sources' titles by name.

    Raises the client's errors when Elasticsearch as a whole does not answer; one search that fails costs its panel only.
    """
    panels = [panel for row in board.layout for panel in row]
    before = asked.window.before()
    earlier = Choice(before.since, before.until, asked.values) if before else None
    # Whatever else is chosen, all values of the time can be added to it.
    searches: dict[str, tuple[Index, Search]] = {
        "figures": ("posts", FIGURES.asked(asked.choice)),
        "options": ("posts", OPTIONS.asked(replace(asked.choice, values={}))),
        **({"earlier": ("posts", FIGURES.asked(earlier))} if earlier else {}),
        **({"matters": ("clusters", _search_titles(asked.values[MATTER]))} if MATTER in asked.values else {}),
        **{f"panel {panel.id}": (panel.index, panel.asked(asked.choice)) for panel in panels},
    }
    found = _ask(es, prefix, searches)
    window = asked.window
    return {
        "at": to_beijing(now).isoformat(),
        "window": {"since": window.first, "until": window.last, "days": window.days},
        "figures": read_figures(found["figures"], found.get("earlier"), window),
        "options": _options(found["options"], sources),
        "values": asked.values,
        "words": _words(asked.values, found.get("matters"), sources),
        "panels": {panel.id: _shown(panel, found[f"panel {panel.id}"], asked.values) for panel in panels},
    }


def _ask(es: Elasticsearch, prefix: str, searches: Mapping[str, tuple[Index, Search]]) -> dict[str, Found | None]:
    """The answers by name; None for a search that failed, wholly or on some shards."""
    lines: list[Mapping[str, Any]] = []
    for index, search in searches.values():
        lines += [{"index": prefix + index, "ignore_unavailable": True}, search.to_dict()]
    answers = es.msearch(searches=lines)["responses"]
    return {name: found if _is_whole(found) else None for name, found in zip(searches, answers, strict=True)}


def _is_whole(found: Found) -> bool:
    return "error" not in found and not found["_shards"]["failed"] and not found["timed_out"]


def _shown(panel: Panel, found: Found | None, values: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A panel's rows, or why there are none. `ignored` are the chosen fields that do not act on it."""
    if found is None:
        return {"error": FAILED}
    rows = at_path(found, panel.rows) or []
    return {"rows": rows, "ignored": [name for name in values if not panel.takes(name)]}


def at_path(found: Any, path: str) -> Any:
    """What stands at a dotted path, None where it does not lead anywhere."""
    for key in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found


def _options(found: Found | None, sources: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    options = {}
    for field in CONTROLS:
        buckets = at_path(found, f"aggregations.{field}.buckets") or []
        titles = sources if field == "source" else {}
        options[field] = [
            {"value": bucket["key"], "title": titles.get(bucket["key"], bucket["key"]), "count": bucket["doc_count"]}
            for bucket in buckets
        ]
    return options


def _search_titles(ids: Sequence[str]) -> Search:
    return Search().filter("ids", values=list(ids)).source(["title"])[: len(ids)]


def _words(
    values: Mapping[str, Sequence[str]], matters: Found | None, sources: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """What to call chosen values that are codes, by field."""
    titles = {hit["_id"]: hit["_source"]["title"] for hit in at_path(matters, "hits.hits") or []}
    known = {"source": sources, "sentiment_label": SENTIMENT_NAMES, MATTER: titles}
    return {
        field: {value: known[field][value] for value in chosen if value in known[field]}
        for field, chosen in values.items()
        if field in known
    }
