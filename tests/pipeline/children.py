"""`yuqing` commands as processes of their own, to be killed at will.

Loading the program takes seconds, so a command is forked from a process that has loaded it already (`zygote.py`). Apart
from that it is the command people type: its own process, environment, files and connections.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from pipeline.settings import PROJECT

LONGEST_RUN_SECONDS = 120


class Child:
    """One running command."""

    def __init__(self, zygote: subprocess.Popen[bytes], output: Path) -> None:
        self._zygote = zygote
        self._output = output
        self._code: int | None = None
        self._ended = False
        self._begun = time.monotonic()
        self.pid = int(self._read())

    def kill(self) -> bool:
        """SIGKILL, unless it has come to its end by itself. True when it was the kill that ended it."""
        if not self.has_ended():
            os.kill(self.pid, signal.SIGKILL)
        return self.wait() == -signal.SIGKILL

    def kill_after(self, seconds: float) -> bool:
        """Let it run for so long, then kill it."""
        self.has_ended(seconds)
        return self.kill()

    def kill_when(self, condition: Callable[[], object]) -> bool:
        """Let it run until the condition holds, then kill it."""
        while not condition() and not self.has_ended(0.0005):
            pass
        return self.kill()

    def wait(self) -> int:
        """The exit code at its end; minus the signal's number when a signal ended it."""
        if self._code is None:
            if not self.has_ended(LONGEST_RUN_SECONDS):
                os.kill(self.pid, signal.SIGKILL)
                raise TimeoutError(f"yuqing did not end in {LONGEST_RUN_SECONDS} s:\n{self.output()}")
            assert self._zygote.stdin is not None
            self._zygote.stdin.write(b"\n")
            self._code = int(self._read())
        return self._code

    def has_ended(self, patience: float = 0) -> bool:
        """Whether it is at its end now or within so many seconds."""
        if not self._ended:
            assert self._zygote.stdout is not None
            with selectors.DefaultSelector() as waiting:
                waiting.register(self._zygote.stdout, selectors.EVENT_READ)
                if waiting.select(patience):
                    assert self._read() == "ended"
                    self._ended = True
        return self._ended

    def output(self) -> str:
        """What it printed."""
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    def _read(self) -> str:
        assert self._zygote.stdout is not None
        return self._zygote.stdout.readline().decode().strip()


class Zygote:
    """Starts commands, one at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started = 0

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.pipeline.zygote"],
            cwd=PROJECT,
            env={**os.environ, "YUQING_DATA": str(self._folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Unbuffered: what has been read ahead would not show when waiting for the next line.
            bufsize=0,
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != b"ready\n":
            raise RuntimeError("yuqing does not start; why stands on standard error")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def start(self, arguments: list[str], environment: Mapping[str, str]) -> Child:
        """Begin a command."""
        self._started += 1
        output = self._folder / f"{self._started}.txt"
        order = {"arguments": arguments, "environment": dict(environment), "output": str(output)}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        return Child(self._process, output)
