"""The outcome of one check of the doctor's."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class Finding:
    """The outcome of one check; texts in Chinese."""

    check: str
    verdict: Verdict
    found: str
    advice: str = ""
