"""Exact nearest neighbours among very many embeddings: BLAS, or a k-d tree on the leading principal components.

A projection on orthonormal directions shortens every distance, so a distance in the leading principal components is a
lower bound of the Euclidean distance (Faloutsos et al., SIGMOD 1994, GEMINI). The tree gives candidates in growing
numbers; all dimensions of each are compared, and once the next candidate's bound lies above the k-th distance, the
answer is proven. A query that stays unproven is answered by BLAS.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.checks import checked_embeddings
from flatsort.tracker.nearest import Vectors

# Principal components in the tree: with more of them a tree visits most of its leaves.
LEADING = 8
# `auto` takes the tree from so many embeddings on, of at most so many dimensions: `benchmarks/gallery.py --large`. A
# high share of variance in the leading components was not enough to beat BLAS.
FEWEST, MOST_DIMENSIONS = 10_000, 4

_GROWTH, _SAMPLE = 1.25, 20_000  # of the gallery before its tree is built anew; most for the principal components
_QUERIES, _ROWS = 256, 8192  # of a block of inner products
_WIDER, _MOST_CANDIDATES = 8, 128  # times as many candidates for a query that is not proven, until these
# Of float32: the rounding of a number, what may vanish below its range, and its range.
_UNIT, _TINY, _LARGEST = 2.0**-24, 1e-37, float(np.finfo(np.float32).max)


class Neighbours(NamedTuple):
    """Pairs of a query and a neighbour.

    queries, indices: (p,) int64, rows of the queries and of the gallery. distances: (p,) float64, Euclidean.
    """

    queries: Integers
    indices: Integers
    distances: Floats


class LargeGallery:
    """Embeddings that are only ever added, and exact searches among them.

    An embedding's index is its place in the order of adding. Distances are Euclidean, computed in float64 from the
    difference; give unit vectors for cosine distance, 1 - cos = distance² / 2. New embeddings are compared by BLAS
    until they are a quarter of those in the tree, which is then built anew.

    search: "brute", "kdtree", or "auto", which takes the tree where it wins (`FEWEST`, `MOST_DIMENSIONS`).
    tree: of the last search, None where BLAS did all. share: of the variance, in the leading components.
    """

    def __init__(self, dimension: int, search: Literal["auto", "brute", "kdtree"] = "auto") -> None:
        if dimension < 1:
            raise ValueError(f"dimension is {dimension}, expected at least 1")
        if search not in ("auto", "brute", "kdtree"):
            raise ValueError(f"search is {search!r}, expected auto, brute or kdtree")
        self.search = search
        self._vectors: Vectors = np.empty((0, dimension), np.float32)
        self._half_squares: Vectors = np.empty(0, np.float32)
        self._size, self._longest, self._measured = 0, 0.0, 0  # measured: size when the tree was last built
        self.tree: Any = None  # a scipy.spatial.cKDTree
        self.share = float("nan")

    def __len__(self) -> int:
        return self._size

    @property
    def vectors(self) -> Vectors:
        """(n, d) float32, all embeddings, in the order of adding."""
        return self._vectors[: self._size]

    def add(self, embeddings: ArrayLike) -> None:
        """Append embeddings `(m, d)`. Raises ValueError where the shape is wrong or a number is not finite."""
        vectors = self._checked(embeddings)
        end = self._size + len(vectors)
        if end > len(self._vectors):
            room, old = max(end, 2 * len(self._vectors)), slice(self._size)
            self._vectors = np.concatenate((self._vectors[old], np.empty((room - self._size, vectors.shape[1]), "f4")))
            self._half_squares = np.concatenate((self._half_squares[old], np.empty(room - self._size, np.float32)))
        squares = np.einsum("nd,nd->n", vectors, vectors, dtype=np.float64)
        self._vectors[self._size : end] = vectors
        self._half_squares[self._size : end] = squares / 2
        self._size, self._longest = end, max(self._longest, float(np.sqrt(squares.max(initial=0.0))))

    def nearest(self, queries: ArrayLike, k: int = 1) -> tuple[Floats, Integers]:
        """The k nearest of each query `(n, d)`: distances and indices, both `(n, min(k, size))`.

        By distance, among equals by index. Raises ValueError as `add`, and where k is below 1.
        """
        if k < 1:
            raise ValueError(f"k is {k}, expected at least 1")
        asked, k = self._checked(queries), min(k, self._size)
        self._prepare()
        pairs, rows, end = _NONE, np.arange(len(asked)), self._size
        if self.tree is not None:
            end = self._measured
            late = self._scan(asked, rows, slice(end, self._size), k=k)
            pairs, rows = self._ask_tree(asked, k, late)
        pairs = _best(_joined(pairs, self._scan(asked, rows, slice(0, end), k=k)), k)
        return pairs.distances.reshape(len(asked), k), pairs.indices.reshape(len(asked), k)

    def within(self, queries: ArrayLike, radius: float) -> Neighbours:
        """All embeddings at most `radius` from each query `(n, d)`: by query, then distance, then index.

        Raises ValueError as `add`, and where the radius is negative or no number.
        """
        if not radius >= 0:
            raise ValueError(f"radius is {radius}, expected 0 or more")
        asked, radius = self._checked(queries), min(radius, 1e30)  # no distance is longer
        self._prepare()
        pairs, rows, start = _NONE, np.arange(len(asked)), 0
        if self.tree is not None and len(asked):
            start = self._measured
            found = self.tree.query_ball_point(self._project(asked), radius * (1 + 1e-12) + self._slack(asked))
            counts = np.array([len(each) for each in found])
            indices = np.fromiter((index for each in found for index in each), np.int64, counts.sum())
            pairs = self._measure(asked, rows.repeat(counts), indices)
        pairs = _joined(pairs, self._scan(asked, rows, slice(start, self._size), radius=radius))
        return _best(_chosen(pairs, pairs.distances <= radius), self._size)

    def _checked(self, embeddings: ArrayLike) -> Vectors:
        vectors = checked_embeddings(embeddings, len(np.asarray(embeddings)))
        dimension = self._vectors.shape[1]
        if not vectors.size:
            return np.empty((0, dimension), np.float32)
        if vectors.shape[1] != dimension:
            raise ValueError(f"embeddings have shape {vectors.shape}, expected (n, {dimension})")
        return vectors

    def _prepare(self) -> None:
        """Build the tree where the gallery has grown by a quarter since."""
        auto = FEWEST if self._vectors.shape[1] <= MOST_DIMENSIONS else np.inf
        fewest = {"brute": np.inf, "kdtree": 1, "auto": auto}[self.search]
        if self._size < max(fewest, _GROWTH * self._measured):
            return
        self._measured = self._size
        vectors = self._vectors[: self._size]
        self._mean, self._basis, self.share = leading_components(vectors, LEADING)
        from scipy.spatial import cKDTree

        self.tree = cKDTree(self._project(vectors), balanced_tree=False, compact_nodes=True)

    def _project(self, vectors: Vectors) -> Floats:
        parts = np.array_split(vectors, -(-len(vectors) // _ROWS) or 1)  # each becomes float64
        return np.concatenate([part @ self._basis for part in parts]) - self._mean @ self._basis

    def _slack(self, queries: Vectors) -> Floats:
        """More than what rounding in float64 adds to a distance between projections: (n,)."""
        lengths = np.sqrt(np.einsum("nd,nd->n", queries, queries, dtype=np.float64))
        slack: Floats = (lengths + self._longest) * queries.shape[1] * 1e-14
        return slack

    def _ask_tree(self, queries: Vectors, k: int, late: Neighbours) -> tuple[Neighbours, Integers]:
        """The k nearest of the tree and of `late`; and rows `(m,)` without proof, of which only `late` comes back."""
        leading, slack = self._project(queries), self._slack(queries)
        rows, done, count = np.arange(len(queries)), _NONE, max(2 * k, 16)
        while len(rows) and count <= min(_MOST_CANDIDATES, self._measured):
            bounds, indices = self.tree.query(leading[rows], k=count)
            candidates = self._measure(queries, rows.repeat(count), indices.ravel().astype(np.int64))
            best = _best(_joined(late, candidates), k)
            proven = bounds[:, -1] - slack[rows] > best.distances[k - 1 :: k]
            done = _joined(done, _chosen(best, proven.repeat(k)))
            rows, count = rows[~proven], count * _WIDER
            late = _chosen(late, np.isin(late.queries, rows))
        return _joined(done, late), rows

    def _measure(self, queries: Vectors, rows: Integers, indices: Integers) -> Neighbours:
        """Pairs with their distances, from the difference in float64."""
        squared = np.empty(len(rows))
        step = max(1, 2**20 // queries.shape[1])
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            difference = self._vectors[indices[part]] - queries[rows[part]].astype(np.float64)
            squared[part] = (difference * difference).sum(1)
        return Neighbours(rows, indices, np.sqrt(squared))

    def _scan(
        self, queries: Vectors, rows: Integers, span: slice, k: int | None = None, radius: float = np.inf
    ) -> Neighbours:
        """The k nearest, or all within the radius and a few more, of queries (ascending rows) in a span of the gallery.

        Inner products in float32 leave those that their rounding cannot rule out; these are measured.
        """
        found = [_NONE]
        for first in range(0, len(rows), _QUERIES):
            own = rows[first : first + _QUERIES]
            asked = queries[own]
            squares = np.einsum("nd,nd->n", asked, asked, dtype=np.float64)
            # A sum of d rounded products (Higham, Accuracy and Stability, section 3.1), and a few roundings after it.
            error = (asked.shape[1] + 16) * _UNIT * np.square(self._longest + np.sqrt(squares)) + _TINY
            farthest, pool = np.full(len(own), np.square(radius)), _NONE
            for start in range(span.start, span.stop, _ROWS):
                stop = min(start + _ROWS, span.stop)
                scores = asked @ self._vectors[start:stop].T
                np.subtract(self._half_squares[start:stop], scores, out=scores)  # (squared distance - squares) / 2
                limit = (farthest - squares) / 2 + error
                if k and k <= stop - start and np.isinf(farthest).any():
                    limit = np.minimum(limit, np.partition(scores, k - 1, axis=1)[:, k - 1] + 2 * error)
                limit = np.clip(limit, -_LARGEST, _LARGEST).astype(np.float32)
                row, column = np.divmod(np.flatnonzero(scores <= limit[:, None]), stop - start)
                if not len(row):
                    continue
                pool = _joined(pool, self._measure(queries, own[row], column + start))
                if k:
                    pool = _best(pool, k)
                    last = _ranks(pool.queries) == k - 1
                    farthest[np.searchsorted(own, pool.queries[last])] = np.square(pool.distances[last])
            found.append(pool)
        return _joined(*found)


def leading_components(vectors: Vectors, count: int) -> tuple[Floats, Floats, float]:
    """Mean `(d,)`, principal components `(d, min(count, d))`, and the share of the variance that they hold.

    Of every n-th vector of `(n, d)`, so that there are at most 20,000.
    """
    sample = vectors[:: -(-len(vectors) // _SAMPLE)].astype(np.float64)
    mean = sample.mean(0)
    sample -= mean
    variances, components = np.linalg.eigh(sample.T @ sample)
    total = variances.sum()
    share = variances[::-1][:count].sum() / total if total > 0 else 1.0
    return mean, components[:, ::-1][:, :count], float(share)


_NONE = Neighbours(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def _joined(*parts: Neighbours) -> Neighbours:
    queries, indices, distances = zip(*parts, strict=True)
    return Neighbours(np.concatenate(queries), np.concatenate(indices), np.concatenate(distances))


def _chosen(pairs: Neighbours, which: NDArray[np.bool_] | Integers) -> Neighbours:
    return Neighbours(pairs.queries[which], pairs.indices[which], pairs.distances[which])


def _ranks(rows: Integers) -> Integers:
    """Of sorted rows `(p,)`: which of its row's each is, from 0."""
    ranks: Integers = np.arange(len(rows)) - np.searchsorted(rows, rows)
    return ranks


def _best(pairs: Neighbours, k: int) -> Neighbours:
    """In order, the k nearest of each query."""
    ordered = _chosen(pairs, np.lexsort((pairs.indices, pairs.distances, pairs.queries)))
    return _chosen(ordered, _ranks(ordered.queries) < k)
