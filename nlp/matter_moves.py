"""What a re-check moved, and how it is told."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from nlp.matter_types import LEAST_POSTS, EventKind


@dataclass
class Moves:
    """Which posts of which matters went where in a re-check."""

    before: dict[int, int]
    """How many posts each matter had."""
    heir: dict[int, int]
    """Where most of each matter went: itself, or the matter that absorbed it."""
    after: dict[int, list[int]] = field(default_factory=dict)
    parts: dict[tuple[int, int], list[int]] = field(default_factory=dict)

    def note(self, posts: Sequence[int], origin: int, target: int) -> None:
        """Posts of `origin` are now some of `target`."""
        self.after.setdefault(target, []).extend(posts)
        self.parts.setdefault((origin, target), []).extend(posts)

    def events(self) -> list[tuple[EventKind, tuple[int, ...], list[int]]]:
        """What to tell, in a fixed order: merges and splits, then births and growth from single posts."""
        told: list[tuple[EventKind, tuple[int, ...], list[int]]] = []
        singles: dict[int, list[int]] = {}
        split_off: set[int] = set()
        for (origin, target), posts in sorted(self.parts.items()):
            if origin == target:
                continue
            if self.before[origin] < LEAST_POSTS:
                singles.setdefault(target, []).extend(posts)
            elif self.heir[origin] == target:
                told.append(("merged", (target, origin), posts))
            else:
                told.append(("split", (origin, target), posts))
                split_off.add(target)
        for target, posts in sorted(singles.items()):
            if self.before.get(target, 0) >= LEAST_POSTS:
                told.append(("grew", (target,), posts))
            elif target not in split_off and len(self.after[target]) >= LEAST_POSTS:
                told.append(("born", (target,), self.after[target]))
        return told
