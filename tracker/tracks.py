"""What a tracker reports of a frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flatsort.tracker.boxes import Floats, Integers


@dataclass(frozen=True, slots=True)
class Tracks:
    """What `Tracker.update` returns.

    detection_ids: (n,) int64, the id of each detection, -1 where it belongs to no confirmed track.
    ids: (m,) int64, ascending, of the tracks to report in this frame.
    boxes: (m, 4) float64, filtered, `xyxy` in pixels.
    scores: (m,) float64, of the last matched detection.
    ages: (m,) int64, frames since the track's first detection.
    classes: (m,) int64, of the last matched detection; -1 where detections have none.
    """

    detection_ids: Integers
    ids: Integers
    boxes: Floats
    scores: Floats
    ages: Integers
    classes: Integers

    @property
    def detections(self) -> Integers:
        """(m,) int64, the row in the caller's arrays of each track's detection, -1 where the track was not seen."""
        rows = np.full(len(self.ids), -1)
        seen = (self.detection_ids > 0).nonzero()[0]
        rows[self.ids.searchsorted(self.detection_ids[seen])] = seen
        return rows
