"""The DAG files about matters load in a fresh Airflow and listen to what they should."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.settings import PROJECT

pytestmark = pytest.mark.airflow
SCRIPT = """
import json, sys
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(sys.argv[1])
print(json.dumps({
    "errors": bag.import_errors,
    "dags": {
        name: {
            "tasks": [task.task_id for task in dag.tasks],
            "runs": dag.max_active_runs,
            "outlets": sorted(asset.name for task in dag.tasks for asset in task.outlets),
            "inlets": [asset.name for asset in getattr(getattr(dag.timetable, "asset_condition", None), "objects", [])],
        }
        for name, dag in bag.dags.items()
    },
}))
"""


def loaded(home: Path, **more: str) -> dict[str, dict[str, object]]:
    """What a fresh Airflow makes of the DAG folder."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(home / "airflow"),
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "PYTHONPATH": str(PROJECT),
        "YUQING_DATA": str(home / "data"),
        **more,
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(PROJECT / "dags")],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=180,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["errors"] == {}
    return dict(told["dags"])


def test_each_listens_to_the_one_before(tmp_path: Path) -> None:
    # when
    dags = loaded(tmp_path)
    # then
    assert dags["enrich_posts"]["outlets"] == ["indexed-posts"]
    assert dags["cluster_posts"]["inlets"] == ["indexed-posts"]
    assert dags["cluster_posts"]["outlets"] == ["matters"]
    assert dags["early_warning"]["inlets"] == ["matters"]
    assert dags["early_warning"]["tasks"] == ["warnings", "briefs"]
    assert {dags[name]["runs"] for name in ("cluster_posts", "recheck_matters", "early_warning")} == {1}


def test_switched_off_nothing_clusters_by_itself(tmp_path: Path) -> None:
    # when
    dags = loaded(tmp_path, YUQING_SCHEDULE="off")
    # then
    assert dags["cluster_posts"]["inlets"] == []
    assert dags["recheck_matters"]["inlets"] == []
