"""Installations whose sections have chat channels."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from pipeline.settings import PROJECT
from tests.pipeline.letters import VACCINES

GROUP, LEADERS, DUTY = "jikong-wecom", "lingdao-ding", "yunwei-feishu"


def configured(folder: Path, channels: dict[str, list[str]] | None = None, **more: Any) -> dict[str, str]:
    """A configuration folder in which sections have these channels; the environment variable that names it."""
    told = channels if channels is not None else {VACCINES: [GROUP]}
    if not folder.exists():
        shutil.copytree(PROJECT / "config", folder)
    path = folder / "departments.yml"
    departments = yaml.safe_load(path.read_text(encoding="utf-8"))
    for department in departments["departments"]:
        department["channels"] = told.get(department["name"], [])
    path.write_text(yaml.safe_dump(departments | more, allow_unicode=True), encoding="utf-8")
    return {"YUQING_CONFIG": str(folder)}
