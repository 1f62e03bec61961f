"""Every stage is killed at random moments, week after week, and begun again: nothing is lost, nothing comes twice.

A kill comes after a random time, at a random request to Elasticsearch or at a random moment of a mail. What was killed is
run again at once, or killed once more or twice before. `YUQING_FAULTS_SEED` repeats a run.
"""

import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import get_args

import pytest

from tests.faults.conftest import NewTally
from tests.faults.office import Office, Usual
from tests.faults.passage import Passage, Trouble
from tests.faults.stages import STAGES, Stage
from tests.faults.tally import Tally
from tests.pipeline.gate import Side
from tests.pipeline.killing import Command, Killer
from tests.pipeline.postoffice import Moment

KILLS = int(os.environ.get("YUQING_FAULTS_KILLS", "40"))
IN_A_ROW = (1, 2, 3, 4, 6)
"""How often a stage is killed before it comes to its end."""
MOST_MISSED = 4
"""Kills that came too late, after which a stage is let alone."""
ALL = {stage.name for stage in STAGES}
Way = tuple[str, Callable[[], bool]]


@dataclass
class Kills:
    """Kills the stages of an office at random moments, so often in all."""

    office: Office
    chance: random.Random
    new_tally: NewTally
    wanted: int
    tallies: dict[str, Tally] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Kills that ended a process."""
        return sum(tally.times for tally in self.tallies.values())

    def __call__(self, stage: Stage, command: Command, usual: Usual) -> Trouble:
        """Begin the command and kill it somewhere, some times in a row."""
        if stage.name not in self.tallies:
            self.tallies[stage.name] = self.new_tally(f"SIGKILL of `{stage.name}`")
        trouble = Trouble(self.tallies[stage.name])
        wanted, missed = self._wanted_of(trouble.tally), 0
        while wanted and missed < MOST_MISSED:
            manner, kill = self.chance.choice(list(self._ways(command, usual, 2**missed)))
            killed = kill()
            trouble.tally.times += killed
            trouble.told.append(manner if killed else f"{manner} (had ended)")
            trouble.in_doubt.update(self.office.mails_in_doubt())
            wanted, missed = wanted - killed, missed + (not killed)
        return trouble

    def _wanted_of(self, tally: Tally) -> int:
        """How often to kill now: not more than leaves as much for each stage that was not killed yet."""
        waiting = ALL - {name for name, one in self.tallies.items() if one.times or one is tally}
        return min(self.chance.choice(IN_A_ROW), (self.wanted - self.done) // (len(waiting) + 1))

    def _ways(self, command: Command, usual: Usual, earlier: int) -> Iterator[Way]:
        """Ways to kill it, in the first half, quarter... of its run where later ones have missed it."""
        killer = Killer(self.office.start, self.office.gate, self.office.runtime)
        seconds = self.chance.uniform(0, usual.seconds / earlier)
        yield f"after {seconds:.2f} s", lambda: killer.after(command, seconds)
        if usual.calls:
            call = self.chance.randrange(max(1, usual.calls // earlier))
            sides: tuple[Side, ...] = get_args(Side)
            side = self.chance.choice(sides)
            way = f"{side} request {call} of {usual.calls}", lambda: killer.at_call(command, lambda _: True, call, side)
            yield from (way, way)
        if usual.mails:
            mail = self.chance.randrange(usual.mails)
            moments: tuple[Moment, ...] = get_args(Moment)
            moment = self.chance.choice(moments)
            post_office = self.office.post_office
            way = f"mail {mail} at {moment!r}", lambda: killer.at_mail(command, post_office, moment, mail)
            yield from (way, way, way)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_stages_killed_at_random_and_run_again_leave_what_undisturbed_ones_leave(
    passage: Passage, new_tally: NewTally, seed: int
) -> None:
    # given
    kills = Kills(passage.disturbed, random.Random(seed), new_tally, KILLS)
    # when weeks go by, then after every stage all is as it would be without the kills
    passage.go(kills, lambda: kills.done >= KILLS)
    # and there was no stage that was not killed
    assert kills.done == KILLS
    assert all(tally.is_clean for tally in kills.tallies.values())
