"""A time of its own for the polite session."""

from dataclasses import dataclass, field


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    now: float = 1000
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Be done at once, and remember how long it would have been."""
        self.slept.append(seconds)
        self.now += seconds
