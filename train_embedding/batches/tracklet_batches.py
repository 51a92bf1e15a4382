"""Batches of tracklets: two crops of each, with the pairs of which nobody knows whether they are one person."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from flatsort.train_embedding.objective.identity import IdentityConfig

# Detections without a link teach little as positives, both views being one crop, but much as negatives.
_ALONE = 0.3


class TrackletBatch(NamedTuple):
    """Two crops of each of n tracklets.

    rows: (2, n).
    unknown: (n, n) bool, pairs of one source that were never seen together.
    """

    rows: NDArray[np.int64]
    unknown: NDArray[np.bool_]


class TrackletBatches:
    """Draws batches as a function of seed and step alone, given who belongs together.

    sources, frames, tracklets: (n,) int64, a row a detection.
    """

    def __init__(
        self,
        sources: NDArray[np.int64],
        frames: NDArray[np.int64],
        tracklets: NDArray[np.int64],
        config: IdentityConfig,
        seed: int,
    ) -> None:
        self.config, self.seed = config, seed
        self.tracklets = tracklets
        order = np.argsort(tracklets, kind="stable")
        self.members = np.split(order, np.flatnonzero(np.diff(tracklets[order])) + 1)
        first = np.array([own[0] for own in self.members])
        self.source = sources[first]
        # (tracklets, moments): which tracklet is seen in which frame of which source.
        moments = np.unique(np.stack([sources, frames]), axis=1, return_inverse=True)[1].reshape(-1)
        number = np.empty(len(tracklets), np.int64)
        for place, own in enumerate(self.members):
            number[own] = place
        seen = scipy.sparse.coo_array((np.ones(len(number), np.int32), (number, moments))).tocsr()
        self.together = (seen @ seen.T).astype(bool)
        self._at = seen.T.tocsr()  # (moments, tracklets)
        self._moments = moments
        lengths = np.array([len(own) for own in self.members])
        weight = np.sqrt(lengths) * np.where(lengths > 1, 1.0, _ALONE)
        self._share = weight / weight.sum()

    def draw(self, step: int) -> TrackletBatch:
        """The batch of this step, counted from 0; of all tracklets where there are fewer than a batch holds."""
        random = np.random.default_rng([self.seed, 4, step])
        count = min(self.config.tracklets, len(self.members))
        chosen: dict[int, None] = {}
        while len(chosen) < min(self.config.together, count):
            moment = self._moments[random.integers(len(self._moments))]
            at = self._at.indices[self._at.indptr[moment] : self._at.indptr[moment + 1]]
            chosen |= dict.fromkeys(random.permutation(at).tolist())
        rest = random.choice(len(self.members), count, replace=False, p=self._share)
        picked = np.array(list(chosen | dict.fromkeys(rest.tolist()))[:count])
        rows = [
            random.choice(self.members[number], 2, replace=False)
            if len(self.members[number]) > 1
            else np.repeat(self.members[number], 2)
            for number in picked
        ]
        source = self.source[picked]
        unknown = (source[:, None] == source[None]) & ~self.together[picked][:, picked].toarray()
        return TrackletBatch(np.stack(rows, axis=1), unknown)
