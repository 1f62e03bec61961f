"""Weeks go by in two installations, in one of them with faults; after every stage both must hold the same."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.collectors.servers import Board
from tests.faults.office import Office, Usual, each_once
from tests.faults.stages import STAGES, Scene, Stage
from tests.faults.tally import Tally
from tests.faults.weeks import Week, happens
from tests.pipeline.killing import Command


@dataclass
class Trouble:
    """What was done to a stage before it could come to its end. `told` is for people who look for the reason."""

    tally: Tally
    in_doubt: Counter[str] = field(default_factory=Counter)
    """How often a fault left a mail, by its Message-ID, with nobody knowing whether it went out."""
    told: list[str] = field(default_factory=list)


Disturb = Callable[[Stage, Command, Usual], Trouble | None]
"""Begins the command in the disturbed installation, with a fault; None: this stage goes undisturbed."""


@dataclass
class Passage:
    """The two installations, and what happens in both."""

    disturbed: Office
    undisturbed: Office
    board: Board
    folder: Path
    seed: int

    def go(self, disturb: Disturb, is_enough: Callable[[], bool]) -> None:
        """Let weeks go by until it is enough. Fails at the first stage that does not leave what an undisturbed one leaves."""
        for number in count():
            self.week(Week(number), disturb)
            if is_enough():
                return

    def week(self, week: Week, disturb: Disturb, stages: Sequence[Stage] = tuple(STAGES)) -> None:
        """One week, with these stages."""
        scene = Scene(week, happens(week, self.board, self.folder), self.undisturbed.runtime)
        for stage in stages:
            given = stage.command(scene)
            if given is None:
                continue
            command = [*given, "--at", week.typed]
            trouble = disturb(stage, command, self.undisturbed.run(command))
            self.disturbed.run(command)
            if trouble:
                self._compare(trouble, f"seed {self.seed}, week {week.number}, `{stage.name}`")

    def _compare(self, trouble: Trouble, where: str) -> None:
        """Charge the differences to the trouble's tally."""
        found, expected = self.disturbed.content(), self.undisturbed.content()
        for kind in expected:
            trouble.tally.compare(found[kind].elements(), expected[kind].elements())
        mails = each_once(self.disturbed.post_office.take(), trouble.in_doubt)
        expected_mails = each_once(self.undisturbed.post_office.take(), Counter())
        trouble.tally.compare_mails(mails, expected_mails)
        pairs = {kind: (found[kind], expected[kind]) for kind in expected}
        pairs["mails"] = Counter(mails), Counter(expected_mails)
        differences = [
            f"{kind}: {len(have - want)} too many, {len(want - have)} missing: {[*(have - want)][:2]} ... {[*(want - have)][:2]}"
            for kind, (have, want) in pairs.items()
            if have != want
        ]
        assert not differences, f"{where}, {trouble.told}: {differences}"
