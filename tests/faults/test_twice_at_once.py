"""The same stage runs twice at once: the second one waits for nobody, and both together do what one alone does."""

import random
from collections.abc import Iterator

import pytest

from core.errors import ExitCode
from tests.faults.conftest import NewTally, stages_at_hand
from tests.faults.office import Usual
from tests.faults.passage import Passage, Trouble
from tests.faults.stages import Stage
from tests.faults.weeks import Week
from tests.pipeline.children import Child, Zygote
from tests.pipeline.killing import Command

AT_HAND = "另一个进程正在做同样的事"


@pytest.fixture(scope="module")
def second_zygote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Zygote]:
    """Where the second of two commands is forked from: a zygote has one child at a time."""
    with Zygote(tmp_path_factory.mktemp("second-zygote")) as running:
        yield running


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_runs_of_a_stage_at_once_leave_what_one_leaves(
    passage: Passage, second_zygote: Zygote, new_tally: NewTally, seed: int
) -> None:
    # given
    chance = random.Random(seed)
    tally = new_tally("two runs of a stage at once")
    office = passage.disturbed

    def disturb(stage: Stage, command: Command, usual: Usual) -> Trouble:
        """Let one run stand still at some request, have another one begin and end meanwhile, then let the first go on."""
        trouble = Trouble(tally)
        if usual.calls:
            office.gate.close_at(chance.randrange(usual.calls), chance.choice(("before", "after")))
        first = office.start(*command)
        while usual.calls and not office.gate.held.wait(0.05) and not first.has_ended():
            pass
        second = office.start_from(second_zygote, *command)
        # The first one held is the only one: the second passes.
        second_way = _way(second)
        office.gate.let_go()
        trouble.told.append(f"first {_way(first)}, second {second_way}")
        tally.times += 1
        return trouble

    # when
    passage.week(Week(0), disturb, stages_at_hand())
    # then
    assert tally.is_clean


def _way(child: Child) -> str:
    """How a run ended: by doing its work, or by saying that the other one is at it."""
    code, told = child.wait(), child.output()
    assert "Traceback" not in told, told
    if code in {ExitCode.OK, ExitCode.PARTIAL}:
        return "ended"
    assert code == ExitCode.UNAVAILABLE, told
    assert AT_HAND in told, told
    return "stood back"
