"""The dashboards as Kibana's saved objects: data views, searches, visualisations, dashboards, in the form of its export."""

from collections.abc import Sequence

from dashboards.boards import BOARDS, PANELS
from dashboards.kibana_boards import board_object
from dashboards.kibana_objects import SavedObject, as_text
from dashboards.kibana_panels import panel_object
from dashboards.kibana_views import data_views


def saved_objects(prefix: str) -> list[SavedObject]:
    """Every object of an installation whose indices have this prefix, what is referred to first. Ids never change."""
    panels = {panel.id: panel_object(panel, prefix) for panel in PANELS.values()}
    return [*data_views(prefix), *panels.values(), *(board_object(board, panels, prefix) for board in BOARDS)]


def ndjson(objects: Sequence[SavedObject]) -> bytes:
    """The objects as Kibana exports them: one to a line, and a last line that sums up."""
    summary = {
        "excludedObjects": [],
        "excludedObjectsCount": 0,
        "exportedCount": len(objects),
        "missingRefCount": 0,
        "missingReferences": [],
    }
    return "".join(as_text(line) + "\n" for line in [*objects, summary]).encode()
