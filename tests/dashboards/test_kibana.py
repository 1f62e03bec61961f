"""The export for Kibana: it is whole, always the same, and what its objects ask is what the panels ask."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, get_args

import pytest
import vl_convert

from dashboards.boards import BOARDS, PANELS
from dashboards.kibana import ndjson, saved_objects
from dashboards.kibana_views import LABELS, WORDS, fields_of
from dashboards.panel import CONTROLS, TIME_FIELDS, Chart, Choice, Index, Panel, Table
from pipeline.runtime import Runtime
from tests.dashboards.content import DEPARTMENTS, FIRST, NOW, SOURCES, TOPICS
from tests.dashboards.kibana import Export, Tree, clicked, vega_of
from tests.dashboards.test_panels import rows_of

PREFIX = "boards-"
DRAWN = [panel for panel in PANELS.values() if not isinstance(panel.picture, Table) or panel.id in {"health", "runs"}]
EVER = (FIRST - timedelta(days=1), NOW + timedelta(days=1))
BOUNDS = {
    "ever": EVER,
    "one day": (FIRST + timedelta(days=55), FIRST + timedelta(days=56)),
    "30 days": (FIRST + timedelta(days=20), FIRST + timedelta(days=50)),
    "never": (NOW + timedelta(days=900), NOW + timedelta(days=901)),
}


@pytest.fixture(scope="module")
def export() -> Export:
    """The export of the installation `filled`."""
    return Export(PREFIX)


# --- form


def test_every_reference_leads_to_an_object_of_the_file(export: Export) -> None:
    references = [reference for one in export.objects for reference in one["references"]]

    assert len(references) > 30
    assert [one for one in references if (one["type"], one["id"]) not in export.by_id] == []
    for one in export.objects:
        names = [reference["name"] for reference in one["references"]]
        assert len(names) == len(set(names)), one["id"]


def test_every_name_of_a_reference_is_known_where_it_is_used(export: Export) -> None:
    for one in export.objects:
        names = {reference["name"] for reference in one["references"]}
        assert {name for name in _reference_names(one["attributes"]) if name not in names} == set()
    for board in export.of_kind("dashboard"):
        known = {reference["name"]: reference for reference in board["references"]}
        panels = json.loads(board["attributes"]["panelsJSON"])
        controls = json.loads(board["attributes"]["controlGroupInput"]["panelsJSON"])
        for panel in panels:
            assert known.pop(f"{panel['panelIndex']}:{panel['panelRefName']}")["type"] == panel["type"]
        for id_, control in controls.items():
            reference = known.pop(f"controlGroup_{id_}:optionsListDataView")
            assert reference["id"] == control["explicitInput"]["dataViewId"]
        assert known == {}


def _reference_names(node: Any) -> Iterator[str]:
    """The `indexRefName`s, those in JSON inside of JSON included."""
    if isinstance(node, list):
        for one in node:
            yield from _reference_names(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key == "indexRefName":
                yield value
            yield from _reference_names(json.loads(value) if key.endswith("JSON") and isinstance(value, str) else value)


def test_the_file_is_the_same_every_time_and_ids_name_installation_and_panel() -> None:
    assert ndjson(saved_objects("wjw-")) == ndjson(saved_objects("wjw-"))
    ids = [{one["id"] for one in saved_objects(prefix)} for prefix in ("", "a", "a-", "wjw-")]
    assert [len(one) for one in ids] == [len(saved_objects(""))] * 4
    assert len(set.union(*ids)) == sum(map(len, ids))
    assert {"yuqing-view-posts", "yuqing-panel-due", "yuqing-board-handling"} <= ids[0]


@pytest.mark.parametrize("prefix", ['"', "\n", "a\r\n{}", "\u2028", "\\", "</script>", "%context%"])
def test_no_text_breaks_a_line_of_the_file(prefix: str) -> None:
    # when
    export = Export(prefix)
    # then
    assert len(export.objects) == len(saved_objects(""))
    assert export.by_id[("index-pattern", f"yuqing-{prefix}view-posts")]["attributes"]["title"] == f"{prefix}posts"
    spec = vega_of(export.panel(prefix, "status"))
    assert [data["url"]["index"] for data in spec["data"] if "url" in data] == [f"{prefix}posts"]


def test_the_last_line_sums_up(export: Export) -> None:
    assert export.summary == {
        "excludedObjects": [],
        "excludedObjectsCount": 0,
        "exportedCount": len(export.objects),
        "missingRefCount": 0,
        "missingReferences": [],
    }
    # Kibana takes objects of its own version and of older ones.
    kinds = {(one["type"], one["coreMigrationVersion"], one["typeMigrationVersion"]) for one in export.objects}
    assert kinds == {
        ("index-pattern", "8.8.0", "8.0.0"),
        ("search", "8.8.0", "10.5.0"),
        ("visualization", "8.8.0", "8.5.0"),
        ("dashboard", "8.8.0", "10.2.0"),
    }


def test_the_boards_show_their_panels_without_gaps_or_overlaps(export: Export) -> None:
    for board, object_ in zip(BOARDS, export.of_kind("dashboard"), strict=True):
        panels = json.loads(object_["attributes"]["panelsJSON"])
        assert [panel["panelIndex"] for panel in panels] == [panel.id for row in board.layout for panel in row]
        grid = [panel["gridData"] for panel in panels]
        cells = {(x, y) for g in grid for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])}
        assert len(cells) == sum(g["w"] * g["h"] for g in grid) == 48 * (max(y for _, y in cells) + 1)
        assert object_["attributes"]["timeFrom"] == f"now-{board.days}d"


def test_two_installations_in_one_kibana_can_be_told_apart() -> None:
    titles = [one["attributes"]["title"] for one in saved_objects("wjw-") if one["type"] != "index-pattern"]

    assert [title for title in titles if not title.endswith("（wjw）")] == []
    assert "今日办理" in [one["attributes"]["title"] for one in saved_objects("")]


# --- data views


@pytest.mark.parametrize("index", get_args(Index))
def test_a_data_view_names_fields_the_index_has(index: Index, export: Export) -> None:
    # given
    view = export.by_id[("index-pattern", f"yuqing-{PREFIX}view-{index}")]["attributes"]
    fields = fields_of(index)
    # then
    assert (view["title"], view["timeFieldName"]) == (PREFIX + index, TIME_FIELDS[index])
    assert fields[view["timeFieldName"]] == "date"
    assert set(json.loads(view["fieldAttrs"])) - set(fields) == set()
    formats = json.loads(view["fieldFormatMap"])
    assert set(formats) - set(fields) == set()
    assert {field for field, kind in fields.items() if kind == "date"} == {
        field for field, one in formats.items() if one == {"id": "date", "params": _beijing(one)}
    }


def _beijing(one: Tree) -> Tree:
    return {**one["params"], "timezone": "Asia/Shanghai"}


def test_every_column_of_a_list_has_a_chinese_label_and_words_for_its_codes(export: Export) -> None:
    for panel in PANELS.values():
        object_ = export.panel(PREFIX, panel.id)
        if object_["type"] == "search":
            columns = object_["attributes"]["columns"]
            assert [column for column in columns if column not in LABELS[panel.index]] == []
            assert isinstance(panel.picture, Table)
            coded = {
                column.field.removeprefix("_source."): column.words for column in panel.picture.columns if column.words
            }
            assert {field: WORDS[panel.index][field] for field in coded} == coded


def test_addresses_of_posts_are_links(export: Export) -> None:
    view = export.by_id[("index-pattern", f"yuqing-{PREFIX}view-posts")]["attributes"]

    assert json.loads(view["fieldFormatMap"])["url"]["id"] == "url"
    assert "url" in export.panel(PREFIX, "posts")["attributes"]["columns"]


# --- searches


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
def test_an_exported_search_finds_what_the_panel_shows(panel: Panel, export: Export, filled: Runtime) -> None:
    # given
    object_ = export.panel(PREFIX, panel.id)
    choices: dict[str, str] = {"source": SOURCES[0], "topic": str(TOPICS[0]), "department": str(DEPARTMENTS[0])}
    # when
    for name, bounds in BOUNDS.items():
        found = export.rows(filled.es, object_, bounds, [])
        # then
        assert _told(panel, found) == _told(panel, rows_of(filled, panel, Choice(*bounds))), name
        assert bool(found) == (name != "never") or panel.id in {"due", "health", "warnings"}
    for field, value in choices.items():
        found = export.rows(filled.es, object_, EVER, [{"terms": {field: [value]}}])
        # Kibana has no way to narrow what some controls must leave alone.
        chosen = {field: [value]} if set(panel.controls) == set(CONTROLS) else {}
        assert _told(panel, found) == _told(panel, rows_of(filled, panel, Choice(*EVER, values=chosen))), field
        assert found


def _told(panel: Panel, rows: list[Any]) -> list[Any]:
    """What the panel shows of its rows."""
    if not isinstance(panel.picture, Table):
        return rows
    fields = [column.field.removeprefix("_source.").split(".") for column in panel.picture.columns]
    return [[row["_id"], *(_value(row["_source"], path) for path in fields)] for row in rows]


def _value(source: Any, path: list[str]) -> Any:
    for part in path:
        source = source.get(part) if source else None
    return source


@pytest.mark.parametrize(
    "panel", [panel for panel in PANELS.values() if not isinstance(panel.picture, Table)], ids=lambda one: one.id
)
def test_a_click_narrows_the_posts_and_empties_no_other_panel(panel: Panel, export: Export, filled: Runtime) -> None:
    # given
    spec = vega_of(export.panel(PREFIX, panel.id))
    narrows = panel.picture.narrows if isinstance(panel.picture, Chart) else {"key": panel.picture.narrows}  # type: ignore[union-attr]
    if not narrows:
        assert "signals" not in spec
        return
    values = {"topic": TOPICS[0], "department": DEPARTMENTS[0], "status": "待回复", "sentiment_label": "negative"}
    values |= {"keywords": "接种", "places": "第5街道", "cluster_id": "m3"}
    datum = {name: values[field] for name, field in narrows.items()}
    # when
    chosen = clicked(spec, datum)
    # then
    posts = export.rows(filled.es, export.panel(PREFIX, "posts"), EVER, [chosen])
    assert posts
    for name, field in narrows.items():
        assert all(datum[name] == post["_source"][field] or datum[name] in post["_source"][field] for post in posts)
    for other in PANELS.values():
        rows = export.rows(filled.es, export.panel(PREFIX, other.id), EVER, [chosen])
        if other.index != "posts" and not set(narrows.values()) & set(CONTROLS):
            assert rows == export.rows(filled.es, export.panel(PREFIX, other.id), EVER, []), other.id


def test_only_posts_have_the_field_that_tells_them_from_other_documents() -> None:
    assert [index for index in get_args(Index) if TIME_FIELDS["posts"] in fields_of(index)] == ["posts"]


# --- pictures


@pytest.mark.parametrize("panel", DRAWN, ids=lambda panel: panel.id)
def test_a_picture_is_vega_5_that_kibana_gives_its_size(panel: Panel, export: Export) -> None:
    # when
    spec = vega_of(export.panel(PREFIX, panel.id))
    # then
    assert spec["$schema"] == "https://vega.github.io/schema/vega/v5.json"
    assert not spec.keys() & {"width", "height"}
    assert spec["autosize"] == {"type": "fit", "contains": "padding"}
    assert spec["config"]["kibana"] == {"hideWarnings": True}
    assert [data["url"]["%type%"] for data in spec["data"] if "%type%" in data.get("url", {})] == []


@pytest.mark.parametrize("panel", DRAWN, ids=lambda panel: panel.id)
@pytest.mark.parametrize("bounds", ["ever", "never"])
def test_a_picture_shows_its_rows_or_the_sentence_that_there_are_none(
    panel: Panel, bounds: str, export: Export, filled: Runtime
) -> None:
    # given
    object_ = export.panel(PREFIX, panel.id)
    rows = export.rows(filled.es, object_, BOUNDS[bounds], [])
    # when
    marks = list(_marks(vl_convert.vega_to_scenegraph(as_drawn(vega_of(object_), rows))["scenegraph"]))
    # then
    sentence = [one for one in marks if one.get("text") == panel.empty and one.get("opacity") != 0]
    shown = [one for one in marks if one.get("text") != panel.empty]
    assert (bool(sentence), bool(shown)) == (not rows, bool(rows))
    assert bool(rows) == (bounds == "ever")


def as_drawn(spec: Tree, rows: list[Any], *, in_browser: bool = False) -> Tree:
    """The specification with its data in it, and without what only a browser with Kibana in it has."""
    for data in spec["data"]:
        if "url" in data:
            del data["url"], data["format"]
            data["values"] = rows
    del spec["config"]["kibana"]
    if not in_browser:
        spec["signals"] = [signal for signal in spec.get("signals", []) if signal["name"] != "narrowed"]
        for mark in spec["marks"]:
            # The layout of a word cloud measures its words in a canvas.
            mark["transform"] = [one for one in mark.get("transform", []) if one["type"] != "wordcloud"]
    return {**spec, "width": 500, "height": 300}


def _marks(node: Tree) -> Iterator[Tree]:
    """Bars, cells and texts, without the heads of a table."""
    for item in node.get("items", []):
        if node.get("marktype") in ("rect", "text") and node["role"] == "mark" and item.get("fontWeight") != "bold":
            yield item
        yield from _marks(item)
