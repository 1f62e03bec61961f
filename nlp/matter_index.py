"""Finds matters by the grams that tell most about them, in lists of bounded length."""

from collections.abc import Iterable, MutableMapping

from nlp.matter_linkage import TELLING_GRAMS, Nodes, most_telling

GRAMS_OF_A_MATTER = 40
MOST_LISTED = 64
"""A list keeps the matters that changed last. A gram of more matters than this tells little."""
MOST_FOUND = 8
LEAST_SHARED = 0.03


class MatterIndex:
    """Lists of matters for each gram."""

    def __init__(self, lists: MutableMapping[int, list[int]]) -> None:
        self._lists = lists

    def put(self, matters: Iterable[int], nodes: Nodes) -> None:
        """List each matter under the weightiest grams of its node."""
        few = most_telling(nodes.grams, GRAMS_OF_A_MATTER)
        grams = nodes.gram_ids[few.indices]
        for row, matter in enumerate(matters):
            for gram in grams[few.indptr[row] : few.indptr[row + 1]].tolist():
                listed = self._lists.get(gram, [])
                if listed and listed[-1] == matter:
                    continue
                if matter in listed:
                    listed.remove(matter)
                elif len(listed) == MOST_LISTED:
                    del listed[0]
                listed.append(matter)
                self._lists[gram] = listed

    def find(self, nodes: Nodes) -> list[list[int]]:
        """For each node up to 8 matters that share most of its weight, best first."""
        few = most_telling(nodes.grams, TELLING_GRAMS)
        grams = nodes.gram_ids[few.indices]
        found = []
        for row in range(few.shape[0]):
            part = slice(few.indptr[row], few.indptr[row + 1])
            shared: dict[int, float] = {}
            for gram, weight in zip(grams[part].tolist(), few.data[part].tolist(), strict=True):
                for matter in self._lists.get(gram, ()):
                    shared[matter] = shared.get(matter, 0.0) + weight * weight
            best = sorted(((-weight, matter) for matter, weight in shared.items() if weight >= LEAST_SHARED))
            found.append([matter for _, matter in best[:MOST_FOUND]])
        return found
