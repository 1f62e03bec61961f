"""Posts -> matters: the same thing, at the same place or for the same people.

`Matters` keeps what it has found from run to run. `update` places new and changed posts: copies go with what they copy,
the others join the matter they are most alike or found new ones. `recheck`, once a day, takes apart what changed since,
together with its neighbours, and puts it together again from single posts, so that matters merge and split as if all
posts had come at once. What happens to a matter is told as events; ids stay.

The work of a run depends on its own posts and the matters they touch, not on the history: neighbours come from an index
with bounded lists, a matter is represented by its latest 12 different posts, and only when the number of posts has grown
by a tenth is the topic space fitted anew and everything re-checked.

No clock, no store: the time and the posts are arguments. What grows with the history lies on shelves (`nlp.matter_shelves`),
from which a run takes what it needs; `nlp.matter_state` puts it down and takes it up again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from nlp.matter_index import MatterIndex
from nlp.matter_linkage import Rules, likeness, link, neighbours
from nlp.matter_moves import Moves
from nlp.matter_posts import PostPool
from nlp.matter_shelves import Kept, Shelves
from nlp.matter_types import LEAST_POSTS, EventKind, Group, Matter, MatterEvent, MatterPost
from nlp.matter_view import describe

MOST_VOICES = 12
"""So many of its latest different posts represent a matter. More made no matter better on real messages, only slower."""
QUIET_AFTER = timedelta(days=30)
NEAR = 0.75
"""Share of the threshold from which two matters are taken apart together."""
GONE = -1
"""Stands for the number of a matter whose id is not given again."""


class Matters:
    """All matters, and what is needed to go on with them."""

    def __init__(self, rules: Rules | None = None, kept: Kept | None = None) -> None:
        self.shelves = Shelves(kept or {})
        self.pool = PostPool(rules or Rules(), self.shelves)
        self.groups = self.shelves.groups
        self.dirty: set[int] = set()
        self.awake: set[int] = set()
        self.next = 0
        self.alive = 0
        """How many groups there are."""
        self._index = MatterIndex(self.shelves.lists)
        self._ids = self.shelves.ids

    # --- what there is

    def matters(self, least_posts: int = LEAST_POSTS) -> list[Matter]:
        """The matters with at least so many posts, the one with most posts first, then by id."""
        large = [group for group in self.groups.values() if len(group.members) >= least_posts]
        large.sort(key=lambda group: (-len(group.members), group.id))
        return [describe(self.pool, group) for group in large]

    def some(self, ids: Iterable[str]) -> list[Matter]:
        """Those of these matters that there are (with two posts or more), in the order of ids."""
        groups = [self.groups.get(self._ids.get(name, GONE)) for name in sorted(set(ids))]
        found = [group for group in groups if group and len(group.members) >= LEAST_POSTS]
        return [describe(self.pool, group) for group in found]

    def matter_of(self, post_id: str) -> str | None:
        """The id of the matter a post belongs to; None for a post that is unknown or alone."""
        post = self.pool.number_of(post_id)
        number = None if post is None else self.pool.posts[post].group
        group = None if number is None else self.groups[number]
        return group.id if group and len(group.members) >= LEAST_POSTS else None

    def rename(self, names: Mapping[int, str], taken: Iterable[str]) -> None:
        """Give matters other ids, by their numbers; those in `taken` are never given to a new matter."""
        for number in names:
            del self._ids[self.groups[number].id]
        for name in taken:
            self._ids[name] = GONE
        for number, name in names.items():
            self._ids[name] = number
            self.groups[number] = replace(self.groups[number], id=name)

    def silence(self, numbers: Iterable[int]) -> None:
        """Note that these matters have gone quiet."""
        for number in numbers:
            self.groups[number] = replace(self.groups[number], quiet=True)
            self.awake.discard(number)

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
        joined = self._place([post for post in fresh if not self.pool.is_copy(post)])
        for post in fresh:
            copy_of = self.pool.posts[post].copy_of
            if copy_of is not None:
                number = self._home(copy_of)
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
        found = [[number for number in row if number in self.groups] for row in self._index.find(singles)]
        candidates = sorted({number for row in found for number in row})
        row_of = {number: row for row, number in enumerate(candidates, len(posts))}
        pairs = [(row, row_of[number]) for row, numbers in enumerate(found) for number in numbers]
        nodes = self.pool.nodes(
            [[post] for post in posts] + [self.groups[number].voices for number in candidates],
            [False] * len(posts) + [True] * len(candidates),
        )
        first = np.concatenate([first, np.array([pair[0] for pair in pairs], dtype=np.int64)])
        second = np.concatenate([second, np.array([pair[1] for pair in pairs], dtype=np.int64)])
        label = link(nodes, first, second, self.pool.rules_in_force)
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
                self.groups[number] = replace(group, quiet=False)
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
        return events + self._tell_quiet(at)

    def _tell_quiet(self, at: datetime) -> list[MatterEvent]:
        events = []
        for number in sorted(self.awake):
            group = self.groups[number]
            quiet = at - group.latest_at > QUIET_AFTER
            if quiet and not group.quiet and len(group.members) >= LEAST_POSTS:
                events.append(MatterEvent("quiet", (group.id,), at))
            if quiet != group.quiet:
                self.groups[number] = replace(group, quiet=quiet)
            if quiet:
                self.awake.discard(number)
        return events

    def _regroup(self, at: datetime) -> list[MatterEvent]:
        numbers = self._with_neighbours(sorted(self.dirty))
        posts = [post for number in numbers for post in self.groups[number].voices]
        if not posts:
            return []
        nodes = self.pool.nodes([[post] for post in posts])
        label = link(nodes, *neighbours(nodes.grams), self.pool.rules_in_force)
        clusters: dict[int, list[int]] = {}
        for post, cluster in zip(posts, label.tolist(), strict=True):
            clusters.setdefault(cluster, []).append(post)
        return self._rename(numbers, list(clusters.values()), at)

    def _with_neighbours(self, numbers: list[int]) -> list[int]:
        """The matters and those that are nearly alike enough to one of them to be one with it."""
        if len(numbers) in {0, self.alive}:
            return numbers
        nodes = self.pool.nodes([self.groups[number].voices for number in numbers])
        found = self._index.find(nodes)
        others = sorted({other for row in found for other in row if other in self.groups} - set(numbers))
        row_of = {number: row for row, number in enumerate(others, len(numbers))}
        pairs = [(row, row_of[other]) for row, near in enumerate(found) for other in near if other in row_of]
        if not pairs:
            return numbers
        nodes = self.pool.nodes([self.groups[number].voices for number in [*numbers, *others]])
        first, second = (np.array(ends, dtype=np.int64) for ends in zip(*pairs, strict=True))
        rules = self.pool.rules_in_force
        alike = likeness(nodes, first, second, rules) >= NEAR * rules.alike
        near = {others[row - len(numbers)] for row in second[alike].tolist()}
        return sorted({*numbers, *near})

    def _rename(self, numbers: list[int], clusters: list[list[int]], at: datetime) -> list[MatterEvent]:
        """Give each cluster the id of the matter most of it comes from, move the posts, and tell who went where."""
        home = {post: number for number in numbers for post in self.groups[number].voices}
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
            group = self.groups[number]
            if all(new_home[post] == number for post in group.voices):
                moves.note(group.members, number, number)
                continue
            for post in group.members:
                # A copy goes with what it copies; posts too old to have a voice stay with most of their matter.
                copy_of = self.pool.posts[post].copy_of
                moves.note([post], number, new_home.get(post if copy_of is None else copy_of, moves.heir[number]))
        return self._move(moves, at)

    def _move(self, moves: Moves, at: datetime) -> list[MatterEvent]:
        names = {number: self.groups[number].id for number in {*moves.before, *moves.after}}
        touched = {number for move in moves.parts for number in move if move[0] != move[1]}
        for number in set(moves.before) - set(moves.after):
            self._remove(number)
        for number in sorted(touched & set(moves.after)):
            self._fill(number, sorted(moves.after[number]))
            if len(moves.after[number]) >= LEAST_POSTS:
                self.awake.add(number)
        self._list(touched & set(moves.after))
        return [
            MatterEvent(kind, tuple(names[number] for number in involved), at, self._names(posts))
            for kind, involved, posts in moves.events()
        ]

    # --- bookkeeping

    def _home(self, post: int) -> int:
        number = self.pool.posts[post].group
        if number is None:
            raise LookupError(f"post {post} was not placed")
        return number

    def _found(self, post: int) -> int:
        """A new, empty matter, named after its first post."""
        first = self.pool.posts[post].post
        name = first.id
        while name in self._ids:
            name += "+"
        number = self.next
        self._ids[name] = number
        self.groups[number] = Group(name, first.posted_at)
        self.next += 1
        self.alive += 1
        return number

    def _join(self, number: int, posts: Iterable[int]) -> None:
        group = self.groups[number]
        for post in posts:
            taken = self.pool.posts[post]
            if taken.group != number:
                self.pool.posts[post] = replace(taken, group=number)
            group.members.append(post)
            group.latest_at = max(group.latest_at, taken.post.posted_at)
            if taken.copy_of is None:
                group.voices.append(post)
        del group.voices[:-MOST_VOICES]
        self.groups[number] = group

    def _fill(self, number: int, posts: Sequence[int]) -> None:
        """Let the matter hold these posts and no others."""
        first_at = self.pool.posts[posts[0]].post.posted_at
        self.groups[number] = replace(self.groups[number], members=[], voices=[], latest_at=first_at)
        self._join(number, posts)

    def _leave(self, post: int) -> None:
        taken = self.pool.posts[post]
        if taken.group is None:
            return
        self.pool.posts[post] = replace(taken, group=None)
        left = [other for other in self.groups[taken.group].members if other != post]
        if left:
            self._fill(taken.group, left)
            self.dirty.add(taken.group)
        else:
            self._remove(taken.group)

    def _remove(self, number: int) -> None:
        del self.groups[number]
        self.alive -= 1
        self.dirty.discard(number)
        self.awake.discard(number)

    def _list(self, numbers: Iterable[int]) -> None:
        """Note matters as changed, and keep them findable."""
        changed = sorted(numbers)
        if changed:
            nodes = self.pool.nodes([self.groups[number].voices for number in changed])
            self._index.put(changed, nodes)
            self.dirty.update(changed)

    def _names(self, posts: Iterable[int]) -> tuple[str, ...]:
        return tuple(self.pool.posts[post].post.id for post in posts)
