"""Finds what must not be in the repository: keys, tokens, passwords, addresses of package registries."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

# Random-looking text and numbers like addresses are everywhere in word lists, models and lock files.
TOO_BROAD = {"Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector"}
HEURISTIC = "detect_secrets.filters.heuristic"
REGISTRY = re.compile(
    r"https?://[^\s\"'<>)]*(?:pypi|maven|nexus|artifactory|npmjs|/simple/?(?=[\s\"'<>)]|$)|/repository/)", re.IGNORECASE
)
ASSIGNED = re.compile(r"(?:^|[\s-])[A-Z0-9_]*(?:PASSWORD|SECRET|TOKEN|KEY)=(?P<value>[^\s\"'$`(\[{]{4,})")
"""A value without quotes, as .env files, shells and compose's lists have it; detect-secrets wants quotes in most files."""
CHINESE = re.compile(r"[\u4e00-\u9fff]")
"""A sentence (a message, a test's post) is no password."""
CODE = {".js", ".py"}
VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
"""The name of an environment variable, where a table says which one holds the password."""


@dataclass(frozen=True)
class Leak:
    """One finding: the file, the line (from 1), what kind of thing, and the thing itself."""

    path: Path
    line: int
    kind: str
    value: str


def leaks(paths: Iterable[Path]) -> list[Leak]:
    """What is found in the files. Nothing is asked of any server: a found token is not tried out."""
    known: dict[str, type] = get_mapping_from_secret_type_to_class()
    plugins = {plugin.__name__ for plugin in known.values()} - TOO_BROAD
    filters = ("is_templated_secret", "is_prefixed_with_dollar_sign", "is_indirect_reference")
    settings = {
        "plugins_used": [{"name": name} for name in sorted(plugins)],
        "filters_used": [
            *({"path": f"{HEURISTIC}.{name}"} for name in filters),
            # The sentence that a test is named by may read like a token.
            {"path": "detect_secrets.filters.regex.should_exclude_line", "pattern": [r"^\s*(async )?def test_"]},
        ],
    }
    with transient_settings(settings):
        return [leak for path in paths for leak in (*_secrets(path), *_by_line(path))]


def _secrets(path: Path) -> Iterator[Leak]:
    for found in scan_file(str(path)):
        value = found.secret_value or ""
        if not VARIABLE.fullmatch(value) and not CHINESE.search(value):
            yield Leak(path, found.line_number, found.type, value)


def _by_line(path: Path) -> Iterator[Leak]:
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        for found in REGISTRY.finditer(line):
            yield Leak(path, number, "Registry address", found[0])
        if path.suffix not in CODE:
            for found in ASSIGNED.finditer(line):
                yield Leak(path, number, "Secret Keyword", found["value"])
