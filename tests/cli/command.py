"""Running `yuqing` inside the test's process: real arguments, environment, output and exit code."""

import io
import json
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import pytest

from cli.main import main


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON document and nothing else."""
        return json.loads(self.out)


class Yuqing:
    """The command of one installation, described by environment variables."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)

    def __call__(self, *arguments: object, **more: str) -> Outcome:
        """Run it; `more` are further environment variables. An exception no user should see comes through."""
        out, err = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            for name in [name for name in os.environ if name.startswith(("YUQING_", "ELASTICSEARCH_"))]:
                patch.delenv(name)
            for name, value in {**self.environment, **more}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["yuqing", *map(str, arguments)])
            with pytest.raises(SystemExit) as ended:
                main()
        return Outcome(int(ended.value.code or 0), out.getvalue(), err.getvalue())


def mail_variables(port: int) -> dict[str, str]:
    """The variables that name a mail server on loopback."""
    return {
        "YUQING_SMTP_HOST": "127.0.0.1",
        "YUQING_SMTP_PORT": str(port),
        "YUQING_SMTP_SECURITY": "none",
        "YUQING_SMTP_FROM": "reminder@city.example",
    }
