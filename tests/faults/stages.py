"""The stages of a week in the order they run, each as the command that people or a DAG start."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.clock import to_beijing
from pipeline.runtime import Runtime
from tests.faults.weeks import ON_BOARD, Week
from tests.pipeline.killing import Command

CLOSED = ("已回应", "误报")
MANY = 1000


@dataclass(frozen=True)
class Scene:
    """What a command may depend on: the week, its export, and an installation in which nothing went wrong."""

    week: Week
    export: Path
    undisturbed: Runtime


@dataclass(frozen=True)
class Stage:
    """One stage; `command` says what to start, None when there is nothing to do this week."""

    name: str
    command: Callable[[Scene], Command | None]


def _correct(scene: Scene) -> Command:
    post_id = f"board:{scene.week.number * ON_BOARD + 1}"
    return ["correct", post_id, "--topic", "疫苗接种", "--sentiment", "中性", "--by", "王科长"]


def _replay(scene: Scene) -> Command:
    return ["replay", "--from", f"{to_beijing(scene.week.at):%Y-%m-%d}"]


def _decide_followup(scene: Scene) -> Command | None:
    waiting = scene.undisturbed.followups.all(["待研判"])
    return ["followups", "set", waiting[0].id, "拟二次解读", "--by", "李主任", "--note", "下周发"] if waiting else None


def _make_major(scene: Scene) -> Command | None:
    waiting = [one for one in scene.undisturbed.warnings.listed(CLOSED, MANY) if not one.major_by]
    return ["warnings", "major", waiting[0].id, "--by", "张主任"] if waiting else None


def _answer_warning(scene: Scene) -> Command | None:
    waiting = [one for one in scene.undisturbed.warnings.listed(CLOSED, MANY) if one.state not in CLOSED]
    return ["warnings", "set", waiting[0].id, "--state", "已回应", "--by", "张主任"] if waiting else None


def _weekly(scene: Scene) -> Command:
    year, week, _ = to_beijing(scene.week.at - scene.week.at.resolution).isocalendar()
    return ["weekly", "--week", f"{year}-W{week - 1:02}"]


STAGES = [
    Stage("collect", lambda _: ["collect", "board"]),
    Stage("enrich", lambda _: ["enrich"]),
    Stage("import", lambda scene: ["import", scene.export]),
    Stage("refresh of open posts", lambda _: ["collect", "board", "--refresh"]),
    Stage("enrich", lambda _: ["enrich"]),
    Stage("correct", _correct),
    Stage("replay", _replay),
    Stage("deadlines refresh", lambda _: ["deadlines", "refresh"]),
    Stage("alerts", lambda _: ["alerts"]),
    Stage("cluster", lambda _: ["cluster"]),
    Stage("cluster --recheck", lambda _: ["cluster", "--recheck"]),
    Stage("warnings run", lambda _: ["warnings", "run"]),
    Stage("warnings major", _make_major),
    Stage("warnings set", _answer_warning),
    Stage("followups run", lambda _: ["followups", "run"]),
    Stage("followups set", _decide_followup),
    Stage("weekly", _weekly),
    Stage("backup", lambda _: ["backup"]),
    Stage("housekeeping", lambda _: ["housekeeping"]),
]
"""All that write anything. `housekeeping` has no command of its own, only a DAG; `zygote.py` knows the word."""
FEW = [
    stage
    for stage in STAGES
    if stage.name
    in {
        *("import", "alerts", "cluster", "cluster --recheck", "warnings run", "warnings set", "followups run"),
        "housekeeping",
    }
]
"""Those without which there would be nothing to lose and no mail to double."""
