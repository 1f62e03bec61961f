"""What is remembered of `Matters` beside its shelves, as plain arrays and JSON."""

from typing import Any

import numpy as np
import numpy.typing as npt

from nlp.matter_linkage import Rules
from nlp.matter_shelves import Kept
from nlp.matters import Matters

Arrays = dict[str, npt.NDArray[np.generic]]


def dump(matters: Matters) -> tuple[Arrays, dict[str, Any]]:
    """The rest of the state: as arrays, whose size has a bound, and as what JSON can hold."""
    return matters.pool.space.state(), {
        "posts": matters.pool.count,
        "next": matters.next,
        "alive": matters.alive,
        "dirty": sorted(matters.dirty),
        "awake": sorted(matters.awake),
    }


def restore(kept: Kept, arrays: Arrays, record: dict[str, Any], rules: Rules | None = None) -> Matters:
    """Matters with these shelves and the rest of their state; they go on as if they had never been put down.

    The rules are those of the program as it is now: what it learns counts for old matters, too.
    """
    matters = Matters(rules, kept)
    matters.pool.space.restore(arrays)
    matters.pool.count = record["posts"]
    matters.next, matters.alive = record["next"], record["alive"]
    matters.dirty, matters.awake = set(record["dirty"]), set(record["awake"])
    return matters
