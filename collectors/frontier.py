"""How far a newest-first list has been read, so that a walk cut off anywhere is taken up where it stopped. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any


class NoWayDown(ValueError):
    """The walk cannot go on, and what lies below is not landed yet. The message is Chinese."""


@dataclass(frozen=True)
class Frontier:
    """`done`: all ids up to it are landed. While a walk is under way, all from `low` to `top` are landed as well."""

    done: int = 0
    top: int | None = None
    low: int | None = None

    @classmethod
    def from_cursor(cls, cursor: dict[str, Any]) -> "Frontier":
        """The frontier a cursor holds; an empty cursor is the beginning."""
        return cls(cursor.get("done", 0), cursor.get("top"), cursor.get("low"))

    def to_cursor(self) -> dict[str, Any]:
        """The frontier as plain JSON."""
        return {"done": self.done, "top": self.top, "low": self.low}

    @property
    def walking(self) -> bool:
        """Whether a walk is under way."""
        return self.top is not None

    @property
    def ask_below(self) -> int:
        """The id to ask for what lies below; 0 asks for the newest."""
        return self.low or 0

    def advance(self, ids: Collection[int]) -> "Frontier":
        """The frontier once a page with these ids is landed. The walk ends where the page reaches `done`.

        An empty page ends a walk only where nothing is known below. Raises `NoWayDown` for an empty page above posts
        that were there before, and for a page that does not go further down: following that would never end.
        """
        if not ids:
            if self.walking and self.done:
                raise NoWayDown(f"列表在 {self.low} 处中断，没有到达上次收到的 {self.done}")
            return self.finish()
        if self.low is not None and min(ids) >= self.low:
            raise NoWayDown(f"页面没有往前走：{min(ids)} 不小于 {self.low}")
        moved = replace(self, top=self.top or max(ids), low=min(ids))
        return moved.finish() if min(ids) <= self.done else moved

    def finish(self) -> "Frontier":
        """The walk has come to its end: everything up to its top is landed."""
        return Frontier(done=max(self.done, self.top or 0))
