"""A real Airflow (`airflow standalone`: scheduler, DAG processor, triggerer, API server) as a child process on loopback."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import requests

from core.errors import Unavailable

LOOPBACK = "127.0.0.1"
START_SECONDS = 240
STOP_SECONDS = 30
POLL_SECONDS = 0.5
Say = Callable[[str], None]


class StandaloneAirflow:
    """Airflow with SQLite below `home`, running the DAGs of `dags` with `environment` added to its own.

    Everybody who reaches its port is an administrator: for a demo or test on loopback only.
    """

    def __init__(self, home: Path, dags: Path, port: int, environment: Mapping[str, str]) -> None:
        self.home = home
        self.url = f"http://{LOOPBACK}:{port}"
        self.log = home / "standalone.log"
        self._environment = {**os.environ, **_settings(home, dags, port), **environment}
        self._process: subprocess.Popen[bytes] | None = None
        self._http = requests.Session()

    def start(self, dag_ids: list[str], say: Say) -> None:
        """Start everything and wait until it is healthy and the DAGs are known."""
        self.home.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603
                [str(Path(sys.executable).parent / "airflow"), "standalone"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        begun = time.monotonic()
        self._await(self._healthy, START_SECONDS, "Airflow 没有启动成功")
        for dag_id in dag_ids:
            self._await(partial(self._knows, dag_id), START_SECONDS, f"没有找到 {dag_id}")
        say(f"Airflow 已就绪：{self.url}（{time.monotonic() - begun:.0f} 秒）")

    def trigger(self, dag_id: str, logical_date: datetime) -> str:
        """Ask the scheduler to run a DAG for a logical date; the run's id."""
        answer = self._http.post(
            f"{self.url}/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": logical_date.isoformat()}, timeout=30
        )
        answer.raise_for_status()
        return str(answer.json()["dag_run_id"])

    def backfill(self, dag_id: str, first: datetime, last: datetime) -> None:
        """Ask the scheduler to run a DAG, one run after the other, for every time of its schedule in the window."""
        window = {"dag_id": dag_id, "from_date": first.isoformat(), "to_date": last.isoformat(), "max_active_runs": 1}
        self._http.post(f"{self.url}/api/v2/backfills", json=window, timeout=30).raise_for_status()

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """The DAG's runs, the latest first."""
        found = self._get(f"dags/{dag_id}/dagRuns?order_by=-run_after&limit=100")
        return list(found["dag_runs"]) if found else []

    def await_run(self, dag_id: str, run_id: str | None, seconds: float) -> dict[str, Any]:
        """Wait for the end of a run (of any first run when `run_id` is None). Raises `Unavailable` unless it succeeds."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            for run in self.runs(dag_id):
                if run_id in {None, run["dag_run_id"]} and run["state"] in {"success", "failed"}:
                    if run["state"] == "failed":
                        raise Unavailable(f"Airflow 任务 {dag_id} 失败。", f"日志：{self.home / 'logs'}")
                    return run
            self._check_alive()
            time.sleep(POLL_SECONDS)
        raise Unavailable(f"等了 {seconds:.0f} 秒，Airflow 任务 {dag_id} 还没有完成。", f"日志：{self.home / 'logs'}")

    def await_rest(self, dag_id: str, is_through: Callable[[], bool], seconds: float) -> None:
        """Wait until the work is through and no run of the DAG is under way. Raises `Unavailable` when a run failed."""

        def at_rest() -> bool:
            states = {run["state"] for run in self.runs(dag_id)}
            if "failed" in states:
                raise Unavailable(f"Airflow 任务 {dag_id} 失败。", f"日志：{self.home / 'logs'}")
            return is_through() and states == {"success"}

        self._await(at_rest, seconds, f"Airflow 任务 {dag_id} 没有做完")

    def stop(self) -> None:
        """Stop Airflow and everything it started."""
        if self._process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(STOP_SECONDS)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        self._process = None

    def _knows(self, dag_id: str) -> bool:
        return self._get(f"dags/{dag_id}") is not None

    def _healthy(self) -> bool:
        health = self._get("monitor/health")
        parts = ("metadatabase", "scheduler", "dag_processor", "triggerer")
        return health is not None and all(health[part]["status"] == "healthy" for part in parts)

    def _get(self, path: str) -> dict[str, Any] | None:
        try:
            answer = self._http.get(f"{self.url}/api/v2/{path}", timeout=30)
        except requests.RequestException:
            return None
        return dict(answer.json()) if answer.ok else None

    def _await(self, condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if condition():
                return
            self._check_alive()
            time.sleep(POLL_SECONDS)
        raise Unavailable(f"{otherwise}（等了 {seconds:.0f} 秒）。", f"日志：{self.log}")

    def _check_alive(self) -> None:
        if self._process is None or self._process.poll() is not None:
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-8:])
            raise Unavailable(f"Airflow 停了，日志末尾：\n{tail}", f"日志：{self.log}")


def _settings(home: Path, dags: Path, port: int) -> dict[str, str]:
    # Small on purpose: two tasks at once on two cores, one API worker. The default of 32 holds 5 GB.
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{LOOPBACK}:{port}/execution/",
        "AIRFLOW__API__HOST": LOOPBACK,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__BASE_URL": f"http://{LOOPBACK}:{port}",
        "AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC": "1",
        # The DAG files do not change under way, and reading them again takes a core for seconds.
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}",
    }
