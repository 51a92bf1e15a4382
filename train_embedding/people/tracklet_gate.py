"""The gate of a descriptor from tracklets alone: a crop against its own tracklet, and against those of other people."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.embedding.calibration import GatePairs

_QUERIES = 4000
_OTHERS = 4  # different people a query is compared with, as `embedding.calibration`


def tracklet_pairs(
    vectors: NDArray[np.float32], tracklets: NDArray[np.int64], different: NDArray[np.bool_], seed: int = 0
) -> GatePairs:
    """Euclidean distances to the nearest crop of a tracklet, as a tracker measures them to a track's gallery.

    vectors: (n, d). tracklets: (n,) from 0. different: (t, t) bool, known to be two people. Each of at most 4,000
    random crops is compared with the others of its own tracklet, and with up to four tracklets of other people.
    """
    random = np.random.default_rng([seed, 8])
    order = np.argsort(tracklets, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(tracklets))[:-1])
    same: list[float] = []
    apart: list[float] = []
    for query in random.permutation(len(vectors))[:_QUERIES].tolist():
        own = int(tracklets[query])
        rest = members[own][members[own] != query]
        if len(rest):
            same.append(_nearest(vectors[query], vectors[rest]))
        others = np.flatnonzero(different[own])
        for tracklet in random.permutation(others)[:_OTHERS].tolist():
            apart.append(_nearest(vectors[query], vectors[members[tracklet]]))
    return GatePairs(np.array(same), np.array(apart))


def _nearest(query: NDArray[np.float32], gallery: NDArray[np.float32]) -> float:
    return float(np.linalg.norm(gallery - query, axis=1).min())
