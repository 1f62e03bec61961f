"""What the fault tests count, and the table they end with."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass
class Tally:
    """What one kind of fault did over all its times: each figure but `times` must be zero.

    `lost` and `doubled` count posts, records or files against an undisturbed run; `unsent` counts mails that should have
    gone out and did not, `doubled` also mails that went out twice.
    """

    fault: str
    times: int = 0
    lost: int = 0
    doubled: int = 0
    unsent: int = 0

    def compare(self, found: Iterable[Hashable], expected: Iterable[Hashable]) -> None:
        """Count what is missing from, and what is too much in, what was found. Changed content is both."""
        have, want = Counter(found), Counter(expected)
        self.lost += (want - have).total()
        self.doubled += (have - want).total()

    def compare_mails(self, found: Iterable[Hashable], expected: Iterable[Hashable]) -> None:
        """The same for mails, by what makes one (Message-ID, recipients, text)."""
        have, want = Counter(found), Counter(expected)
        self.unsent += (want - have).total()
        self.doubled += (have - want).total()

    @property
    def is_clean(self) -> bool:
        """Whether the fault happened, and nothing came of it."""
        return self.times > 0 and not (self.lost or self.doubled or self.unsent)


def table(tallies: Sequence[Tally]) -> str:
    """The tallies in the order they were made, as a Markdown table with a line of sums."""
    sums = Tally("all")
    for tally in tallies:
        for name in ("times", "lost", "doubled", "unsent"):
            setattr(sums, name, getattr(sums, name) + getattr(tally, name))
    rows = [f"| {t.fault} | {t.times} | {t.lost} | {t.doubled} | {t.unsent} |" for t in [*tallies, sums]]
    return "\n".join(["| fault | times | lost | doubled | unsent |", "|---|---|---|---|---|", *rows])
