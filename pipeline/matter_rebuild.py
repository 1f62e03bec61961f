"""Matters found anew from the index when what was remembered is lost: they keep the ids that posts carry."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from nlp.matter_types import MatterEvent
from nlp.matters import Matters


@dataclass(frozen=True)
class Renamed:
    """`now`: the id of each matter by the one it was found under. `gone`: for ids that no matter got, where most posts are."""

    now: dict[str, str]
    gone: dict[str, str]

    def news(self, events: Sequence[MatterEvent], known: Collection[str]) -> list[MatterEvent]:
        """The events under the present ids, without those of matters known before: they were told."""
        told = [replace(event, matters=tuple(self.now[name] for name in event.matters)) for event in events]
        return [event for event in told if not set(event.matters) <= set(known)]


def keep_names(
    matters: Matters, labels: Mapping[str, str | None], quiet: Collection[str], never: Collection[str]
) -> Renamed:
    """Give each matter the id that most of its posts carry (`labels` by post id), each id to one matter.

    `quiet` are ids of matters that had gone quiet; `never` those that were merged away and must not be given again.
    """
    owner, heir = _owners(matters, labels)
    names = {number: label for label, number in owner.items()}
    taken = {*heir, *never}
    found = {number: group.id for number, group in matters.groups.items()}
    for number, name in found.items():
        while number not in names and name in taken:
            name += "+"
        names.setdefault(number, name)
    matters.rename(names, taken)
    matters.silence(number for number, name in names.items() if name in quiet)
    now = {found[number]: name for number, name in names.items()}
    return Renamed(now, {label: names[heir[label]] for label in heir if label not in owner})


def _owners(matters: Matters, labels: Mapping[str, str | None]) -> tuple[dict[str, int], dict[str, int]]:
    """For each id the matter that gets it, and the matter that most of its posts are in (as numbers of groups)."""
    carried = Counter(
        (label, number)
        for number, group in matters.groups.items()
        for post in group.members
        if (label := labels.get(matters.pool.posts[post].post.id))
    )
    owner: dict[str, int] = {}
    heir: dict[str, int] = {}
    named: set[int] = set()
    for label, number in sorted(carried, key=lambda pair: (-carried[pair], pair)):
        heir.setdefault(label, number)
        if label not in owner and number not in named:
            owner[label] = number
            named.add(number)
    return owner, heir
