"""The detector's own scale of scores, learned from the scores so far: which detections count, and which start tracks.

A threshold in absolute numbers belongs to one detector. What carries over is where a score stands between nothing and
the score of a detection that the detector is sure of, its typical score.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import Floats

# Shares of the typical score: from here on a detection counts, and from here on it may start a track. A detector whose
# typical score is 0.95 has them at 0.6 and 0.76, where ByteTrack has 0.6 and 0.7.
COUNTS, STARTS = 0.63, 0.8
# Scores that are no probabilities have no zero: all count, and those above this quantile start tracks.
START_QUANTILE = 0.15
# Scores that are remembered, and how much their number must grow before the level is measured again.
REMEMBERED, GROWTH = 4096, 1.1
# The typical score is the median of those above half of it, found in so many rounds from the highest score down.
ROUNDS = 3
# A level below every score, and a number that can be saved.
ALL = float(np.finfo(np.float64).min)


class ScoreLevel:
    """counts, starts: least score of a detection that counts, and of one that starts a track.

    unit: the typical score above the lowest possible, by which differences of scores are measured.
    """

    def __init__(self) -> None:
        self.counts = self.starts = ALL
        self.unit = 1.0
        self._scores: Floats = np.empty(0)
        self._seen = 0
        self._measured = 0

    def observe(self, scores: Floats) -> None:
        """The scores of one more frame, in any order."""
        if not len(scores):
            return
        if self._seen < REMEMBERED:
            self._scores = np.concatenate((self._scores, np.sort(scores)))[-REMEMBERED:]
        else:  # the memory is full: a ring, whose order does not matter
            place = (self._seen + np.arange(len(scores))) % REMEMBERED
            self._scores[place[-REMEMBERED:]] = np.sort(scores)[-REMEMBERED:]
        self._seen += len(scores)
        if self._seen >= min(GROWTH * self._measured, self._measured + REMEMBERED // 4):
            self._measured = self._seen
            self._measure()

    def _measure(self) -> None:
        scores = self._scores
        top = typical = float(scores.max())
        if scores.min() < 0 or top > 1:
            self.counts, self.starts = ALL, float(np.quantile(scores, START_QUANTILE))
            self.unit = max(top - float(scores.min()), 1e-9)
            return
        for _ in range(ROUNDS):
            typical = float(np.median(scores[scores >= typical / 2]))
        self.counts, self.starts, self.unit = COUNTS * typical, STARTS * typical, max(typical, 1e-9)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Everything that the next frames depend on."""
        return {
            "level_scores": self._scores.copy(),
            "level_seen": np.array([self._seen, self._measured]),
            "level": np.array([self.counts, self.starts, self.unit]),
        }

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `state_dict` returned; ValueError where it cannot have been that."""
        scores, seen, level = state["level_scores"], state["level_seen"], state["level"]
        if scores.ndim != 1 or seen.shape != (2,) or level.shape != (3,) or len(scores) != min(seen[0], REMEMBERED):
            raise ValueError(f"state has a score level of {len(scores)} scores, seen {seen.tolist()}")
        self._scores = np.array(scores, np.float64)
        self._seen, self._measured = (int(value) for value in seen)
        self.counts, self.starts, self.unit = (float(value) for value in level)
