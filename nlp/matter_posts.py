"""The posts that matters are made of: read once, copies recognised, handed out as nodes for linking."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from nlp.matter_linkage import Nodes, Rules
from nlp.matter_shelves import Shelves
from nlp.matter_types import MatterPost, Taken
from nlp.matter_vectors import Features, VectorSpace, read_features
from nlp.near_duplicates import NearDuplicates, Signature, plain, signature

MOST_TO_FIT = 20_000


class PostPool:
    """Posts by number, in order of arrival. A copy knows the post it repeats."""

    def __init__(self, rules: Rules, shelves: Shelves) -> None:
        self.rules = rules
        self.space = VectorSpace()
        self.count = 0
        self.posts = shelves.posts
        self._features = shelves.features
        self._numbers = shelves.numbers
        self._authors = shelves.authors
        self._places = shelves.places
        self._duplicates = NearDuplicates(shelves.minima, shelves.buckets)

    def take_in(self, posts: Iterable[MatterPost]) -> tuple[list[int], list[int]]:
        """Store posts. Returns the numbers of those that have to be placed (new, or with a new text), oldest first, and
        those of them that were known before. Of a post with the same text only votes and sentiment are taken over."""
        fresh: dict[int, Signature] = {}
        new, changed = [], []
        for post in sorted(posts, key=lambda post: (post.posted_at, post.id)):
            number = self._numbers.get(post.id)
            text = _checksum(post)
            if number is not None and self.posts[number].text == text:
                self.posts[number] = replace(self.posts[number], post=_slim(post))
                continue
            features, minima = _read(post)
            if number is None:
                number = self._append(post, text, features)
                new.append(number)
            else:
                self._replace(number, post, text)
                changed.append(number)
            self._features[number] = features
            fresh[number] = minima
        self.space.count([self._features[number] for number in new])
        for number, minima in fresh.items():
            self._recognise(number, minima)
        return list(fresh), changed

    def number_of(self, post_id: str) -> int | None:
        """The number of a post."""
        return self._numbers.get(post_id)

    def is_copy(self, number: int) -> bool:
        """Whether the post only repeats another."""
        return self.posts[number].copy_of is not None

    def posts_that_name(self, place: str) -> int:
        """How many there are."""
        return self._places.get(place, 0)

    def _append(self, post: MatterPost, text: int, features: Features) -> int:
        number = self.count
        self.count += 1
        self._numbers[post.id] = number
        self.posts[number] = Taken(_slim(post), text)
        for place in set(post.places):
            self._places[place] = self._places.get(place, 0) + 1
        if features.author:
            self._authors[features.author] = self._authors.get(features.author, 0) + 1
        return number

    def _replace(self, number: int, post: MatterPost, text: int) -> None:
        """Take the new text of a post; its copies now repeat the oldest of them."""
        taken = self.posts[number]
        if taken.copy_of is not None:
            original = self.posts[taken.copy_of]
            original.copies.remove(number)
            self.posts[taken.copy_of] = original
        copies = sorted(taken.copies)
        for copy in copies[:1]:
            self.posts[copy] = replace(self.posts[copy], copy_of=None)
        for copy in copies[1:]:
            self._make_copy(copy, copies[0])
        self.posts[number] = replace(taken, post=_slim(post), text=text, copy_of=None, copies=[])

    def _make_copy(self, number: int, of: int) -> None:
        self.posts[number] = replace(self.posts[number], copy_of=of)
        original = self.posts[of]
        original.copies.append(number)
        self.posts[of] = original

    def _recognise(self, number: int, minima: Signature) -> None:
        for other in self._duplicates.find(minima):
            copy_of = self.posts[other].copy_of
            original = other if copy_of is None else copy_of
            if original != number and not self._other_place(number, original):
                self._make_copy(number, original)
                break
        self._duplicates.add(number, minima)

    def _other_place(self, number: int, other: int) -> bool:
        """Whether the titles name different places: the same text sent about another place is no copy."""
        one, two = self._features[number], self._features[other]
        shares = self.space.share_of_name(one, two), self.space.share_of_name(two, one)
        return None not in shares and max(share for share in shares if share is not None) < self.rules.shared_name

    def fit(self) -> None:
        """Find the topics in all posts that are no copies, or in 20,000 evenly spread ones of them."""
        numbers = [number for number in range(self.count) if not self.is_copy(number)]
        self.space.fit([self._features[number] for number in numbers[:: -(-len(numbers) // MOST_TO_FIT)]])

    @property
    def rules_in_force(self) -> Rules:
        """What counts as alike, as things stand."""
        return self.rules if self.space.fitted_on else self.rules.without_topics()

    def nodes(self, groups: Sequence[Sequence[int]], fixed: Sequence[bool] | None = None) -> Nodes:
        """One node for each group of post indexes."""
        posts = [post for group in groups for post in group]
        features = [self._features[post] for post in posts]
        gram_ids, (grams, names) = _compact(self.space.grams(features), self.space.names(features))
        present = csr_matrix((np.ones_like(grams.data), grams.indices, grams.indptr), shape=grams.shape)
        named = csr_matrix((np.ones_like(names.data), names.indices, names.indptr), shape=names.shape)
        nodes = Nodes(
            gram_ids=gram_ids,
            grams=grams,
            of_names=grams.multiply(named).tocsr(),
            present=present,
            things=self.space.things(features),
            names=names,
            named=(np.diff(names.indptr) > 0).astype(np.float32),
            habitual=self._habitual(features),
            size=np.ones(len(posts), dtype=np.float32),
            fixed=np.zeros(len(posts), dtype=np.bool_),
        )
        if len(posts) > len(groups):
            nodes = nodes.merged(np.repeat(np.arange(len(groups)), [len(group) for group in groups]))
        return replace(nodes, fixed=np.array(fixed, dtype=np.bool_)) if fixed is not None else nodes

    def _habitual(self, posts: Sequence[Features]) -> csr_matrix:
        columns: dict[int, int] = {}
        rows, cells = [], []
        for row, post in enumerate(posts):
            if post.author and self._authors[post.author] > self.rules.habitual:
                rows.append(row)
                cells.append(columns.setdefault(post.author, len(columns)))
        ones = np.ones(len(rows), dtype=np.float32)
        return csr_matrix((ones, (rows, cells)), shape=(len(posts), max(len(columns), 1)))


def _compact(*matrices: csr_matrix) -> tuple[npt.NDArray[np.int32], list[csr_matrix]]:
    """The columns that hold anything, and the matrices with only these."""
    used = np.unique(np.concatenate([matrix.indices for matrix in matrices]))
    width = max(len(used), 1)
    return used, [
        csr_matrix((matrix.data, np.searchsorted(used, matrix.indices), matrix.indptr), shape=(matrix.shape[0], width))
        for matrix in matrices
    ]


def _read(post: MatterPost) -> tuple[Features, Signature]:
    title, body = plain(post.title), plain(post.body)
    places = [plain(place).strip() for place in post.places]
    return read_features(post.author, title, body, post.tokens, places), signature(title, body)


def _checksum(post: MatterPost) -> int:
    return zlib.crc32(f"{post.title}\n{post.body}".encode())


def _slim(post: MatterPost) -> MatterPost:
    """The post without its body, and of its words only those of the title: what is shown of a matter."""
    words = tuple(dict.fromkeys(token for token in post.tokens if len(token) > 1 and token in post.title))
    return replace(post, body="", tokens=words)
