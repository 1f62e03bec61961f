"""Dashboards as Kibana's saved objects: panels on a grid, the controls above them, how far back and how often."""

from collections.abc import Iterator, Mapping
from typing import Any

from dashboards.kibana_objects import SavedObject, as_text, named, object_id, reference, saved_object, view_id
from dashboards.kibana_panels import EVERYTHING
from dashboards.panel import CONTROLS, Dashboard

BOARD_VERSION = "10.2.0"
GRID_COLUMNS = 48
HEIGHTS = {"visualization": 15, "search": 18}
"""In rows of the grid, by the kind of object."""
REFRESH_MILLISECONDS = 300_000

OPTIONS = {"useMargins": True, "syncColors": False, "syncCursor": True, "syncTooltips": False, "hidePanelTitles": False}
IGNORE_NOTHING = {"ignoreFilters": False, "ignoreQuery": False, "ignoreTimerange": False, "ignoreValidations": False}


def board_object(board: Dashboard, panels: Mapping[str, SavedObject], prefix: str) -> SavedObject:
    """The dashboard; `panels` are the objects of the panels by their id."""
    view = view_id(prefix, "posts")
    attributes = {
        "title": named(board.title, prefix),
        "description": board.about,
        "panelsJSON": as_text(list(_laid_out(board, panels))),
        "optionsJSON": as_text(OPTIONS),
        "controlGroupInput": {
            "controlStyle": "oneLine",
            "chainingSystem": "HIERARCHICAL",
            "showApplySelections": False,
            "ignoreParentSettingsJSON": as_text(IGNORE_NOTHING),
            "panelsJSON": as_text({name: _control(name, order, view) for order, name in enumerate(CONTROLS)}),
        },
        "timeRestore": True,
        "timeFrom": f"now-{board.days}d",
        "timeTo": "now",
        "refreshInterval": {"pause": False, "value": REFRESH_MILLISECONDS},
        "version": 3,
        "kibanaSavedObjectMeta": {"searchSourceJSON": as_text(EVERYTHING)},
    }
    shown = [panel.id for row in board.layout for panel in row]
    references = [
        *(reference(panels[id_]["type"], panels[id_]["id"], f"{id_}:panel_{id_}") for id_ in shown),
        *(reference("index-pattern", view, f"controlGroup_{name}:optionsListDataView") for name in CONTROLS),
    ]
    return saved_object("dashboard", object_id(prefix, "board", board.id), BOARD_VERSION, attributes, references)


def _laid_out(board: Dashboard, panels: Mapping[str, SavedObject]) -> Iterator[dict[str, Any]]:
    """Panels row by row; those of one row share its width and have its height."""
    top = 0
    for row in board.layout:
        height = max(HEIGHTS[panels[panel.id]["type"]] for panel in row)
        width = GRID_COLUMNS // len(row)
        for place, panel in enumerate(row):
            yield {
                "type": panels[panel.id]["type"],
                "gridData": {"x": place * width, "y": top, "w": width, "h": height, "i": panel.id},
                "panelIndex": panel.id,
                "embeddableConfig": {"enhancements": {}},
                # Without the prefix that tells two installations apart in Kibana's lists.
                "title": panel.title,
                "panelRefName": f"panel_{panel.id}",
            }
        top += height


def _control(field: str, order: int, view: str) -> dict[str, Any]:
    chosen = {
        "id": field,
        "dataViewId": view,
        "fieldName": field,
        "title": CONTROLS[field],
        "searchTechnique": "wildcard",
        "sort": {"by": "_count", "direction": "desc"},
        "selectedOptions": [],
        "exclude": False,
        "existsSelected": False,
        "enhancements": {},
    }
    return {"type": "optionsListControl", "order": order, "width": "medium", "grow": True, "explicitInput": chosen}
