"""Posts -> matters: the same thing, at the same place or for the same people.

`Matters` keeps what it has found from run to run. `update` places new and changed posts: copies go with what they copy,
the others join the matter they are most alike or found new ones. `recheck`, once a day, takes apart what changed since,
together with its neighbours, and puts it together again from single posts, so that matters merge and split as if all
posts had come at once. What happens to a matter is told as events; ids stay.

The work of a run depends on its own posts and the matters they touch, not on the history: neighbours come from an index
with bounded lists, a matter is represented by its latest 12 different posts, and only when the number of posts has grown
by a tenth is the topic space fitted anew and everything re-checked.

No clock, no store: the time and the posts are arguments, the state is plain arrays and JSON (`nlp.matter_state`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from nlp.matter_index import MatterIndex
from nlp.matter_linkage import Rules, likeness, link, neighbours
from nlp.matter_posts import PostPool
from nlp.matter_types import EventKind, Matter, MatterEvent, MatterPost
from nlp.matter_view import describe

LEAST_POSTS = 2
"""A single post is nobody's matter yet."""
MOST_VOICES = 12
"""So many of its latest different posts represent a matter. More made no matter better on real messages, only slower."""
QUIET_AFTER = timedelta(days=30)
NEAR = 0.75
"""Share of the threshold from which two matters are taken apart together."""


@dataclass
class Group:
    """A matter inside: post indexes in order of arrival."""

    id: str
    members: list[int] = field(default_factory=list)
    quiet: bool = False


class Matters:
    """All matters, and what is needed to go on with them."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.pool = PostPool(rules or Rules())
        self.groups: dict[int, Group] = {}
        self.dirty: set[int] = set()
        self.awake: set[int] = set()
        self.next = 0
        self.ids: set[str] = set()
        self._group_of: dict[int, int] = {}
        self.index = MatterIndex()

    # --- what there is

    def matters(self, least_posts: int = LEAST_POSTS) -> list[Matter]:
        """The matters with at least so many posts, the one with most posts first, then by id."""
        large = [group for group in self.groups.values() if len(group.members) >= least_posts]
        large.sort(key=lambda group: (-len(group.members), group.id))
        return [describe(self.pool, group.id, group.members, group.quiet) for group in large]

    def matter_of(self, post_id: str) -> str | None:
        """The id of the matter a post belongs to; None for a post that is unknown or alone."""
        number = self._group_of.get(self.pool.index.get(post_id, -1))
        if number is None or len(self.groups[number].members) < LEAST_POSTS:
            return None
        return self.groups[number].id

    # --- a run

    def update(self, posts: Iterable[MatterPost], at: datetime) -> list[MatterEvent]:
        """Place posts that are new or whose text changed; returns what happened to which matters.

        A post given again with the same text only has its votes and sentiment taken over. Matters are neither merged
        nor split here, that is for `recheck`.
        """
        fresh, changed = self.pool.take_in(posts)
        for post in changed:
            self._leave(post)
        if not self.pool.space.fitted_on and self.pool.space.is_due():
            self.pool.fit()
            self.dirty.update(self.groups)
        joined = self._place([post for post in fresh if post not in self.pool.copy_of])
        for post in fresh:
            if post in self.pool.copy_of:
                number = self._group_of[self.pool.copy_of[post]]
                self._join(number, [post])
                joined.setdefault(number, []).append(post)
        self._list(joined)
        return self._tell_growth(joined, at)

    def _place(self, posts: Sequence[int]) -> dict[int, list[int]]:
        """Let each post join a matter or found one; the posts that joined, by matter."""
        if not posts:
            return {}
        singles = self.pool.nodes([[post] for post in posts])
        first, second = neighbours(singles.grams)
        found = [[number for number in row if number in self.groups] for row in self.index.find(singles)]
        candidates = sorted({number for row in found for number in row})
        row_of = {number: row for row, number in enumerate(candidates, len(posts))}
        pairs = [(row, row_of[number]) for row, numbers in enumerate(found) for number in numbers]
        nodes = self.pool.nodes(
            [[post] for post in posts] + [self._voices(self.groups[number]) for number in candidates],
            [False] * len(posts) + [True] * len(candidates),
        )
        first = np.concatenate([first, np.array([pair[0] for pair in pairs], dtype=np.int64)])
        second = np.concatenate([second, np.array([pair[1] for pair in pairs], dtype=np.int64)])
        label = link(nodes, first, second, self.pool.threshold, self.pool.rules)
        number_of = {int(label[row]): number for number, row in row_of.items()}
        joined: dict[int, list[int]] = {}
        for row, post in enumerate(posts):
            number = number_of.get(int(label[row]))
            if number is None:
                number = number_of[int(label[row])] = self._found(post)
            joined.setdefault(number, []).append(post)
        for number, members in joined.items():
            self._join(number, members)
        return joined

    def _tell_growth(self, joined: dict[int, list[int]], at: datetime) -> list[MatterEvent]:
        events = []
        for number in sorted(joined):
            group = self.groups[number]
            if len(group.members) < LEAST_POSTS:
                continue
            kind: EventKind = "grew"
            posts = joined[number]
            if len(group.members) - len(posts) < LEAST_POSTS:
                kind, posts = "born", group.members
            elif group.quiet:
                kind = "returned"
            group.quiet = False
            self.awake.add(number)
            events.append(MatterEvent(kind, (group.id,), at, self._names(posts)))
        return events

    # --- the daily re-check

    def recheck(self, at: datetime) -> list[MatterEvent]:
        """Merge and split what changed since the last re-check, and say which matters have gone quiet by `at`."""
        if self.pool.space.is_due():
            self.pool.fit()
            self.dirty.update(self.groups)
        events = self._regroup(at)
        self.dirty.clear()
        for number in sorted(self.awake):
            group = self.groups[number]
            if at - max(self.pool.posts[post].posted_at for post in group.members[-MOST_VOICES:]) > QUIET_AFTER:
                group.quiet = True
                events.append(MatterEvent("quiet", (group.id,), at))
        self.awake = {number for number in self.awake if not self.groups[number].quiet}
        return events

    def _regroup(self, at: datetime) -> list[MatterEvent]:
        numbers = self._with_neighbours(sorted(self.dirty))
        posts = [post for number in numbers for post in self._voices(self.groups[number])]
        if not posts:
            return []
        nodes = self.pool.nodes([[post] for post in posts])
        label = link(nodes, *neighbours(nodes.grams), self.pool.threshold, self.pool.rules)
        clusters: dict[int, list[int]] = {}
        for post, cluster in zip(posts, label.tolist(), strict=True):
            clusters.setdefault(cluster, []).append(post)
        return self._rename(numbers, list(clusters.values()), at)

    def _with_neighbours(self, numbers: list[int]) -> list[int]:
        """The matters and those that are nearly alike enough to one of them to be one with it."""
        if len(numbers) == len(self.groups):
            return numbers
        nodes = self.pool.nodes([self._voices(self.groups[number]) for number in numbers])
        found = self.index.find(nodes)
        others = sorted({other for row in found for other in row if other in self.groups} - set(numbers))
        row_of = {number: row for row, number in enumerate(others, len(numbers))}
        pairs = [(row, row_of[other]) for row, near in enumerate(found) for other in near if other in row_of]
        if not pairs:
            return numbers
        nodes = self.pool.nodes([self._voices(self.groups[number]) for number in [*numbers, *others]])
        first, second = (np.array(ends, dtype=np.int64) for ends in zip(*pairs, strict=True))
        alike = likeness(nodes, first, second, self.pool.rules) >= NEAR * self.pool.threshold
        near = {others[row - len(numbers)] for row in second[alike].tolist()}
        return sorted({*numbers, *near})

    def _rename(self, numbers: list[int], clusters: list[list[int]], at: datetime) -> list[MatterEvent]:
        """Give each cluster the id of the matter most of it comes from, move the posts, and tell who went where."""
        home = {post: number for number in numbers for post in self._voices(self.groups[number])}
        overlaps = Counter((home[post], cluster) for cluster, posts in enumerate(clusters) for post in posts)
        owner: dict[int, int] = {}
        heir: dict[int, int] = {}
        kept: set[int] = set()
        for number, cluster in sorted(overlaps, key=lambda pair: (-overlaps[pair], pair[0], clusters[pair[1]][0])):
            heir.setdefault(number, cluster)
            if cluster not in owner and number not in kept:
                owner[cluster] = number
                kept.add(number)
        for cluster, posts in enumerate(clusters):
            if cluster not in owner:
                owner[cluster] = self._found(posts[0])
        new_home = {post: owner[cluster] for cluster, posts in enumerate(clusters) for post in posts}
        moves = Moves(
            before={number: len(self.groups[number].members) for number in numbers},
            heir={number: number if number in kept else owner[heir[number]] for number in numbers},
        )
        for number in numbers:
            for post in self.groups[number].members:
                # A copy goes with what it copies; posts too old to have a voice stay with most of their matter.
                moves.note(post, number, new_home.get(self.pool.copy_of.get(post, post), moves.heir[number]))
        return self._move(moves, at)

    def _move(self, moves: "Moves", at: datetime) -> list[MatterEvent]:
        names = {number: self.groups[number].id for number in {*moves.before, *moves.after}}
        touched = {number for move in moves.parts for number in move if move[0] != move[1]}
        for number in set(moves.before) - set(moves.after):
            del self.groups[number]
            self.awake.discard(number)
        for number in sorted(touched & set(moves.after)):
            self.groups[number].members = []
            self._join(number, sorted(moves.after[number]))
            if len(moves.after[number]) >= LEAST_POSTS:
                self.awake.add(number)
        self._list(touched & set(moves.after))
        return [
            MatterEvent(kind, tuple(names[number] for number in involved), at, self._names(posts))
            for kind, involved, posts in moves.events()
        ]

    # --- bookkeeping

    def put_back(self, number: int, group: Group) -> None:
        """Take over a matter from a stored state, whose posts are already in the pool."""
        self.groups[number] = group
        self._group_of.update(dict.fromkeys(group.members, number))

    def _found(self, post: int) -> int:
        """A new, empty matter, named after its first post."""
        name = self.pool.posts[post].id
        while name in self.ids:
            name += "+"
        self.ids.add(name)
        self.groups[self.next] = Group(name)
        self.next += 1
        return self.next - 1

    def _join(self, number: int, posts: Iterable[int]) -> None:
        for post in posts:
            self.groups[number].members.append(post)
            self._group_of[post] = number

    def _leave(self, post: int) -> None:
        number = self._group_of.pop(post, None)
        if number is None:
            return
        group = self.groups[number]
        group.members.remove(post)
        self.dirty.add(number)
        if not group.members:
            del self.groups[number]
            self.dirty.discard(number)
            self.awake.discard(number)

    def _list(self, numbers: Iterable[int]) -> None:
        """Note matters as changed, and keep them findable."""
        changed = sorted(numbers)
        if changed:
            nodes = self.pool.nodes([self._voices(self.groups[number]) for number in changed])
            self.index.put(changed, nodes)
            self.dirty.update(changed)

    def _voices(self, group: Group) -> list[int]:
        voices = [post for post in group.members if post not in self.pool.copy_of]
        return voices[-MOST_VOICES:] or group.members[-1:]

    def _names(self, posts: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.pool.posts[post].id for post in posts)


@dataclass
class Moves:
    """Which posts of which matters went where in a re-check."""

    before: dict[int, int]
    """How many posts each matter had."""
    heir: dict[int, int]
    """Where most of each matter went: itself, or the matter that absorbed it."""
    after: dict[int, list[int]] = field(default_factory=dict)
    parts: dict[tuple[int, int], list[int]] = field(default_factory=dict)

    def note(self, post: int, origin: int, target: int) -> None:
        """A post of `origin` is now one of `target`."""
        self.after.setdefault(target, []).append(post)
        self.parts.setdefault((origin, target), []).append(post)

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
