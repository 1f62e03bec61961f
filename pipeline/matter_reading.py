"""Matters as the logic of `matters` reads them: with their posts, copies, and the explanations that were published."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from core.post import Post
from matters.matter import Explanation, Matter
from pipeline.runtime import Runtime
from store.followups import FollowUpRecord
from store.matters import MatterRecord

POSTS_AT_ONCE = 2000


class MatterReader:
    """Reads matters. What was merged and what was explained is read once, when it is made."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._redirects = runtime.matters.redirects()
        self.followups: dict[str, list[FollowUpRecord]] = {}
        """Follow-ups by the present id of their matter, the oldest first."""
        for record in runtime.followups.all():
            self.followups.setdefault(self.present_id(record.matter_id), []).append(record)

    def present_id(self, matter_id: str) -> str:
        """The id of the matter that this one was merged into, however often; its own when it never was."""
        return present_id(matter_id, self._redirects)

    def known_as(self, matter_id: str) -> set[str]:
        """The matter's id and those of all that were merged into it."""
        return {matter_id} | {former for former in self._redirects if self.present_id(former) == matter_id}

    def read(self, records: Iterable[MatterRecord]) -> Iterator[tuple[MatterRecord, Matter]]:
        """These matters with their posts, so many at a time that memory stays flat; those without posts are left out."""
        for part in in_parts(records):
            posts = self._runtime.matters.posts_of([record.id for record in part])
            for record in part:
                if record.id in posts:
                    yield record, self._matter(record, posts[record.id])

    def _matter(self, record: MatterRecord, posts: Sequence[Post]) -> Matter:
        explained = (followup.explanation for followup in self.followups.get(record.id, ()))
        explanations = [Explanation(one.at, one.title, one.text, one.url) for one in explained if one]
        return Matter(record.id, posts, frozenset(record.copy_ids), sorted(explanations, key=lambda one: one.at))


def present_id(matter_id: str, redirects: Mapping[str, str]) -> str:
    """Where the redirects lead from this id."""
    seen = {matter_id}
    while (following := redirects.get(matter_id)) and following not in seen:
        seen.add(following)
        matter_id = following
    return matter_id


def in_parts(records: Iterable[MatterRecord]) -> Iterator[list[MatterRecord]]:
    """The matters in groups that together have about as many posts as are held at once."""
    ends = 0

    def part_of(record: MatterRecord) -> int:
        nonlocal ends
        ends += record.posts + record.copies
        return ends // POSTS_AT_ONCE

    for _, part in groupby(records, part_of):
        yield list(part)
