"""The posts that matters are made of: read once, copies recognised, handed out as nodes for linking."""

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from nlp.matter_linkage import Nodes, Rules
from nlp.matter_types import MatterPost
from nlp.matter_vectors import Features, VectorSpace, read_features
from nlp.near_duplicates import NearDuplicates, Signature, plain, signature


class PostPool:
    """Posts by index, in order of arrival. `copy_of` leads from a copy to the post it repeats."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.space = VectorSpace()
        self.posts: list[MatterPost] = []
        self.features: list[Features] = []
        self.minima: list[Signature] = []
        self.texts: list[int] = []
        self.copy_of: dict[int, int] = {}
        self.index: dict[str, int] = {}
        self.by_author: Counter[str] = Counter()
        self.by_place: Counter[str] = Counter()
        self._copies: dict[int, set[int]] = {}
        self._duplicates = NearDuplicates()

    def take_in(self, posts: Iterable[MatterPost]) -> tuple[list[int], list[int]]:
        """Store posts. Returns the indexes that have to be placed (new, or with a new text), oldest first, and those
        of them that were known before. Of a post with the same text only votes and sentiment are taken over."""
        fresh: dict[int, None] = {}
        changed = []
        for post in sorted(posts, key=lambda post: (post.posted_at, post.id)):
            known = self.index.get(post.id)
            text = _checksum(post)
            if known is not None and self.texts[known] == text:
                self.posts[known] = _slim(post)
                continue
            if known is None:
                known = self._append(post, text)
            else:
                self._replace(known, post, text)
                changed.append(known)
            fresh[known] = None
        self.space.count([self.features[index] for index in fresh if index not in changed])
        for index in fresh:
            self._recognise(index)
        return list(fresh), changed

    def put_back(self, post: MatterPost, features: Features, minima: Signature, text: int, copy_of: int | None) -> None:
        """Take over the next post from a stored state."""
        self._store(post, features, minima, text)
        self._duplicates.add(len(self.posts) - 1, minima)
        if copy_of is not None:
            self._make_copy(len(self.posts) - 1, copy_of)

    def _append(self, post: MatterPost, text: int) -> int:
        features, minima = _read(post)
        self._store(_slim(post), features, minima, text)
        return len(self.posts) - 1

    def _store(self, post: MatterPost, features: Features, minima: Signature, text: int) -> None:
        self.index[post.id] = len(self.posts)
        self.posts.append(post)
        self.features.append(features)
        self.minima.append(minima)
        self.texts.append(text)
        self.by_place.update(set(post.places))
        if post.author:
            self.by_author[post.author] += 1

    def _make_copy(self, index: int, original: int) -> None:
        self.copy_of[index] = original
        self._copies.setdefault(original, set()).add(index)

    def _replace(self, index: int, post: MatterPost, text: int) -> None:
        """Take the new text of a post; its copies now repeat the oldest of them."""
        self.posts[index] = _slim(post)
        self.features[index], self.minima[index] = _read(post)
        self.texts[index] = text
        original = self.copy_of.pop(index, None)
        if original is not None:
            self._copies[original].remove(index)
        copies = sorted(self._copies.pop(index, ()))
        for copy in copies:
            del self.copy_of[copy]
        for copy in copies[1:]:
            self._make_copy(copy, copies[0])

    def _recognise(self, index: int) -> None:
        for other in self._duplicates.find(self.minima[index]):
            original = self.copy_of.get(other, other)
            if original != index and not self._other_place(index, original):
                self._make_copy(index, original)
                break
        self._duplicates.add(index, self.minima[index])

    def _other_place(self, index: int, other: int) -> bool:
        """Whether the titles name different places: the same text sent about another place is no copy."""
        one, two = self.features[index], self.features[other]
        shares = self.space.share_of_name(one, two), self.space.share_of_name(two, one)
        return None not in shares and max(share for share in shares if share is not None) < self.rules.shared_name

    def fit(self) -> None:
        """Find the topics in all posts that are no copies."""
        self.space.fit([features for index, features in enumerate(self.features) if index not in self.copy_of])

    @property
    def threshold(self) -> float:
        """The likeness from which two groups are one matter, as things stand."""
        return self.rules.alike if self.space.fitted_on else self.rules.least_grams

    def nodes(self, groups: Sequence[Sequence[int]], fixed: Sequence[bool] | None = None) -> Nodes:
        """One node for each group of post indexes."""
        posts = [post for group in groups for post in group]
        features = [self.features[post] for post in posts]
        gram_ids, (grams, names) = _compact(self.space.grams(features), self.space.names(features))
        present = csr_matrix((np.ones_like(grams.data), grams.indices, grams.indptr), shape=grams.shape)
        nodes = Nodes(
            gram_ids=gram_ids,
            grams=grams,
            present=present,
            things=self.space.things(features),
            names=names,
            named=(np.diff(names.indptr) > 0).astype(np.float32),
            habitual=self._habitual(posts),
            size=np.ones(len(posts), dtype=np.float32),
            fixed=np.zeros(len(posts), dtype=np.bool_),
        )
        if len(posts) > len(groups):
            nodes = nodes.merged(np.repeat(np.arange(len(groups)), [len(group) for group in groups]))
        return replace(nodes, fixed=np.array(fixed, dtype=np.bool_)) if fixed is not None else nodes

    def _habitual(self, posts: Sequence[int]) -> csr_matrix:
        columns: dict[str, int] = {}
        rows, cells = [], []
        for row, post in enumerate(posts):
            author = self.posts[post].author
            if author and self.by_author[author] > self.rules.habitual:
                rows.append(row)
                cells.append(columns.setdefault(author, len(columns)))
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
    return read_features(title, body, post.tokens, places), signature(title, body)


def _checksum(post: MatterPost) -> int:
    return zlib.crc32(f"{post.title}\n{post.body}".encode())


def _slim(post: MatterPost) -> MatterPost:
    """The post without its body, and of its words only those of the title: what is shown of a matter."""
    words = tuple(dict.fromkeys(token for token in post.tokens if len(token) > 1 and token in post.title))
    return replace(post, body="", tokens=words)
