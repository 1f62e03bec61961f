"""The DAG file of the weekly summary in a fresh Airflow."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.settings import PROJECT, PipelineFile, Settings

SCRIPT = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
dag = bag.dags["weekly_summary"]
print(json.dumps({"errors": bag.import_errors, "tasks": dag.task_ids, "schedule": dag.schedule,
                  "zone": str(dag.timezone)}))
"""


def loaded(home: Path, **more: str) -> dict[str, object]:
    """What a fresh Airflow makes of the file."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(PROJECT),
        "YUQING_DATA": str(home / "data"),
        **more,
    }
    command = [sys.executable, "-c", SCRIPT, str(PROJECT / "dags" / "weekly_summary.py")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=180)
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    assert told.pop("errors") == {}
    return told


@pytest.mark.airflow
def test_it_runs_on_mondays_at_half_past_eight_in_beijing(tmp_path: Path) -> None:
    # then
    assert loaded(tmp_path) == {"tasks": ["summary"], "schedule": "30 8 * * 1", "zone": "Asia/Shanghai"}


@pytest.mark.airflow
def test_switched_off_it_runs_only_when_triggered(tmp_path: Path) -> None:
    # then
    assert loaded(tmp_path, YUQING_SCHEDULE="off")["schedule"] is None


def test_the_office_may_move_it_or_switch_it_off() -> None:
    # then
    assert Settings({}).pipeline.schedule.weekly == "30 8 * * 1"
    assert PipelineFile.model_validate({"schedule": {"weekly": None}}).schedule.weekly is None
    with pytest.raises(ValueError, match="cron"):
        PipelineFile.model_validate({"schedule": {"weekly": "每周一"}})
