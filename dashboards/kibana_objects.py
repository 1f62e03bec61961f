"""What all of Kibana's saved objects share: form, ids, references, JSON inside JSON.

Kibana brings older objects up to date and refuses newer ones. The versions written here and beside each kind of object
are those of Kibana 8.14, so that it and every later 8 takes them.
"""

import json
from typing import Any

from dashboards.panel import Index

CORE_VERSION = "8.8.0"

SavedObject = dict[str, Any]


def saved_object(
    kind: str, id_: str, version: str, attributes: dict[str, Any], references: list[dict[str, str]]
) -> SavedObject:
    """One object in the form of Kibana's export, without times, so that the same content is the same bytes."""
    return {
        "type": kind,
        "id": id_,
        "attributes": attributes,
        "references": references,
        "managed": False,
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": version,
    }


def title_of(prefix: str, index: Index) -> str:
    """What Kibana calls the title of a data view: the index it reads."""
    return prefix + index


def object_id(prefix: str, *parts: str) -> str:
    """The id of a saved object; the same at every export."""
    return f"yuqing-{prefix}{'-'.join(parts)}"


def view_id(prefix: str, index: Index) -> str:
    """The id of the data view of an index."""
    return object_id(prefix, "view", index)


def named(title: str, prefix: str) -> str:
    """A title; with the prefix behind it, so that two installations in one Kibana can be told apart."""
    return f"{title}（{prefix.strip('-')}）" if prefix else title


def as_text(value: Any) -> str:
    """JSON inside JSON, as saved objects hold most of their content."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def reference(kind: str, id_: str, name: str) -> dict[str, str]:
    """A reference from one saved object to another."""
    return {"type": kind, "id": id_, "name": name}
