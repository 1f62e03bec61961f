"""An installation with topics for the made-up ledger, a mail server, and the command run inside the test."""

import shutil
from pathlib import Path

import pytest
import yaml

from pipeline.settings import PROJECT
from tests.cli.command import Yuqing
from tests.ledger.made_up import ALIASES, YEAR
from tests.pipeline.conftest import chat, post_office

__all__ = ["chat", "post_office"]
TOPICS = {2: ["信息公开"], 3: ["疫苗接种"], 4: ["疫苗接种", "医疗服务质量"], 5: ["医疗收费"], 7: "all"}


@pytest.fixture
def command(environment: dict[str, str], tmp_path: Path) -> Yuqing:
    """The `yuqing` command of an empty installation."""
    folder = tmp_path / "config"
    shutil.copytree(PROJECT / "config", folder)
    content = {"aliases": ALIASES, "tasks": {YEAR: TOPICS}}
    (folder / "ledger.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    environment["YUQING_CONFIG"] = str(folder)
    return Yuqing(environment)
