"""`config/matters.yml`."""

from datetime import time
from pathlib import Path

import pytest

from core.config import load_yaml
from core.errors import ConfigError
from matters.settings import MattersFile, QuietHours
from tests.matters.cases import SHIPPED


def test_the_shipped_file_says_what_the_code_would_do_without_it() -> None:
    assert SHIPPED.model_copy(update={"synonyms": ()}) == MattersFile()


def test_a_time_needs_no_quotation_marks(tmp_path: Path) -> None:
    path = tmp_path / "matters.yml"
    path.write_text("quiet_hours: {start: 22:30, end: 06:15}", encoding="utf-8")

    assert load_yaml(path, MattersFile).quiet_hours == QuietHours(start=time(22, 30), end=time(6, 15))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("quiet_hours: {start: 22}", "quiet_hours.start：要写成 22:00 这样的时间"),
        ("heat: {people: -1}", "heat.people：不能小于 0"),
        ("followups: {persons: 3}", "followups.persons：没有这个配置项"),
        ("warnings: {probability: 0}", "warnings.probability：必须大于 0"),
        ("synonyms: [[发放, 发], [补发, 发]]", "synonyms：同一个词出现两次：发"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "matters.yml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError) as refused:
        load_yaml(path, MattersFile)
    assert told in refused.value.message
