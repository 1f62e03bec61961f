"""Where the finding of matters keeps what grows with the posts: a shelf for each kind of thing."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import orjson

from nlp.matter_shelf import Form, Shelf
from nlp.matter_types import Group, MatterPost, Taken
from nlp.matter_vectors import Features, features_from_bytes, features_to_bytes
from nlp.near_duplicates import Signature

Kept = Mapping[str, Mapping[Any, bytes]]
"""What is kept of each shelf, by its name. Keys are numbers or texts."""


def _taken(kept: bytes) -> Taken:
    record = orjson.loads(kept)
    post = record["post"]
    post |= {"posted_at": datetime.fromisoformat(post["posted_at"])}
    post |= {"tokens": tuple(post["tokens"]), "places": tuple(post["places"])}
    return Taken(**{**record, "post": MatterPost(**post)})


def _group(kept: bytes) -> Group:
    record = orjson.loads(kept)
    return Group(**{**record, "latest_at": datetime.fromisoformat(record["latest_at"])})


def _from_numbers(numbers: list[int]) -> bytes:
    return np.array(numbers, dtype=np.int32).tobytes()


def _to_numbers(kept: bytes) -> list[int]:
    numbers: list[int] = np.frombuffer(kept, dtype=np.int32).tolist()
    return numbers


def _signature(kept: bytes) -> Signature:
    return np.frombuffer(kept, dtype=np.uint32)


_NUMBER: Form[int] = Form(lambda number: str(number).encode(), int)
_NUMBERS = Form(_from_numbers, _to_numbers)
_POST = Form[Taken](orjson.dumps, _taken)
_GROUP = Form[Group](orjson.dumps, _group)
_FEATURES = Form(features_to_bytes, features_from_bytes)
_SIGNATURE = Form[Signature](lambda minima: minima.tobytes(), _signature)


KEYS: dict[str, type[int] | type[str]] = {
    "posts": int,
    "features": int,
    "numbers": str,
    "authors": int,
    "places": str,
    "minima": int,
    "buckets": int,
    "groups": int,
    "ids": str,
    "lists": int,
}
"""The shelves' names and what their keys are."""


class Shelves:
    """All of them. What was kept is read when it is asked for."""

    def __init__(self, kept: Kept) -> None:
        def of(name: str) -> Mapping[Any, bytes]:
            return kept.get(name, {})

        self.posts: Shelf[int, Taken] = Shelf(of("posts"), _POST)
        self.features: Shelf[int, Features] = Shelf(of("features"), _FEATURES)
        self.numbers: Shelf[str, int] = Shelf(of("numbers"), _NUMBER)
        """Of posts, by their ids."""
        self.authors: Shelf[int, int] = Shelf(of("authors"), _NUMBER)
        """How many posts each has written."""
        self.places: Shelf[str, int] = Shelf(of("places"), _NUMBER)
        """How many posts name each."""
        self.minima: Shelf[int, Signature] = Shelf(of("minima"), _SIGNATURE)
        self.buckets: Shelf[int, list[int]] = Shelf(of("buckets"), _NUMBERS)
        self.groups: Shelf[int, Group] = Shelf(of("groups"), _GROUP)
        self.ids: Shelf[str, int] = Shelf(of("ids"), _NUMBER)
        """The number of the matter that has or had this id."""
        self.lists: Shelf[int, list[int]] = Shelf(of("lists"), _NUMBERS)
        """Of matters, by grams (`nlp.matter_index`)."""

    def changes(self) -> Iterator[tuple[str, int | str, bytes | None]]:
        """What changed since it was read or `settle` was called: shelf, key, value (None: deleted)."""
        for name in KEYS:
            shelf: Shelf[Any, Any] = getattr(self, name)
            for key, value in shelf.changes():
                yield name, key, value

    def settle(self) -> None:
        """All changes are kept now."""
        for name in KEYS:
            getattr(self, name).settle()
