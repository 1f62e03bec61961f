"""Average linkage over a sparse graph: groups of posts of which any two parts are, on average, alike enough.

Average linkage is reducible: pairs that are each other's best partner may be merged in any order, all at once, and the
result is that of merging one pair at a time (Bruynooghe 1977). And since the likeness of a union to a third group is a
mean of two likenesses, an edge below the threshold can never matter again. So a round is: score the edges, drop the weak
ones, merge all mutually best pairs; the groups are kept as sums of vectors.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

Indexes = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

EDGES_AT_ONCE = 20_000
ROWS_AT_ONCE = 1_000
TELLING_GRAMS = 24
"""So many of a post's weightiest grams find its neighbours."""
MOST_NEIGHBOURS = 40
LEAST_SHARED = 0.02


@dataclass(frozen=True)
class Rules:
    """What counts as alike. Chosen on half of the gold matters kept with the tests, checked on the other half."""

    alike: float = 0.268
    """Mean likeness from which two groups are one matter."""
    alike_without_topics: float = 0.08
    """The same while there are too few posts for a topic space, and likeness is that of grams alone."""
    least_grams: float = 0.1
    """Likeness of grams alone that two groups must reach besides: the same kind of thing is not yet the same thing."""
    least_apart: float = 0.045
    """Likeness of grams apart from the places that the titles name, also besides: the same place is not yet the same
    thing."""
    thing_weight: float = 0.3
    """How much likeness of things counts beside likeness of grams."""
    other_name: float = 0.1
    """Factor for groups whose titles name different places: copied texts about another place."""
    shared_name: float = 0.2
    """Names are different when less than this share of one's is found in the other's text."""
    same_habit: float = 0.5
    """Factor for posts of one habitual writer: they are alike by their wording, whatever they are about."""
    habitual: int = 20
    """An author with more posts than this is a habitual writer."""

    def without_topics(self) -> "Rules":
        """What counts while there is no topic space."""
        return replace(self, alike=self.alike_without_topics, least_grams=self.alike_without_topics)


@dataclass(frozen=True)
class Nodes:
    """Groups of posts (at first single posts) as sums over their posts. `fixed` ones are never merged with each other.

    Columns of `grams`, `of_names` (the part of `grams` that the names in the titles make up), `present` and `names` stand
    for `gram_ids`.
    """

    gram_ids: npt.NDArray[np.int32]
    grams: csr_matrix
    of_names: csr_matrix
    present: csr_matrix
    things: Floats
    names: csr_matrix
    named: Floats
    habitual: csr_matrix
    size: Floats
    fixed: npt.NDArray[np.bool_]

    def merged(self, group: Indexes) -> "Nodes":
        """The nodes summed by group number (0, 1, ...)."""
        count = int(group.max()) + 1 if len(group) else 0
        gather = csr_matrix(
            (np.ones(len(group), dtype=np.float32), (group, np.arange(len(group)))), shape=(count, len(group))
        )
        return Nodes(
            gram_ids=self.gram_ids,
            grams=_ordered(gather @ self.grams),
            of_names=_ordered(gather @ self.of_names),
            present=_ordered(gather @ self.present),
            things=np.asarray(gather @ self.things, dtype=np.float32),
            names=_ordered(gather @ self.names),
            named=np.asarray(gather @ self.named, dtype=np.float32),
            habitual=gather @ self.habitual,
            size=np.asarray(gather @ self.size, dtype=np.float32),
            fixed=np.asarray(gather @ self.fixed.astype(np.float32)) > 0,
        )


def neighbours(grams: csr_matrix) -> tuple[Indexes, Indexes]:
    """Pairs of rows (first < second) that share telling grams: for each row the 40 that share most."""
    rows = grams.shape[0]
    few = most_telling(grams, TELLING_GRAMS)
    posts = np.bincount(few.indices, minlength=few.shape[1])
    # What every fiftieth post contains tells nothing, and would make the work grow with the square of the posts.
    few.data[posts[few.indices] > max(200, rows // 50)] = 0
    few.eliminate_zeros()
    by_gram = few.T.tocsr()
    found: list[Indexes] = []
    for start in range(0, rows, ROWS_AT_ONCE):
        shared = (few[start : start + ROWS_AT_ONCE] @ by_gram).tocoo()
        row, column = shared.row.astype(np.int64) + start, shared.col.astype(np.int64)
        kept = (shared.data >= LEAST_SHARED) & (row != column)
        row, column, weight = row[kept], column[kept], shared.data[kept]
        order = np.lexsort((column, -weight, row))
        row, column = row[order], column[order]
        rank = np.arange(len(row)) - np.searchsorted(row, row)
        row, column = row[rank < MOST_NEIGHBOURS], column[rank < MOST_NEIGHBOURS]
        found.append(np.minimum(row, column) * rows + np.maximum(row, column))
    pairs = np.unique(np.concatenate(found)) if found else np.empty(0, dtype=np.int64)
    return pairs // max(rows, 1), pairs % max(rows, 1)


def most_telling(grams: csr_matrix, most: int) -> csr_matrix:
    """The rows with only their `most` weightiest entries."""
    kept = [np.empty(0, dtype=np.int64)]
    for start in range(0, grams.shape[0], ROWS_AT_ONCE):
        ends = grams.indptr[start : start + ROWS_AT_ONCE + 1]
        part, lengths = slice(ends[0], ends[-1]), np.diff(ends)
        order = np.lexsort((grams.indices[part], -grams.data[part], np.repeat(np.arange(len(lengths)), lengths)))
        rank = np.arange(len(order)) - np.repeat(ends[:-1] - ends[0], lengths)
        kept.append(np.sort(order[rank < most]) + ends[0])
    chosen = np.concatenate(kept)
    ends = np.concatenate([[0], np.cumsum(np.minimum(np.diff(grams.indptr), most))])
    return csr_matrix((grams.data[chosen], grams.indices[chosen], ends), shape=grams.shape)


def link(nodes: Nodes, first: Indexes, second: Indexes, rules: Rules) -> Indexes:
    """The group number of each node after merging along the edges `first`-`second` while mean likeness is enough."""
    group = np.arange(len(nodes.size), dtype=np.int64)
    scores = np.full(len(first), np.nan, dtype=np.float32)
    while len(first):
        new = np.isnan(scores)
        scores[new] = likeness(nodes, first[new], second[new], rules)
        kept = (scores >= rules.alike) & ~(nodes.fixed[first] & nodes.fixed[second])
        first, second, scores = first[kept], second[kept], scores[kept]
        if not len(first):
            break
        best = _mutually_best(first, second, scores, len(nodes.size))
        target = np.arange(len(nodes.size), dtype=np.int64)
        target[second[best]] = first[best]
        target = np.unique(target, return_inverse=True)[1].astype(np.int64)
        grown = np.zeros(int(target.max()) + 1, dtype=np.bool_)
        grown[target[first[best]]] = True
        group, nodes = target[group], nodes.merged(target)
        first, second, scores = _renamed(target[first], target[second], scores, grown, len(nodes.size))
    return group


def likeness(nodes: Nodes, first: Indexes, second: Indexes, rules: Rules) -> Floats:
    """Mean likeness between the posts of each pair of nodes, 0 to about 1.3."""
    result = np.zeros(len(first), dtype=np.float32)
    alike = _dots(nodes.grams, first, nodes.grams, second) / (nodes.size[first] * nodes.size[second])
    kept = np.flatnonzero(alike >= rules.least_grams)
    apart = _alike_apart_from_names(nodes, first[kept], second[kept], alike[kept])
    kept = kept[apart >= rules.least_apart]
    first, second, alike = first[kept], second[kept], alike[kept]
    pairs = nodes.size[first] * nodes.size[second]
    for start in range(0, len(first), EDGES_AT_ONCE):
        part = slice(start, start + EDGES_AT_ONCE)
        things = np.einsum("ij,ij->i", nodes.things[first[part]], nodes.things[second[part]])
        alike[part] += rules.thing_weight * things / pairs[part]
    if nodes.habitual.nnz:
        same = _dots(nodes.habitual, first, nodes.habitual, second) / pairs
        alike *= 1 - (1 - rules.same_habit) * same
    result[kept] = np.where(different_names(nodes, first, second, rules), rules.other_name * alike, alike)
    return result


def _alike_apart_from_names(nodes: Nodes, first: Indexes, second: Indexes, alike: Floats) -> Floats:
    """Mean likeness of grams (`alike`) when each post's title names no places."""
    names = (
        _dots(nodes.of_names, first, nodes.grams, second)
        + _dots(nodes.grams, first, nodes.of_names, second)
        - _dots(nodes.of_names, first, nodes.of_names, second)
    )
    return np.asarray(alike - names / (nodes.size[first] * nodes.size[second]), dtype=np.float32)


def different_names(nodes: Nodes, first: Indexes, second: Indexes, rules: Rules) -> npt.NDArray[np.bool_]:
    """Whether both name places, and neither's are found in the other's texts."""
    result = (nodes.named[first] >= nodes.size[first] / 2) & (nodes.named[second] >= nodes.size[second] / 2)
    one, other = first[result], second[result]
    found = np.maximum(
        _dots(nodes.names, one, nodes.present, other) / (nodes.named[one] * nodes.size[other]),
        _dots(nodes.names, other, nodes.present, one) / (nodes.named[other] * nodes.size[one]),
    )
    result[result] = found < rules.shared_name
    return result


def _dots(left: csr_matrix, first: Indexes, right: csr_matrix, second: Indexes) -> Floats:
    result = np.zeros(len(first), dtype=np.float32)
    for start in range(0, len(first), EDGES_AT_ONCE):
        part = slice(start, start + EDGES_AT_ONCE)
        result[part] = np.asarray(left[first[part]].multiply(right[second[part]]).sum(axis=1)).ravel()
    return result


def _mutually_best(first: Indexes, second: Indexes, scores: Floats, nodes: int) -> Indexes:
    """Edges that are the best of both their ends; of equal scores the one whose nodes stand first."""
    order = np.lexsort((second, first, -scores))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    best = np.full(nodes, len(order), dtype=np.int64)
    np.minimum.at(best, first, rank)
    np.minimum.at(best, second, rank)
    return np.flatnonzero((best[first] == rank) & (best[second] == rank))


def _renamed(
    first: Indexes, second: Indexes, scores: Floats, grown: npt.NDArray[np.bool_], nodes: int
) -> tuple[Indexes, Indexes, Floats]:
    """The edges between the new nodes, each once; those of grown nodes are to be scored again (NaN)."""
    scores = np.where(grown[first] | grown[second], np.float32(np.nan), scores)
    low, high = np.minimum(first, second), np.maximum(first, second)
    pairs, index = np.unique(low * nodes + high, return_index=True)
    index = index[low[index] != high[index]]
    pairs = low[index] * nodes + high[index]
    return pairs // nodes, pairs % nodes, scores[index]


def _ordered(matrix: csr_matrix) -> csr_matrix:
    """The matrix with ascending columns in each row: multiplying unordered ones is many times slower."""
    matrix.sort_indices()
    return matrix
