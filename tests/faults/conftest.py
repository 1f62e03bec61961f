"""The installation of `tests/pipeline` for each fault, a seed for the chances, and the table at the end.

`YUQING_FAULTS_SEED` repeats a run; `YUQING_FAULTS_KILLS` says how many kills the loop over all stages makes in all.
"""

import os
from collections.abc import Callable

import pytest

from tests.faults.tally import Tally, table
from tests.pipeline.conftest import board, gate, post_office, set_sources, twin, yuqing, zygote

__all__ = ["board", "gate", "post_office", "set_sources", "twin", "yuqing", "zygote"]

USUAL_SEED = 20261129
TALLIES = pytest.StashKey[list[Tally]]()
NewTally = Callable[[str], Tally]


@pytest.fixture(scope="session")
def seed() -> int:
    """What all chances of this run follow from."""
    return int(os.environ.get("YUQING_FAULTS_SEED", USUAL_SEED))


@pytest.fixture
def new_tally(request: pytest.FixtureRequest) -> NewTally:
    """Makes the tally of one kind of fault; it goes into the table, and the test asserts that it `is_clean`."""
    kept = request.config.stash.setdefault(TALLIES, [])

    def make(fault: str) -> Tally:
        kept.append(Tally(fault))
        return kept[-1]

    return make


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table."""
    tallies = config.stash.get(TALLIES, [])
    if tallies:
        seed_used = os.environ.get("YUQING_FAULTS_SEED", USUAL_SEED)
        terminalreporter.write_sep("=", f"faults, seed {seed_used}")
        terminalreporter.write_line(table(tallies))
