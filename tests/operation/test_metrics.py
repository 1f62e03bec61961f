"""How each stage's run went is written down, compared to those before it, and never at the stage's expense."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConfigError, ExitCode, Unavailable
from core.logs import StageRun, logged
from pipeline.alerting import send_alerts
from pipeline.collect import collect
from pipeline.enrich import enrich_pending
from pipeline.housekeeping import forget_old_runs
from pipeline.runtime import Runtime
from tests.cli.command import Yuqing
from tests.cli.exports import AT, ROWS, row, write
from tests.conftest import free_port
from tests.pipeline.content import documents
from tests.pipeline.letters import november

NOW = datetime(2026, 1, 9, 0, 30, tzinfo=UTC)


@dataclass
class Keeper:
    """Keeps what it is told."""

    runs: list[StageRun]

    def keep_run(self, run: StageRun) -> None:
        """One more."""
        self.runs.append(run)


@dataclass
class Done:
    """A result."""

    items: int
    left: int = 0

    @property
    def is_partial(self) -> bool:
        """Whether something was left."""
        return self.left > 0


@logged("某阶段", source="name")
def stage(keeper: Keeper, name: str | None, result: Done | Exception) -> Done:
    """A stage that gives or raises what it is told to."""
    if isinstance(result, Exception):
        raise result
    return result


def test_whoever_keeps_runs_is_told_of_each() -> None:
    # given
    keeper = Keeper([])
    before = datetime.now(UTC)
    # when
    stage(keeper, "hotline", Done(3))
    stage(keeper, None, result=Done(3, left=1))
    with pytest.raises(Unavailable):
        stage(keeper, name="board", result=Unavailable("张三的电话打不通", "…"))
    # then
    assert [(run.source, run.outcome, run.error, dict(run.counts)) for run in keeper.runs] == [
        ("hotline", "ok", None, {"items": 3, "left": 0}),
        (None, "partial", None, {"items": 3, "left": 1}),
        ("board", "failed", "Unavailable", {}),
    ]
    assert all(before <= run.started_at <= datetime.now(UTC) and run.seconds >= 0 for run in keeper.runs)
    assert "张三" not in str(keeper.runs)


def test_who_keeps_no_runs_is_left_alone() -> None:
    assert stage(None, None, Done(1)).items == 1  # type: ignore[arg-type]


def runs(runtime: Runtime) -> list[dict[str, Any]]:
    return sorted(documents(runtime.es, runtime.names.metrics).values(), key=lambda run: run["started_at"])


def test_a_command_leaves_a_note_of_each_stage(environment: dict[str, str], tmp_path: Path) -> None:
    # given rows of which one cannot be read
    rows = [*ROWS, row(901, "没有时间的一条留言", "这一行没有写时间", "投诉", "某天")]
    # when
    outcome = Yuqing(environment)("import", write(tmp_path / "one.csv", rows), "--at", AT)
    # then
    assert outcome.code == ExitCode.PARTIAL
    found = {run["stage"]: run for run in runs(Runtime.from_environment(environment))}
    assert found.keys() == {"import", "enrich"}
    assert (found["import"]["outcome"], found["enrich"]["outcome"]) == ("ok", "partial")
    assert found["enrich"]["item_count"] == 7
    assert found["enrich"]["counts"]["indexed"] == 6
    assert found["enrich"]["items_per_second"] > 0
    assert {run["run"] for run in found.values()} == {found["enrich"]["run"]}
    assert all(run["host"] and run["version"] and run["failures"] == 0 for run in found.values())
    # and nothing of what people wrote
    assert "留言" not in str(found)


def test_a_stage_that_fails_is_noted_by_the_kind_of_its_error(runtime: Runtime) -> None:
    # given
    _ = runtime.es
    # when mail is not configured, twice
    for _ in range(2):
        with pytest.raises(ConfigError):
            send_alerts(runtime, NOW, NOW)
        runtime.es.indices.refresh(index=runtime.names.metrics)
    # then
    first, second = runs(runtime)
    assert (first["stage"], first["outcome"], first["error"]) == ("alerts", "failed", "ConfigError")
    assert (first["failures"], second["failures"]) == (1, 2)


RUN = StageRun("collect", "board", NOW, 4.0, "ok", None, {"items": 8}, "r1")


def test_a_run_is_compared_to_those_of_the_same_job_in_the_time_before(runtime: Runtime) -> None:
    # given
    _ = runtime.es
    earlier = [
        *(replace(RUN, started_at=NOW - timedelta(days=day), seconds=float(day)) for day in (1, 2, 9)),
        replace(RUN, started_at=NOW - timedelta(days=31), seconds=500),
        replace(RUN, started_at=NOW - timedelta(days=2), seconds=900, source="hotline"),
        *(
            replace(RUN, started_at=NOW - timedelta(days=day), seconds=900, outcome="failed", error="SourceFailed")
            for day in (3, 8)
        ),
    ]
    for run in earlier:
        runtime.metrics.add(run, "server", "0.1.0")
    runtime.es.indices.refresh(index=runtime.names.metrics)
    # when
    runtime.metrics.add(RUN, "server", "0.1.0")
    runtime.es.indices.refresh(index=runtime.names.metrics)
    # then
    last = {record.job: record for record in runtime.metrics.last()}
    assert last.keys() == {"collect board", "collect hotline"}
    record = last["collect board"]
    assert (record.usual_seconds, record.failures, record.items_per_second) == (2.0, 1, 2.0)
    assert (record.started_at, record.outcome) == (NOW, "ok")


def test_a_node_that_is_down_fails_no_stage_that_did_not_need_it(
    new_runtime: Callable[..., Runtime], caplog: pytest.LogCaptureFixture
) -> None:
    # given
    offline = new_runtime(ELASTICSEARCH_URL=f"http://127.0.0.1:{free_port()}")
    # when
    with caplog.at_level("INFO", logger="pipeline.runtime"):
        run = enrich_pending(offline, NOW)
        # and one that did tells its own error
        with pytest.raises(Unavailable, match="连不上"):
            collect(offline, "yuqing_demo", NOW)
    # then
    assert run.items == 0
    assert [record.message for record in caplog.records if record.name == "pipeline.runtime"] == [
        "没有记下这次运行（enrich）：Unavailable",
        "没有记下这次运行（collect）：Unavailable",
    ]


def test_no_index_is_made_by_a_note(runtime: Runtime) -> None:
    # given an installation without indices
    # when
    runtime.keep_run(RUN)
    # then
    assert not runtime.client.indices.exists(index=runtime.names.metrics)


def test_housekeeping_deletes_the_notes_that_are_too_old(runtime: Runtime) -> None:
    # given
    _ = runtime.es
    at = november(29)
    for days in (1, 89, 91, 400):
        runtime.metrics.add(replace(RUN, started_at=at - timedelta(days=days)), "server", "0.1.0")
    # when
    deleted = forget_old_runs(runtime, at)
    # then
    assert deleted == 2
    assert len(runs(runtime)) == 2
    assert forget_old_runs(runtime, at) == 0


def test_the_doctor_tells_what_failed_last(environment: dict[str, str], runtime: Runtime) -> None:
    # given
    _ = runtime.es
    runtime.metrics.add(replace(RUN, started_at=NOW - timedelta(hours=2)), "server", "0.1.0")
    runtime.metrics.add(replace(RUN, stage="backup", source=None, outcome="failed", error="Unavailable"), "server", "1")
    runtime.es.indices.refresh(index=runtime.names.metrics)
    # when
    found = {one["check"]: one for one in Yuqing(environment)("doctor", "--json", "--at", AT).json}
    # then
    assert found["上次运行"]["verdict"] == "warning"
    assert "备份（2026-01-09 08:30，外部服务不可用）" in found["上次运行"]["found"]
    assert "收集" not in found["上次运行"]["found"]
