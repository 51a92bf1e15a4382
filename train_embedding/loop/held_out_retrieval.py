"""Retrieval on held-out identities while a network is trained: Rank-1 and the area under the ROC curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# A track lives 30 frames without a detection (DeepSORT); crops closer in time are told apart by motion.
LEAST_GAP = 30


def retrieval(
    vectors: NDArray[np.float32],
    identities: NDArray[np.int64],
    sequences: NDArray[np.int64],
    frames: NDArray[np.int64],
    least_gap: int = LEAST_GAP,
) -> tuple[float | None, float | None]:
    """Rank-1 and area under the ROC curve of cosine similarity, over pairs of one sequence `least_gap` frames apart.

    vectors: (n, d) of unit length. Rank-1: the share of crops whose most similar one has their identity, of those that
    have such a one. Area: the chance that a pair of one identity is more similar than a pair of two. None where there
    are no such pairs.
    """
    similar = vectors @ vectors.T
    pair = (sequences[:, None] == sequences) & (np.abs(frames[:, None] - frames) >= least_gap)
    same = identities[:, None] == identities
    answerable = (pair & same).any(axis=1) & (pair & ~same).any(axis=1)
    if not answerable.any():
        return None, None
    best = np.where(pair, similar, -np.inf)[answerable].argmax(axis=1)
    rank_1 = float((identities[answerable] == identities[best]).mean())
    return rank_1, area_under_curve(similar[pair & same], similar[pair & ~same])


def area_under_curve(high: NDArray[np.float32], low: NDArray[np.float32]) -> float:
    """The chance that a value of `high` is above one of `low`; a tie counts half."""
    ordered = np.sort(low)
    below = np.searchsorted(ordered, high, side="left") + np.searchsorted(ordered, high, side="right")
    return float(below.mean() / (2 * len(low)))
