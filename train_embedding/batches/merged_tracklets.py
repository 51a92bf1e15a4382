"""Tracklets of one person within a video, merged where the embedding is sure: its pseudo-identities.

A person who was hidden, or left and came back, has several tracklets; nobody is seen beside themselves.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from flatsort.data.crops.tracklet_sources import Tracklets

_FEWEST = 20  # pairs seen side by side, or the distances of different people are not known


def merge_tracklets(data: Tracklets, vectors: NDArray[np.float32], error: float) -> Tracklets:
    """The same crops with the tracklets of one person merged, as far as the vectors tell.

    Clusters are joined from the nearest on by their mean distance (average linkage), as long as it is one that only a
    share `error` of the tracklets seen side by side fall below, and none of one was seen beside one of the other.

    vectors: (t, d) of unit length, one a tracklet. error: 0 merges nothing.
    """
    beside = np.triu(data.together, 1)
    if error <= 0 or beside.sum() < _FEWEST:
        return data
    squared = np.maximum(2 - 2 * vectors.astype(np.float64) @ vectors.T.astype(np.float64), 0)
    threshold = float(np.quantile(squared[beside], error))
    cluster = np.arange(len(data))
    apart = np.where(data.together, np.inf, squared)
    np.fill_diagonal(apart, np.inf)
    sizes = np.ones(len(data))
    while True:
        one, other = np.unravel_index(int(apart.argmin()), apart.shape)
        if not apart[one, other] < threshold:
            break
        # Lance and Williams (1967): the mean over all pairs of the two clusters; infinite where one was seen beside.
        mean = (sizes[one] * apart[one] + sizes[other] * apart[other]) / (sizes[one] + sizes[other])
        apart[one], apart[:, one] = mean, mean
        apart[other], apart[:, other] = np.inf, np.inf
        apart[one, one] = np.inf
        sizes[one] += sizes[other]
        cluster[cluster == other] = one
    first, numbers = np.unique(cluster, return_index=True)[1], np.unique(cluster, return_inverse=True)[1]
    together = np.zeros((len(first), len(first)), bool)
    rows, columns = data.together.nonzero()
    together[numbers[rows], numbers[columns]] = True
    return replace(
        data,
        tracklets=numbers[data.tracklets].astype(np.int64),
        sources=data.sources[first],
        of_folder=data.of_folder[first],
        together=together,
    )
