"""The rooms of the project import only what stands below them."""

import ast
from pathlib import Path

import pytest

from pipeline.settings import PROJECT

ALLOWED = {
    "core": set(),
    "collectors": {"core"},
    "nlp": {"core"},
    "matters": {"core"},
    "replies": {"core", "matters"},
    "alerts": {"core"},
    "ledger": {"core", "matters", "alerts"},
    # Counts come back as the report's own type.
    "questions": {"core", "matters", "replies"},
    "store": {"core", "alerts", "questions"},
    "dashboards": {"core", "store"},
    "reports": {"core", "store", "alerts", "dashboards"},
    "pipeline": {
        "core",
        "collectors",
        "nlp",
        "matters",
        "ledger",
        "replies",
        "questions",
        "alerts",
        "store",
        "dashboards",
        "reports",
    },
    "demo": {
        "core",
        "collectors",
        "nlp",
        "matters",
        "ledger",
        "replies",
        "questions",
        "alerts",
        "store",
        "dashboards",
        "reports",
        "pipeline",
    },
    "cli": {
        "core",
        "collectors",
        "nlp",
        "matters",
        "ledger",
        "replies",
        "questions",
        "alerts",
        "store",
        "dashboards",
        "reports",
        "pipeline",
        "demo",
    },
    "dags": {"core", "pipeline"},
}


@pytest.mark.parametrize("room", ALLOWED)
def test_a_room_imports_only_rooms_below_it(room: str) -> None:
    # given
    files = list((PROJECT / room).rglob("*.py"))
    assert files
    # when
    found = {(path.name, name) for path in files for name in _imported(path) if name in ALLOWED}
    # then
    allowed = ALLOWED[room] | {room}
    assert {(file, name) for file, name in found if name not in allowed} == set()


def _imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.partition(".")[0])
    return names
