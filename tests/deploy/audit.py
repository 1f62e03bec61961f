"""`./do audit`: known vulnerabilities of the locked dependencies, by pip-audit from the database of OSV.

It fails on one that a newer version mends. Where the database does not answer it says in one line that nothing was
audited: an office without internet must be able to run the tests. The time is bounded either way.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Here, so that its absence is an error and not taken for a database that does not answer.
import pip_audit  # type: ignore[import-untyped]

from pipeline.settings import PROJECT

LOCK = PROJECT / "requirements.lock"
DATABASE = "https://api.osv.dev/v1/query"
PROBE = "import requests, sys; requests.post(sys.argv[1], json={}, timeout=4)"
PROBE_SECONDS = 8
"""For any answer at all. A child process, because a resolver of names that hangs cannot be ended otherwise."""
ANSWER_SECONDS = 10
AUDIT_SECONDS = 300
"""For one question a package, some two hundred."""

NOT_AUDITED = "漏洞库没有应答，这次没有检查依赖 / vulnerability database did not answer: dependencies not audited"


def audit(lock: Path = LOCK, database: str = DATABASE, say: Callable[[str], None] = print) -> int:
    """The exit code: 1 when a locked version has a known vulnerability that a newer one mends, else 0."""
    found = _ask(lock, database)
    if found is None:
        say(NOT_AUDITED)
        return 0
    faults = [(package, fault) for package in found for fault in package.get("vulns", [])]
    for package, fault in faults:
        mended = "、".join(fault["fix_versions"])
        advice = f"升级到 / mended in {mended}" if mended else "还没有修好的版本 / no version mends it yet"
        say(f"{package['name']} {package['version']}：{fault['id']}，{advice}")
    say(f"检查了 {len(found)} 个依赖，已知漏洞 {len(faults)} 个 / audited {len(found)}, vulnerabilities {len(faults)}")
    return int(any(fault["fix_versions"] for _, fault in faults))


def _ask(lock: Path, database: str) -> list[dict[str, Any]] | None:
    """The packages with their vulnerabilities; None when the database did not answer all of it in time."""
    options = ["--requirement", str(lock), "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    service = ["--vulnerability-service", "osv", "--osv-url", database, "--timeout", str(ANSWER_SECONDS)]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        form = ["--format", "json", "--output", str(report), "--cache-dir", folder]
        command = [sys.executable, "-m", pip_audit.__name__, *options, *service, *form]
        try:
            subprocess.run(
                [sys.executable, "-c", PROBE, database], timeout=PROBE_SECONDS, check=True, capture_output=True
            )
            # Its exit code is 1 for a vulnerability as well as for no answer: the report tells them apart.
            subprocess.run(command, timeout=AUDIT_SECONDS, check=False, capture_output=True)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return None
        return list(json.loads(report.read_text())["dependencies"]) if report.exists() else None


if __name__ == "__main__":
    sys.exit(audit())
