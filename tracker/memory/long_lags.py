"""What a distance between looks says after seconds: a log likelihood ratio, learnt from pairs as far apart in time.

From one frame to the next a person looks the same, and a ratio that is learnt there is far too sure of somebody who
comes back turned around. So a new view of a track is compared with its own views of seconds before, and with those of
people who are seen in the same frame, who are others beyond doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.association.evidence import BINS, CENTRES, counted, logistic
from flatsort.tracker.boxes import Floats
from flatsort.tracker.nearest import Vectors

# Seconds between the views of a pair (1: the same; 5: fewer pairs, and later).
LAG = 2.0
# Pairs of each kind, and tracks that were seen again, before anything is believed; growth until the next fit; pairs
# after which old ones fade by half.
FEWEST, FEWEST_TRACKS, GROWTH, FADING = 20, 3, 1.25, 20_000
# The share of pairs that are of the other kind: a track that has changed its person, one person followed twice (0.02
# and 0.1: the same).
WRONG = 0.05
# The mean ratio of one person's pairs, each within plus and minus `BELIEVED`, from which a descriptor is asked at all:
# below, it does not tell people apart at long lags.
KNOWS, BELIEVED = 1.0, 4.0
# The ratio is trusted within these bounds.
LEAST, MOST = -4.0, 8.0


class LongLags:
    """log p(d | same) / p(d | different) of Euclidean distances d between views that lie seconds apart."""

    def __init__(self) -> None:
        self._same: Floats = np.zeros(BINS)
        self._different: Floats = np.zeros(BINS)
        self._tracks = 0
        self._fitted = 0.0  # pairs of the rarer kind, when the line was fitted
        self._line: Floats = np.zeros(2)

    def observe(self, same: Floats, different: Floats, tracks: int) -> None:
        """Distances of pairs that are one person's, and two people's. tracks: how many gave their first pair."""
        self._tracks += tracks
        if len(same):
            self._same += counted(same)
        if len(different):
            self._different += counted(different)
        pairs = self.pairs
        if pairs >= FEWEST and pairs >= GROWTH * self._fitted and self._tracks >= FEWEST_TRACKS:
            self._line = logistic(self._same, self._different, WRONG)
            if pairs > FADING:
                self._same *= 0.5
                self._different *= 0.5
            self._fitted = self.pairs

    @property
    def pairs(self) -> float:
        """Pairs of the rarer kind that were seen and have not faded."""
        return float(min(self._same.sum(), self._different.sum()))

    @property
    def knows(self) -> bool:
        """Whether looks tell people apart after seconds."""
        if not self._fitted or not self._line[1] < 0:
            return False
        ratio = np.clip(self._line[0] + self._line[1] * CENTRES, -BELIEVED, BELIEVED)
        return float(ratio @ self._same) >= KNOWS * float(self._same.sum())

    @property
    def radius(self) -> float:
        """The distance beyond which the ratio is `LEAST`; where it `knows`."""
        return max(float((LEAST - self._line[0]) / self._line[1]), 0.0)

    def ratio(self, distances: Floats) -> Floats:
        """The ratio of each distance. It cannot be larger than the pairs that it was learnt from can show."""
        most = min(MOST, float(np.log(self._different.sum() + 1)))
        found: Floats = np.clip(self._line[0] + self._line[1] * distances, LEAST, most)
        return found

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Everything that the next frames depend on."""
        return {
            "memory_pairs": np.stack((self._same, self._different)),
            "memory_line": np.array([*self._line, self._fitted, self._tracks]),
        }

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `state_dict` returned; ValueError where it cannot have been that."""
        pairs, line = state["memory_pairs"], state["memory_line"]
        if pairs.shape != (2, BINS) or line.shape != (4,) or (pairs < 0).any() or (line[2:] < 0).any():
            raise ValueError("state has memory_pairs or memory_line that are no counts and no line")
        self._same, self._different = np.array(pairs, np.float64)
        self._line, self._fitted, self._tracks = np.array(line[:2], np.float64), float(line[2]), int(line[3])


def nearest_of(views: Vectors, there: NDArray[np.bool_], queries: Vectors) -> Floats:
    """(p,) the distance of each query `(p, d)` to the nearest of the views `(p, v, d)` that are `there` (p, v)."""
    difference = views - queries[:, None]
    squared = np.einsum("pvd,pvd->pv", difference, difference).astype(np.float64)
    nearest: Floats = np.sqrt(np.where(there, squared, np.inf).min(axis=1))
    return nearest
