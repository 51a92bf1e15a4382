"""Pseudo-identities across cameras: which tracklets of two views are one person, by the current embedding.

A person gives one tracklet a view, so matches between two views exclude each other: the views are assigned as a whole,
not tracklet by tracklet. No label is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

_NEIGHBOURS = 10  # of the local scaling, as published
_ROUNDS = 50
_LEAST_SPREAD = 0.02  # beside the deviation of a value of unit vectors, so that a dead dimension stays small


@dataclass(frozen=True)
class PseudoPairs:
    """Pairs of tracklets taken for one person, the surest first.

    first, second: (n,) int64 tracklets, of two views. confidence: (n,) the pair's share in the soft assignment, 0 to 1.
    """

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    confidence: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.first)

    def surest(self, count: int) -> PseudoPairs:
        """The first `count` pairs."""
        return PseudoPairs(self.first[:count], self.second[:count], self.confidence[:count])


def pseudo_pairs(
    vectors: NDArray[np.float32],
    views: NDArray[np.int64],
    temperature: float = 0.06,
    apart: NDArray[np.bool_] | None = None,
) -> PseudoPairs:
    """Pairs that choose each other in the soft assignment of every two views.

    vectors: (t, d) of tracklets, of unit length. views: (t,) int64, below 0 for a tracklet that takes no part. apart:
    (t, t) bool, tracklets that are known to be two people. temperature: of the assignment, in units of the scaled
    similarity. Raises ValueError where a shape is wrong or the temperature is not positive.
    """
    if vectors.ndim != 2 or views.shape != vectors.shape[:1]:
        raise ValueError(f"vectors {vectors.shape} and views {views.shape}, expected (t, d) and (t,)")
    if not temperature > 0:
        raise ValueError(f"temperature is {temperature}, expected a positive number")
    parts: list[PseudoPairs] = []
    for one, other in combinations(np.unique(views[views >= 0]).tolist(), 2):
        rows, columns = np.flatnonzero(views == one), np.flatnonzero(views == other)
        similarity = scaled_similarity(without_view(vectors[rows]), without_view(vectors[columns]))
        if apart is not None:
            similarity = np.where(apart[np.ix_(rows, columns)], -np.inf, similarity)
        shares = soft_assignment(similarity, temperature)
        best, back = shares.argmax(axis=1), shares.argmax(axis=0)
        sure = shares[np.arange(len(rows)), best]
        mutual = np.flatnonzero((back[best] == np.arange(len(rows))) & (sure > 0))
        parts.append(PseudoPairs(rows[mutual], columns[best[mutual]], sure[mutual]))
    if not parts:
        nothing = np.empty(0, np.int64)
        return PseudoPairs(nothing, nothing, np.empty(0))
    first, second, confidence = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("first", "second", "confidence")
    )
    order = np.argsort(-confidence, kind="stable")
    return PseudoPairs(first[order], second[order], confidence[order])


def without_view(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """The vectors of one view, standardised over it and of unit length: its light, angle and background leave them."""
    wide = vectors.astype(np.float64)
    standard = (wide - wide.mean(axis=0)) / (wide.std(axis=0) + _LEAST_SPREAD)
    length = np.linalg.norm(standard, axis=1, keepdims=True)
    return np.asarray(standard / np.maximum(length, 1e-12))


def scaled_similarity(rows: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cross-domain similarity local scaling: cosines less what each vector has in common with its neighbours.

    Conneau et al., "Word Translation Without Parallel Data" (ICLR 2018): people who resemble everybody match nobody.
    rows: (n, d), columns: (m, d), of unit length. Returns (n, m).
    """
    cosines = rows @ columns.T
    near = -np.sort(-cosines, axis=1)[:, :_NEIGHBOURS].mean(axis=1)
    near_columns = -np.sort(-cosines, axis=0)[:_NEIGHBOURS].mean(axis=0)
    return np.asarray(2 * cosines - near[:, None] - near_columns[None])


def soft_assignment(similarity: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
    """The entropic assignment of rows to columns: (n, m) shares, of which every row and column gets alike.

    Sinkhorn's algorithm in the log domain (Cuturi, "Sinkhorn Distances", NeurIPS 2013). The shares sum to
    min(n, m), so that a certain pair has 1. -inf forbids a pair; a row or column that is wholly forbidden gets 0.
    """
    logs = similarity / temperature
    open_rows, open_columns = np.isfinite(logs).any(axis=1), np.isfinite(logs).any(axis=0)
    shares = np.zeros(similarity.shape)
    if not open_rows.any():
        return shares
    inner = logs[np.ix_(open_rows, open_columns)]
    n, m = inner.shape
    across = np.zeros(m)
    down = np.zeros(n)
    for _ in range(_ROUNDS):
        down = -np.log(n) - logsumexp(inner + across, axis=1)
        across = -np.log(m) - logsumexp(inner + down[:, None], axis=0)
    shares[np.ix_(open_rows, open_columns)] = np.exp(inner + down[:, None] + across) * min(n, m)
    return shares
