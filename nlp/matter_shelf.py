"""A mapping that can be larger than memory: it reads from where it is kept what it is asked for, and knows what changed."""

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any, Generic, NamedTuple, TypeVar, overload

Key = TypeVar("Key", int, str)
Value = TypeVar("Value")
Other = TypeVar("Other")


class Form(NamedTuple, Generic[Value]):
    """How a value is kept: as bytes and back."""

    to_bytes: Callable[[Value], bytes]
    from_bytes: Callable[[bytes], Value]


class Shelf(MutableMapping[Key, Value]):
    """Values by key, those not yet asked for still in `kept`. A value that was altered in place must be put again."""

    def __init__(self, kept: Mapping[Key, bytes], form: Form[Value]) -> None:
        self._kept: Mapping[Key, bytes] = kept
        self._form = form
        self._values: dict[Key, Value | None] = {}
        """What was read or put. None: there is none, or no more."""
        self._changed: set[Key] = set()

    @overload
    def get(self, key: Key, default: None = None, /) -> Value | None: ...

    @overload
    def get(self, key: Key, default: Value, /) -> Value: ...

    @overload
    def get(self, key: Key, default: Other, /) -> Value | Other: ...

    def get(self, key: Key, default: Any = None, /) -> Any:
        """The value, `default` without any."""
        if key in self._values:
            value = self._values[key]
        else:
            kept = self._kept.get(key)
            value = self._values[key] = None if kept is None else self._form.from_bytes(kept)
        return default if value is None else value

    def __getitem__(self, key: Key) -> Value:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __setitem__(self, key: Key, value: Value) -> None:
        self._values[key] = value
        self._changed.add(key)

    def __delitem__(self, key: Key) -> None:
        self[key]
        self._values[key] = None
        self._changed.add(key)

    def __contains__(self, key: object) -> bool:
        return self.get(key) is not None  # type: ignore[call-overload]  # a key of another type is simply not there

    def __iter__(self) -> Iterator[Key]:
        yield from [key for key, value in self._values.items() if value is not None]
        yield from (key for key in self._kept if key not in self._values)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def changes(self) -> Iterator[tuple[Key, bytes | None]]:
        """What was put (None: deleted) since it was read or `settle` was called, in the order of keys."""
        for key in sorted(self._changed):
            value = self._values[key]
            yield key, None if value is None else self._form.to_bytes(value)

    def settle(self) -> None:
        """All changes are kept now."""
        self._changed.clear()
