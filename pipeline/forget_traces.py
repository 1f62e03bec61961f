"""What gives a forgotten person away: ids of posts, the author's hash, sentences; found in texts and struck from records."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from core.post import Post

STRUCK = "[已删除]"
SHORTEST_SENTENCE = 10
"""Characters; shorter ones are said by many and point to nobody."""
_SENTENCE_ENDS = re.compile(r"[\n。！？!?；;…]+")
MATTER_FIELDS = frozenset({"matter_id", "matters", "merged_into", "cluster_id"})
"""Fields that hold ids of matters. A matter is named after its first post, so its id may be a forgotten post's."""
_ID_GOES_ON = r"[\w-]"


class _Gone:
    """Stands for a value that is to be left out."""


GONE = _Gone()


@dataclass(frozen=True)
class Traces:
    """`rename` gives the new id of a matter that was named after a forgotten post."""

    ids: frozenset[str]
    hashes: frozenset[str]
    sentences: frozenset[str]
    rename: Callable[[str], str]

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        ids = "|".join(map(re.escape, sorted(self.ids | self.hashes, key=len, reverse=True)))
        # An id may be the beginning of another one.
        named = rf"(?<!{_ID_GOES_ON})(?:{ids})(?!{_ID_GOES_ON})" if ids else ""
        said = "|".join(map(re.escape, sorted(self.sentences, key=len, reverse=True)))
        together = "|".join(filter(None, (named, said)))
        return re.compile(together) if together else None

    def in_text(self, text: str) -> bool:
        """Whether the text gives the person away."""
        return bool(self._pattern and self._pattern.search(text))

    def in_record(self, value: Any) -> bool:
        """The same of any text or key in a record."""
        if isinstance(value, dict):
            return any(self.in_record(part) for pair in value.items() for part in pair)
        if isinstance(value, list | tuple):
            return any(map(self.in_record, value))
        return isinstance(value, str) and self.in_text(value)

    def strike(self, value: Any) -> Any:
        """The value without what gives the person away; `GONE` for one that is nothing else.

        Of a list its parts that speak of a forgotten post are left out; a matter's id is replaced; in a text what was
        said is struck.
        """
        if isinstance(value, str):
            return self._strike_text(value)
        if isinstance(value, list):
            return [kept for kept in map(self.strike, value) if kept is not GONE]
        if isinstance(value, dict):
            if any(
                isinstance(value.get(name), str) and value[name] in self.ids | self.hashes for name in ("post_id", "id")
            ):
                return GONE
            parts = {name: self._strike_field(name, part) for name, part in value.items()}
            if "tokens" in parts and parts != value:
                # The words a record is found by are those of what was struck.
                parts["tokens"] = ""
            return {name: part for name, part in parts.items() if part is not GONE}
        return value

    def _strike_field(self, name: str, value: Any) -> Any:
        # How a run went names numbers of matters the same way.
        if name not in MATTER_FIELDS or not isinstance(value, str | list):
            return self.strike(value)
        return list(map(self.renamed, value)) if isinstance(value, list) else self.renamed(value)

    def _strike_text(self, text: str) -> Any:
        if text in self.ids or text in self.hashes:
            return GONE
        return self._pattern.sub(STRUCK, text) if self._pattern else text

    def renamed(self, matter_id: str) -> str:
        """The id of a matter, another one where it was a forgotten post's."""
        return self.rename(matter_id) if self.is_named_after(matter_id) else matter_id

    def is_named_after(self, matter_id: str) -> bool:
        """Whether the matter bears the id of a forgotten post; `+` stands behind one that was taken."""
        return matter_id.rstrip("+") in self.ids


def sentences_of(posts: Iterable[Post]) -> set[str]:
    """Titles and sentences long enough to point to who wrote them."""
    texts = (text for post in posts for text in (post.title, post.body))
    said = (sentence.strip() for text in texts for sentence in _SENTENCE_ENDS.split(text))
    return {sentence for sentence in said if len(sentence) >= SHORTEST_SENTENCE}
