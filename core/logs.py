"""Logs: sentences for people, or with `YUQING_LOG=json` one JSON object a line for machines.

No log says what a post says. Stages log counts and seconds, never texts; an error is logged by its kind and by where it was
raised, because its words may quote what was being read. Libraries that log requests are kept from it at every level.
"""

import inspect
import json
import logging
import time
import traceback
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, Literal, ParamSpec, Protocol, TextIO, TypeVar, runtime_checkable

from core.clock import BEIJING

ROOMS = (
    "alerts",
    "cli",
    "collectors",
    "core",
    "dashboards",
    "ledger",
    "matters",
    "nlp",
    "pipeline",
    "questions",
    "replies",
    "reports",
    "store",
)
_OWN = f"{Path(__file__).resolve().parent.parent}/"
TEXT_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
P = ParamSpec("P")
R = TypeVar("R")
Outcome = Literal["ok", "partial", "failed"]

run_id: ContextVar[str] = ContextVar("run_id", default="")
"""Names what a process does, so that the lines of one run can be picked out."""


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time (Beijing), level, logger, run, message, and what a stage counted."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {
            "time": datetime.fromtimestamp(record.created, BEIJING).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "run": run_id.get(),
            "message": record.getMessage(),
            **getattr(record, "counted", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line |= {"error": record.exc_info[0].__name__, "where": _frames(record.exc_info[2])}
        return json.dumps(line, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """A sentence; an error by its kind and place only."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  named by the library
        """Where it was raised, without its words."""
        return "\n".join([ei[0].__name__, *_frames(ei[2])])


def place_of(error: BaseException) -> str:
    """Where in the project's own files it was raised, or what was called from there: never its words."""
    frames = _frames(error.__traceback__)
    own = [frame for frame in frames if frame.startswith(_OWN) and "site-packages" not in frame]
    return (own or frames or [""])[-1].removeprefix(_OWN)


def _frames(trace: Any) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]


def configure(environment: Mapping[str, str], stream: TextIO, *, verbose: bool) -> None:
    """Let the project's own loggers write to the stream: warnings, with `verbose` or as JSON what stages do as well.

    `YUQING_LOG_LEVEL` (`debug`, `info`, `warning`) says it otherwise. Other loggers never tell more than warnings.
    """
    as_json = environment.get("YUQING_LOG") == "json"
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter() if as_json else TextFormatter(TEXT_FORMAT))
    # What runs inside another program, such as a test or Airflow, keeps that one's handlers unless told otherwise.
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=as_json)
    usual = "info" if verbose or as_json else "warning"
    level = logging.getLevelNamesMapping().get(environment.get("YUQING_LOG_LEVEL", usual).upper(), logging.WARNING)
    for room in ROOMS:
        logging.getLogger(room).setLevel(level)
    for noisy in ("elastic_transport", "rjieba", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    run_id.set(environment.get("AIRFLOW_CTX_DAG_RUN_ID") or uuid.uuid4().hex[:12])


@dataclass(frozen=True)
class StageRun:
    """How a run of a stage went. `error` is the kind of what ended it, never its words; `run` names the process's run.

    `partial`: it came to its end and something was left undone, which its result lists.
    """

    stage: str
    source: str | None
    started_at: datetime
    seconds: float
    outcome: Outcome
    error: str | None
    counts: Mapping[str, int]
    run: str


@runtime_checkable
class KeepsRuns(Protocol):
    """Whoever wants to be told of the stages' runs: a stage's first argument, if it is one."""

    def keep_run(self, run: StageRun) -> None:
        """Take note of a run that has ended. Must not raise: the stage has done its work."""


def logged(stage: str, source: str | None = None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Have a stage's function log its begin, and at its end how long it took and what its result counts.

    The run is told to the function's first argument, if that keeps runs. `source` names the parameter that says which
    source was worked on.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        log = logging.getLogger(function.__module__)
        bind = inspect.signature(function).bind_partial

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            started, begun = datetime.now(UTC), time.monotonic()
            of = bind(*args, **kwargs).arguments.get(source) if source else None
            log.debug("%s：开始", stage, extra={"counted": {"stage": stage}})

            def end(outcome: Outcome, counts: Mapping[str, int], error: str | None = None) -> None:
                seconds = round(time.monotonic() - begun, 3)
                _tell(log, stage, seconds, {"error": error} if error else counts)
                if args and isinstance(args[0], KeepsRuns):
                    args[0].keep_run(StageRun(stage, of, started, seconds, outcome, error, counts, run_id.get()))

            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                end("failed", {}, type(error).__name__)
                raise
            end("partial" if getattr(result, "is_partial", False) else "ok", counts_of(result))
            return result

        return run

    return decorate


def _tell(log: logging.Logger, stage: str, seconds: float, counts: Mapping[str, Any]) -> None:
    told = {**counts, "seconds": seconds}
    words = "，".join(f"{name} {count}" for name, count in told.items())
    log.info("%s：%s", stage, words, extra={"counted": {"stage": stage, **told}})


def counts_of(result: Any) -> dict[str, int]:
    """The numbers in a stage's result: its whole numbers, and how long its lists are. Never a text."""
    if isinstance(result, bool) or result is None:
        return {}
    if isinstance(result, int):
        return {"count": result}
    if not is_dataclass(result):
        return {}
    counts: dict[str, int] = {}
    for field in fields(result):
        value = getattr(result, field.name)
        if isinstance(value, Counter):
            counts |= {f"{field.name}.{name}": count for name, count in value.items()}
        elif isinstance(value, int) and not isinstance(value, bool):
            counts[field.name] = value
        elif isinstance(value, list | tuple | dict):
            counts[field.name] = len(value)
    return counts
