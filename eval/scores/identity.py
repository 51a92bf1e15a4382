"""Identity scores: how much of the boxes one fixed pairing of objects and tracks explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from flatsort.eval.scores.counts import Additive
from flatsort.eval.scores.overlap import THRESHOLD, Overlaps


@dataclass(frozen=True)
class IdentityCounts(Additive):
    """Boxes explained by the best one-to-one pairing of whole trajectories.

    agreeing: boxes on which paired object and track agree (IDTP); truth, tracks: all boxes of either side.
    """

    agreeing: int
    truth: int
    tracks: int

    def scores(self) -> dict[str, float]:
        """IDF1, IDP and IDR in per cent; a ratio of nothing is 0."""
        return {
            "IDF1": 100 * 2 * self.agreeing / max(1, self.truth + self.tracks),
            "IDP": 100 * self.agreeing / max(1, self.tracks),
            "IDR": 100 * self.agreeing / max(1, self.truth),
        }


def identity(overlaps: Overlaps) -> IdentityCounts:
    """Pair objects with tracks over the whole sequence so that most boxes agree (overlap 0.5 or more).

    Source: Ristani et al. 2016, Sec. 3. Their cost, the boxes left unexplained on either side, falls by two for
    every box that agrees, so the pairing of least cost is the one of most agreement.
    """
    shared = agreement(overlaps)
    paired = linear_sum_assignment(shared, maximize=True)
    return IdentityCounts(
        agreeing=int(shared[paired].sum()),
        truth=int(overlaps.truth_boxes.sum()),
        tracks=int(overlaps.track_boxes.sum()),
    )


def agreement(overlaps: Overlaps) -> NDArray[np.int64]:
    """(truth_identities, track_identities) boxes on which each object and each track agree: overlap 0.5 or more."""
    shared = np.zeros((overlaps.truth_identities, overlaps.track_identities), np.int64)
    for frame in overlaps.frames:
        agree = frame.values >= THRESHOLD
        shared[frame.truth[frame.rows[agree]], frame.tracks[frame.columns[agree]]] += 1
    return shared
