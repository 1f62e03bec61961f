"""Ways to stop a command at a chosen moment."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.errors import ExitCode
from pipeline.runtime import Runtime
from tests.pipeline.children import Child
from tests.pipeline.content import files
from tests.pipeline.gate import Call, Gate, Side
from tests.pipeline.postoffice import Moment, PostOffice

Command = list[str | Path]


def writes_in_bulk(call: Call) -> bool:
    """Posts, or records of alerts."""
    return call.path == "/_bulk"


def writes_state(call: Call) -> bool:
    """A cursor, a finished file, or how a run went."""
    return call.method == "PUT" and call.path.startswith("/collector-state/_doc/")


def delays(length: float, count: int) -> list[float]:
    """Moments spread over a run of that length, one in each of `count` equal parts; the same at every test run."""
    chance = random.Random(2020)
    return [length * (part + chance.random()) / count for part in range(count)]


@dataclass
class Killer:
    """Each method starts a command, kills it, and says whether it was the kill that ended it."""

    start: Callable[..., Child]
    gate: Gate
    runtime: Runtime

    def length_of(self, command: Command) -> float:
        """Seconds that an undisturbed run takes."""
        # The indices are made by the first connection, which later runs need not do.
        _ = self.runtime.es
        begun = time.monotonic()
        child = self._start(command)
        assert child.wait() in {ExitCode.OK, ExitCode.PARTIAL}, child.output()
        return time.monotonic() - begun

    def at_call(self, command: Command, wanted: Callable[[Call], bool], number: int, side: Side) -> bool:
        """While the `number`-th of the wanted requests is held at the gate."""
        self.gate.close_at(number, side, wanted)
        killed = self._start(command).kill_when(self.gate.held.is_set)
        self.gate.open()
        return killed

    def at_mail(self, command: Command, post_office: PostOffice, moment: Moment, number: int) -> bool:
        """While the mail server holds the `number`-th mail."""
        post_office.close_at(moment, number)
        killed = self._start(command).kill_when(post_office.held.is_set)
        post_office.open()
        return killed

    def when_a_file_appears(self, command: Command, folder: Path, ending: str, number: int = 1) -> bool:
        """As soon as there are `number` more files with that ending than now."""
        wanted = sum(path.name.endswith(ending) for path in files(folder)) + number
        return self._start(command).kill_when(
            lambda: sum(path.name.endswith(ending) for path in files(folder)) >= wanted
        )

    def after(self, command: Command, seconds: float) -> bool:
        """So many seconds after its start."""
        return self._start(command).kill_after(seconds)

    def _start(self, command: Command) -> Child:
        return self.start(*command, ELASTICSEARCH_URL=self.gate.url)
