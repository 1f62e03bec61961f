"""The second level of the category tree: named only where the labelled posts show that the answer can be relied on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.features import Floats, Numbers

FEWEST_POSTS = 10
"""A second-level category with fewer labelled posts is not learned."""
FEWEST_ANSWERS = 20
PRECISION = 0.9
"""Share of right answers on posts not trained on that a first-level category must reach, or it gets no second level."""


@dataclass(frozen=True)
class SecondLevels:
    """Weights of the second-level categories. `parents` is the number of the first-level category of each.

    An answer is given where the best category leads the runner-up by at least the `lead` of its parent.
    """

    names: list[str]
    parents: Numbers
    weights: NDArray[np.float16]
    intercept: Floats
    lead: Floats

    def name(self, words: csr_matrix, first: Numbers) -> list[str | None]:
        """The second-level category of each post (rows of `words`) under its first-level one, None where unsure."""
        margins = words @ self.weights.astype(np.float32) + self.intercept
        margins[self.parents[None, :] != first[:, None]] = -np.inf
        best, lead = _best(margins)
        sure = lead >= self.lead[first]
        return [self.names[number] if certain else None for number, certain in zip(best, sure, strict=True)]


def learn(words: csr_matrix, first: Numbers, second: Sequence[str | None], folds: Numbers) -> SecondLevels | None:
    """Second-level categories learned from the posts that carry one; None when no parent reaches `PRECISION`.

    `folds` is the fold each post is held out in to find how large a lead can be relied on.
    """
    names: list[str] = []
    parents: list[int] = []
    columns: list[NDArray[np.float32]] = []
    intercepts: list[NDArray[np.float32]] = []
    leads = np.full(int(first.max()) + 1, np.inf, dtype=np.float32)
    labels = np.array([label or "" for label in second])
    for parent in np.unique(first):
        rows = np.flatnonzero((first == parent) & (labels != ""))
        found, counts = np.unique(labels[rows], return_counts=True)
        children = [str(label) for label in found[counts >= FEWEST_POSTS]]
        if len(children) < 2:
            continue
        lead = _reliable_lead(words[rows], labels[rows], children, folds[rows])
        if lead is None:
            continue
        leads[parent] = lead
        fitted, intercept = _fit(words[rows], labels[rows], children)
        names += children
        parents += [int(parent)] * len(children)
        columns.append(fitted)
        intercepts.append(intercept)
    if not names:
        return None
    weights: NDArray[np.float16] = np.concatenate(columns, axis=1).astype(np.float16)
    return SecondLevels(names, np.array(parents), weights, np.concatenate(intercepts), leads)


def _fit(words: csr_matrix, labels: NDArray[np.str_], children: Sequence[str]) -> tuple[Floats, Floats]:
    """Ridge regression of each category against the others: weights (features x categories) and intercepts."""
    from sklearn.linear_model import Ridge

    targets = np.where(labels[:, None] == np.array(children), 1.0, -1.0)
    ridge = Ridge(alpha=1.0, solver="sparse_cg", tol=1e-2).fit(words, targets)
    return ridge.coef_.T.astype(np.float32), ridge.intercept_.astype(np.float32)


def _reliable_lead(
    words: csr_matrix, labels: NDArray[np.str_], children: Sequence[str], folds: Numbers
) -> float | None:
    """The smallest lead from which on `PRECISION` of the answers on held-out posts are right, None if there is none.

    Posts of categories too small to be learned are held out too: there every answer is wrong, as it will be in use.
    """
    lead, right = np.zeros(len(labels)), np.zeros(len(labels), dtype=bool)
    for fold in np.unique(folds):
        held = folds == fold
        if held.all():
            return None
        weights, intercept = _fit(words[~held], labels[~held], children)
        best, lead[held] = _best(words[held] @ weights + intercept)
        right[held] = np.array(children)[best] == labels[held]
    order = np.argsort(-lead, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    reached = np.flatnonzero((precision >= PRECISION) & (np.arange(len(order)) >= FEWEST_ANSWERS - 1))
    return float(lead[order[reached[-1]]]) if len(reached) else None


def _best(margins: NDArray[np.float32]) -> tuple[Numbers, Floats]:
    """The best category of each row, and by how much it leads the runner-up (0 where there is none to choose)."""
    ordered = np.sort(margins, axis=1)
    with np.errstate(invalid="ignore"):
        lead = np.nan_to_num(ordered[:, -1] - ordered[:, -2], nan=0.0, posinf=0.0)
    return margins.argmax(axis=1), lead
