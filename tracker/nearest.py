"""Nearest-neighbour search in the rings of a gallery: brute force by BLAS, and a k-d tree, with the same answers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import Floats, Integers

Vectors = NDArray[np.float32]


# So many vectors a ring are compared one by one before the k-d tree is built anew.
LATER = 32


class Rings:
    """The storage of a gallery: `slots` rings of the `budget` newest vectors.

    vectors: (slots, budget, d) float32. half_squares: (slots, budget) float32, half the squared lengths.
    counts: (slots,) int64, vectors a ring has ever taken; number k lies at position k % budget.
    unit: whether all vectors have length 1.
    """

    def __init__(self, slots: int, budget: int, dimension: int, unit: bool) -> None:
        self.unit = unit
        self.vectors: Vectors = np.zeros((slots, budget, dimension), np.float32)
        self.half_squares: Vectors = np.full((slots, budget), 0.5 if unit else 0.0, np.float32)
        self.counts: Integers = np.zeros(slots, np.int64)

    @property
    def budget(self) -> int:
        return self.vectors.shape[1]

    def add(self, slots: Integers, vectors: Vectors) -> None:
        """One vector `(m, d)` for each of the rings; the oldest leaves a full one."""
        position = self.counts[slots] % self.budget
        self.vectors[slots, position] = vectors
        if not self.unit:
            self.half_squares[slots, position] = np.einsum("nd,nd->n", vectors, vectors) * np.float32(0.5)
        self.counts[slots] += 1

    def squared(self, slot: int, position: int, query: Vectors) -> float:
        """Squared Euclidean distance, from the difference: no cancellation."""
        difference = self.vectors[slot, position] - query
        return float(difference @ difference)


class Search(Protocol):
    """Finds, for pairs of a ring and a query, the squared Euclidean distance to the ring's nearest vector."""

    def __call__(self, slots: Integers, rows: Integers, queries: Vectors) -> Floats: ...

    def forget(self, slots: Integers) -> None:
        """These rings start anew; whatever was prepared for them is void."""


class BruteForce:
    """Inner products by BLAS find the nearest vector of each ring."""

    def __init__(self, rings: Rings) -> None:
        self.rings = rings

    def __call__(self, slots: Integers, rows: Integers, queries: Vectors) -> Floats:
        rings = self.rings
        sizes = np.minimum(rings.counts[slots], rings.budget).tolist()
        out = np.empty(len(slots))
        for pair, (slot, row, size) in enumerate(zip(slots.tolist(), rows.tolist(), sizes, strict=True)):
            query = queries[row]
            closeness = rings.vectors[slot, :size] @ query
            if rings.unit:  # |a - b|^2 = 2 - 2ab
                out[pair] = 2 - 2 * closeness[closeness.argmax()]
            else:
                closeness -= rings.half_squares[slot, :size]
                out[pair] = rings.squared(slot, int(closeness.argmax()), query)
        return np.maximum(out, 0, out=out)

    def forget(self, slots: Integers) -> None:
        """Nothing is prepared."""


class KDTree:
    """One k-d tree over all rings, asked for all pairs in one call.

    A coordinate that tells the rings apart, far wider than any distance inside one, keeps each query in its own ring.
    The tree is not built anew in every frame: the vectors that came later are compared one by one, and a ring whose
    nearest vector in the tree has left it since is searched by brute force.
    """

    def __init__(self, rings: Rings) -> None:
        self.rings = rings
        self._brute = BruteForce(rings)
        self._built = np.full(len(rings.counts), -1)  # vectors a ring had taken when the tree was built; -1: not in it

    def forget(self, slots: Integers) -> None:
        """These rings are not in the tree."""
        self._built[slots] = -1

    def __call__(self, slots: Integers, rows: Integers, queries: Vectors) -> Floats:
        if not len(slots):
            return np.empty(0)
        if self._is_stale(slots):
            self._build()
        rings, counts, built = self.rings, self.rings.counts[slots], self._built[slots]
        found = self._tree.query(np.column_stack((slots * self._spacing, queries[rows])))[1]
        number = self._numbers[found]
        # A query far longer than every vector may have found another ring.
        alive = np.nonzero((built > 0) & (self._slots[found] == slots) & (number >= counts - rings.budget))[0]
        gone = np.ones(len(slots), bool)
        gone[alive] = False
        # The nearest of the tree, and all that came later; a ring with fewer of those repeats its newest.
        later = (counts - built)[alive, None]
        numbers = built[alive, None] + np.minimum(np.arange(later.max(initial=0)), later - 1)
        numbers = np.column_stack((number[alive], numbers))
        difference = rings.vectors[slots[alive, None], numbers % rings.budget] - queries[rows[alive], None]
        out = np.empty(len(slots))
        out[alive] = np.einsum("ptd,ptd->pt", difference, difference).min(1)
        out[gone] = self._brute(slots[gone], rows[gone], queries)
        return out

    def _is_stale(self, slots: Integers) -> bool:
        built = self._built[slots]
        late = (self.rings.counts[slots] - built)[built > 0]
        return bool((built < 0).mean() > 0.25 or late.max(initial=0) > min(max(8, self.rings.budget // 4), LATER))

    def _build(self) -> None:
        from scipy.spatial import cKDTree

        rings = self.rings
        sizes = np.minimum(rings.counts, rings.budget)
        slot, position = (np.arange(rings.budget) < sizes[:, None]).nonzero()
        vectors = rings.vectors[slot, position].astype(np.float64)
        # Any two vectors are at most twice the longest length apart.
        self._spacing = 4.0 * float(np.sqrt(2 * rings.half_squares.max())) + 1.0
        count = rings.counts[slot]
        self._slots = slot
        self._numbers = count - 1 - (count - 1 - position) % rings.budget
        self._tree = cKDTree(np.column_stack((slot * self._spacing, vectors)))
        self._built = np.where(rings.counts > 0, rings.counts, -1)


def choose_search(rings: Rings) -> type[BruteForce] | type[KDTree]:
    """What `auto` takes: brute force, but for a few dimensions, where one call of the tree beats one a pair.

    Measured by benchmarks/gallery.py: pairs have passed the motion gate, so each asks one ring, which BLAS reads faster
    than a tree is kept up to date.
    """
    _, budget, dimension = rings.vectors.shape
    return KDTree if dimension <= 4 and budget <= 100 else BruteForce
