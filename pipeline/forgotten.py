"""The list of posts that were forgotten: they are neither landed nor indexed again, whoever offers them.

It holds keyed hashes of post ids and nothing else, so that the list itself tells nobody's story.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path

from collectors.base import RawItem, Source
from core.errors import NOT_OF_ONE_ITEM
from core.files import write_whole


class Forgotten:
    """The list below a data folder; `key` gives the key that hashes are made with."""

    def __init__(self, data: Path, key: Callable[[], bytes]) -> None:
        self._path = data / "forgotten" / "ids"
        self._key = key

    def hashes(self) -> frozenset[str]:
        """The hashes of all forgotten ids."""
        return frozenset(self._path.read_text().split()) if self._path.exists() else frozenset()

    def hash_of(self, post_id: str) -> str:
        """The hash of an id."""
        return hmac.new(self._key(), b"post\x1f" + post_id.encode(), hashlib.sha256).hexdigest()

    def add(self, post_ids: Iterable[str]) -> None:
        """Put these on the list; durable when this returns."""
        known = self.hashes()
        new = known | {self.hash_of(post_id) for post_id in post_ids}
        if new != known:
            write_whole(self._path, "".join(f"{one}\n" for one in sorted(new)).encode())

    def without(self, source: Source, items: Sequence[RawItem], seen_at: datetime) -> Sequence[RawItem]:
        """The items that no forgotten post would be made of. Without a list nothing is looked at."""
        hashes = self.hashes()
        if not hashes:
            return items
        return [item for item in items if not self._is_listed(source, item, seen_at, hashes)]

    def _is_listed(self, source: Source, item: RawItem, seen_at: datetime, hashes: frozenset[str]) -> bool:
        try:
            post_id = source.parse(item, seen_at).id
        except NOT_OF_ONE_ITEM:
            raise
        except Exception:
            # Whatever is wrong with it, reading it will say so (`pipeline.reading`).
            return False
        return self.hash_of(post_id) in hashes
