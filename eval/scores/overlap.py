"""Intersection over union of ground truth and tracks, once for all scores."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

THRESHOLD = 0.5  # MOTChallenge: a track's box that overlaps an object by half has found it


class FrameOverlap(NamedTuple):
    """One frame: its identities, and the pairs of boxes that overlap.

    number: the frame's, from 1. truth (g,) and tracks (t,) int64: identities counted from 0. rows, columns (p,):
    positions in truth and tracks of the pairs that overlap, in the order of `iou`; values (p,) float64: their overlap.
    Few pairs overlap in a crowd, and a long sequence of whole matrices does not fit in memory.
    """

    number: int
    truth: NDArray[np.int64]
    tracks: NDArray[np.int64]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: NDArray[np.float64]

    @property
    def iou(self) -> NDArray[np.float64]:
        """(g, t) float64, a new array."""
        full = np.zeros((len(self.truth), len(self.tracks)))
        full[self.rows, self.columns] = self.values
        return full


@dataclass(frozen=True)
class Overlaps:
    """One sequence, ready to be scored.

    frames: those that have a box of either side, in order. truth_ids, track_ids: the ids that the tables have for the
    identities 0, 1, ... length: frames of the sequence, those without boxes included.
    """

    frames: tuple[FrameOverlap, ...]
    truth_ids: NDArray[np.int64]
    track_ids: NDArray[np.int64]
    length: int

    @property
    def truth_identities(self) -> int:
        """How many objects there are."""
        return len(self.truth_ids)

    @property
    def track_identities(self) -> int:
        """How many tracks there are."""
        return len(self.track_ids)

    @cached_property
    def truth_boxes(self) -> NDArray[np.int64]:
        """(truth_identities,) boxes of each object."""
        return _occurrences([frame.truth for frame in self.frames], self.truth_identities)

    @cached_property
    def track_boxes(self) -> NDArray[np.int64]:
        """(track_identities,) boxes of each track."""
        return _occurrences([frame.tracks for frame in self.frames], self.track_identities)


def _occurrences(per_frame: list[NDArray[np.int64]], identities: int) -> NDArray[np.int64]:
    return np.bincount(np.concatenate([np.empty(0, np.int64), *per_frame]), minlength=identities)
