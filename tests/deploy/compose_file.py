"""Reads compose files and .env files as Docker Compose does."""

import re
import subprocess
from pathlib import Path
from typing import Any

import yaml

from pipeline.settings import PROJECT

COMPOSE = PROJECT / "docker-compose.yml"
WORKER = PROJECT / "docker" / "worker.yml"
EXAMPLE = PROJECT / ".env.example"
VARIABLE = re.compile(r"\$\$|\$(?P<bare>\w+)|\$\{(?P<name>\w+)(?:(?P<rule>:[-+?])(?P<word>[^}]*))?\}")
Tree = dict[str, Any]


def raw(path: Path) -> Tree:
    """The compose file as written, anchors and merges resolved."""
    return dict(yaml.safe_load(path.read_text()))


def fill(node: Any, values: dict[str, str]) -> Any:
    """The tree with its variables filled in by compose's rules."""
    if isinstance(node, dict):
        return {key: fill(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [fill(value, values) for value in node]
    return VARIABLE.sub(lambda found: _value(found, values), node) if isinstance(node, str) else node


def _value(found: re.Match[str], values: dict[str, str]) -> str:
    if found[0] == "$$":
        return "$"
    value = values.get(found["name"] or found["bare"], "")
    if found["rule"] == ":+":
        return found["word"] if value else ""
    if value or found["rule"] is None:
        return value
    assert found["rule"] == ":-", f"{found['name']} must be set"
    return found["word"]


def variables(path: Path) -> list[re.Match[str]]:
    """Every variable of the file's values; comments do not count."""
    lines = (line for line in path.read_text().splitlines() if not line.lstrip().startswith("#"))
    return [found for line in lines for found in VARIABLE.finditer(line) if found[0] != "$$"]


def new_env(target: Path) -> subprocess.CompletedProcess[str]:
    """What docker/new-env.sh does and says."""
    script = PROJECT / "docker" / "new-env.sh"
    return subprocess.run(["bash", script, target], capture_output=True, text=True, check=False)


def read_env(path: Path) -> dict[str, str]:
    """The assignments of a .env."""
    return dict(line.split("=", 1) for line in path.read_text().splitlines() if line and not line.startswith("#"))


def words(service: Tree) -> list[str]:
    """What the service runs, its health check included."""
    check = service.get("healthcheck", {}).get("test", [])
    return [*service.get("entrypoint", []), *service.get("command", []), *check]


def environment_of(service: Tree) -> dict[str, str]:
    """The variables of the service."""
    return dict(service.get("environment", {}))
