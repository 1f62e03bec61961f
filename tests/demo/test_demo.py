"""The README's first command, as a new user runs it: twice, with the same figures."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from demo.run import POSTS

pytestmark = [pytest.mark.airflow, pytest.mark.slow]
SECONDS = 540


def demo(folder: Path) -> dict[str, Any]:
    """What `yuqing demo --json` says, with the page it leaves running; page and node are stopped afterwards."""
    environment = {**os.environ, "YUQING_DEMO": str(folder)}
    command = [str(Path(sys.executable).with_name("yuqing"))]
    try:
        ended = subprocess.run(
            [*command, "demo", "--json"], env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert ended.returncode == 0, ended.stderr
        result: dict[str, Any] = json.loads(ended.stdout)
        shown = requests.get(f"{result['dashboards']}api/boards/handling", timeout=30)
        return {**result, "shown": shown.json()}
    finally:
        stop = {**os.environ, "YUQING_DATA": str(folder)}
        subprocess.run(
            [*command, "dashboards", "preview", "--stop"], env=stop, capture_output=True, timeout=120, check=True
        )
        subprocess.run([*command, "es", "stop"], env=stop, capture_output=True, timeout=120, check=True)


@pytest.mark.timeout(2 * SECONDS + 60)
def test_the_demo_ends_with_every_post_in_and_twice_with_the_same_figures(tmp_path: Path) -> None:
    # given
    with POSTS.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    # when
    first = demo(tmp_path / "demo")
    mails = sorted(path.name for path in (tmp_path / "demo" / "mails").glob("*.eml"))
    second = demo(tmp_path / "demo")
    # then
    assert first["posts"] == first["scored"] == len(rows) == 300
    assert first["mails"] == len(mails) > 5
    assert first["overdue"] == first["stages"]["overdue"] + first["stages"]["escalated"] > 10
    assert min(first["stages"].values()) > 0
    assert first["matters"] > 5
    assert first["warnings"] > 0
    assert first["followups"] > 0
    assert first["mails"] > first["warnings"] + first["followups"]
    figures = {figure["id"]: figure["value"] for figure in first["shown"]["figures"]}
    assert figures["posts"] == 300
    assert figures["due_today"] == first["stages"]["due_today"]
    assert figures["overdue"] == first["overdue"]
    measured = {"seconds", "dashboards", "elasticsearch", "airflow"}
    assert {name: value for name, value in second.items() if name not in measured} == {
        name: value for name, value in first.items() if name not in measured
    }
