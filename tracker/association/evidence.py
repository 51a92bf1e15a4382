"""What a distance between two looks says: a log likelihood ratio that calibrates itself while it tracks.

log p(d | same) / p(d | different) is fitted as a line a + b d by a balanced logistic regression on pairs of which
motion alone is sure. Distances are counted in bins of their logarithm, so that no unit has to be known and memory stays
flat.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.logistic import regressed

# Sixteen bins an octave, from 2^-20 to 2^20: a bin is 4 % wide.
OCTAVE, BINS = 16, 640
CENTRES: Floats = 2.0 ** ((np.arange(BINS) - BINS // 2) / OCTAVE)
# The ratio is trusted within these bounds: beyond them the tails of a fit say more than the pairs did.
CLIP = 4.0
# Pairs of each kind that a fit needs, and that a stored calibration is worth.
FEWEST = 50
# A gate alone is a calibration of this ratio at distance 0 (OSNet 7 to 8, colour histogram 10 to 18, autoencoders 8 to
# 35 on sequences of MOT15 and MOT16).
AT_ZERO = 8.0
# Pairs after which old ones fade by half, and the growth after which the line is fitted again.
FADING, GROWTH = 4000, 1.25
_ROUNDS, _EM_ROUNDS, _RIDGE = 20, 60, 1e-3


class Evidence:
    """log p(d | same) / p(d | different) of distances d.

    gate: the distance at which a stored calibration holds both for equally likely, the prior; infinite: no prior, and
    then 0 until there are enough pairs.
    """

    def __init__(self, gate: float) -> None:
        self._prior = None if gate == np.inf else np.array([AT_ZERO, -AT_ZERO / gate])
        self._same: Floats = np.zeros(BINS)
        self._different: Floats = np.zeros(BINS)
        self._fitted: Floats = np.zeros(2)
        self._pairs = 0.0  # of the rarer kind, when the line was fitted
        self._line = self._blend()

    @property
    def ready(self) -> bool:
        """Whether distances say anything yet."""
        return self._line is not None

    @property
    def pairs(self) -> float:
        """Pairs of the rarer kind that were seen and have not faded."""
        return float(min(self._same.sum(), self._different.sum()))

    def __call__(self, distances: Floats) -> Floats:
        """The ratio of each distance, within plus and minus `CLIP`."""
        if self._line is None:
            return np.zeros(len(distances))
        ratio: Floats = np.clip(self._line[0] + self._line[1] * distances, -CLIP, CLIP)
        return ratio

    def observe(self, same: Floats, different: Floats) -> None:
        """Distances of pairs that are one person's, and of pairs that are two people's."""
        self._same += counted(same)
        self._different += counted(different)
        pairs = self.pairs
        if pairs >= FEWEST and pairs >= GROWTH * self._pairs:
            self._fitted = logistic(self._same, self._different)
            if pairs > FADING:
                self._same *= 0.5
                self._different *= 0.5
            self._pairs = self.pairs
            self._line = self._blend()

    def _blend(self) -> Floats | None:
        """The fitted line and the prior, by the pairs that each is worth."""
        if self._prior is None:
            return self._fitted if self._pairs else None
        blended: Floats = (FEWEST * self._prior + self._pairs * self._fitted) / (FEWEST + self._pairs)
        return blended

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Everything that the next frames depend on."""
        return {
            "evidence_pairs": np.stack((self._same, self._different)),
            "evidence_line": np.array([*self._fitted, self._pairs]),
        }

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `state_dict` returned; ValueError where it cannot have been that."""
        pairs, line = state["evidence_pairs"], state["evidence_line"]
        if pairs.shape != (2, BINS) or line.shape != (3,):
            raise ValueError(f"state has evidence {pairs.shape} and {line.shape}, expected (2, {BINS}) and (3,)")
        if not np.isfinite(line).all() or (pairs < 0).any() or line[2] < 0:
            raise ValueError("state has evidence that is no count, or a line that is not finite")
        self._same, self._different = np.array(pairs, np.float64)
        self._fitted, self._pairs = np.array(line[:2], np.float64), float(line[2])
        self._line = self._blend()


def counted(distances: Floats) -> Integers:
    """(BINS,) how many of the distances `(n,)` lie in each bin."""
    bins = np.rint(np.log2(np.maximum(distances, CENTRES[0])) * OCTAVE).astype(np.int64) + BINS // 2
    return np.bincount(np.minimum(bins, BINS - 1), minlength=BINS)


def logistic(same: Floats, different: Floats, wrong: float = 0.0) -> Floats:
    """(2,) a, b of the line a + b d; both kinds weigh the same, and b is never above 0.

    same, different: (BINS,) counts. wrong: the share of pairs that were taken for the other kind; such a pair, far off
    where its kind lies, then no longer flattens the line. Each round expects which pairs are, and steps once (EM).
    """
    weight = np.concatenate((same / same.sum(), different / different.sum()))
    filled = weight.nonzero()[0]
    weight = weight[filled]
    distance = np.concatenate((CENTRES, CENTRES))[filled]
    mean = float(weight @ distance) / 2
    spread = float(np.sqrt(weight @ (distance - mean) ** 2 / 2)) or 1.0
    design = np.column_stack((np.ones(len(filled)), (distance - mean) / spread))
    truth = (filled < BINS).astype(np.float64)
    if wrong:
        line = regressed(
            design, weight, lambda p: _expected(truth, p, wrong), ridge=_RIDGE, rounds=_EM_ROUNDS, tolerance=1e-6
        )
    else:
        line = regressed(design, weight, truth, ridge=_RIDGE, rounds=_ROUNDS)
    slope = min(float(line[1]) / spread, 0.0)
    return np.array([line[0] - slope * mean, slope])


def _expected(truth: Floats, p: Floats, wrong: float) -> Floats:
    """(n,) the probability that a pair is one person's, where `wrong` of the kinds said, `truth` (n,), are not so."""
    right = (1 - wrong) * np.where(truth > 0, p, 1 - p)
    expected: Floats = np.where(truth > 0, right, wrong * p) / (right + wrong * np.where(truth > 0, 1 - p, p))
    return expected
