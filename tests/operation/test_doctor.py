"""The doctor finds what a support call would ask for, and says what to do."""

import os
from datetime import date
from pathlib import Path
from typing import Any

import chinese_calendar
import pytest

from core.errors import ExitCode
from pipeline.runtime import Runtime
from store import documents
from tests.cli.command import Yuqing
from tests.cli.exports import AT, write

LATER = "2026-01-14T08:30"


@pytest.fixture
def yuqing(environment: dict[str, str], tmp_path: Path) -> Yuqing:
    """An installation with a few messages."""
    yuqing = Yuqing(environment)
    assert yuqing("import", write(tmp_path / "one.csv"), "--at", AT).code == 0
    return yuqing


def check(yuqing: Yuqing, name: str, at: str = AT) -> dict[str, Any]:
    return next(one for one in yuqing("doctor", "--at", at, "--json").json if one["check"] == name)


def data(yuqing: Yuqing) -> Path:
    return Path(yuqing.environment["YUQING_DATA"])


def test_indices_of_an_older_version_are_an_error_with_the_way_out(yuqing: Yuqing) -> None:
    # given an index whose structure this version cannot take over
    runtime = Runtime.from_environment(yuqing.environment)
    index = f"{runtime.names.alerts}-000001"
    mappings = documents.mappings_of("alerts")
    older = {
        **mappings,
        "properties": {**mappings["properties"], "stage": {"type": "text"}},
        "_meta": {"template_version": 1},
    }
    runtime.client.indices.delete(index=index)
    runtime.client.indices.create(index=index, mappings=older, aliases={runtime.names.alerts: {}})
    # when
    outcome = yuqing("doctor", "--at", AT, "--json")
    # then
    found = {one["check"]: one for one in outcome.json}
    assert outcome.code == ExitCode.PARTIAL
    assert found["索引"]["verdict"] == "error"
    assert index in found["索引"]["found"]
    assert "yuqing upgrade" in found["索引"]["advice"]


def test_what_waits_for_the_index_for_days_is_a_warning(yuqing: Yuqing) -> None:
    # given a segment whose posts are not known to be in the index
    for marker in (data(yuqing) / "landing").rglob("*.done"):
        marker.unlink()
    # when it is looked at the same day, and days later
    same_day, later = check(yuqing, "待入库"), check(yuqing, "待入库", LATER)
    # then
    assert same_day["verdict"] == "ok"
    assert "1 批" in same_day["found"]
    assert (later["verdict"], "yuqing enrich" in later["advice"]) == ("warning", True)


def test_a_mail_whose_end_is_not_known_is_a_warning(yuqing: Yuqing) -> None:
    folder = data(yuqing) / "outbox" / "warning"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text("{}")
    assert check(yuqing, "待发邮件")["verdict"] == "warning"


def test_a_backup_gets_old(yuqing: Yuqing) -> None:
    # given one made on the morning of the 9th
    folder = data(yuqing) / "backups"
    folder.mkdir()
    (folder / "yuqing-20260109-000000.tar.gz").touch()
    # then
    assert check(yuqing, "备份")["verdict"] == "ok"
    assert (check(yuqing, "备份", LATER)["verdict"], "2026-01-09 08:00" in check(yuqing, "备份")["found"]) == (
        "warning",
        True,
    )


def test_a_model_that_cannot_be_read_is_an_error(yuqing: Yuqing) -> None:
    folder = data(yuqing) / "models"
    folder.mkdir()
    (folder / "topic.model").symlink_to("gone.model")
    found = check(yuqing, "模型")
    assert found["verdict"] == "error"
    assert found["advice"]


def test_in_december_the_next_year_s_holidays_are_asked_for_too(yuqing: Yuqing) -> None:
    # given the last year there are holidays for
    known = [year for year in range(2020, 2060) if check_year(year)]
    # then
    assert check(yuqing, "放假安排", f"{known[-1]}-06-01")["verdict"] == "ok"
    assert f"没有 {known[-1] + 1} 年" in check(yuqing, "放假安排", f"{known[-1]}-12-01")["found"]


def check_year(year: int) -> bool:
    """Whether the library knows the year's holidays."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def test_versions_and_disks_are_told(yuqing: Yuqing) -> None:
    assert "Python 3" in check(yuqing, "版本")["found"]
    assert "Airflow 3" in check(yuqing, "版本")["found"]
    assert "GB" in check(yuqing, "节点磁盘")["found"]
    assert "8.19" in check(yuqing, "Elasticsearch")["found"]
    assert "UTC" in check(yuqing, "时钟")["found"]


def test_what_holds_personal_data_is_for_its_owner_only(yuqing: Yuqing) -> None:
    # given a generous umask
    before = os.umask(0)
    try:
        assert yuqing("replay", "--at", AT).code == 0
        assert yuqing("cluster", "--at", AT).code == 0
        assert yuqing("weekly", "--dry-run", "--at", AT).code == 0
        assert yuqing("forget", "--post", "yuqing_demo:6", "--yes", "--at", AT).code == 0
    finally:
        os.umask(before)
    # then
    paths = [path for path in data(yuqing).rglob("*") if "locks" not in path.relative_to(data(yuqing)).parts]
    open_files = [str(path) for path in paths if path.is_file() and path.stat().st_mode & 0o077]
    open_folders = [str(path) for path in [*paths, data(yuqing)] if path.is_dir() and path.stat().st_mode & 0o077]
    assert {path.relative_to(data(yuqing)).parts[0] for path in paths} >= {"landing", "reports", "forgotten"}
    assert (open_files, open_folders) == ([], [])
