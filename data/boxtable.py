"""Rows of boxes over time: detections, ground truth or tracks of one sequence, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Detections:
    """The detections of one frame.

    boxes: (n, 4) float64, `xyxy` in pixels. scores: (n,) float64.
    """

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Detections:
        return Detections(self.boxes[keep], self.scores[keep])

    @staticmethod
    def none() -> Detections:
        return Detections(np.empty((0, 4)), np.empty(0))


@dataclass(frozen=True)
class BoxTable:
    """Boxes over time, sorted by frame (rows of one frame keep the file's order).

    frames, ids: (n,) int64, frames from 1, ids -1 where there are none. boxes: (n, 4) float64, `xyxy` in pixels.
    scores: (n,) float64 (a detection's confidence, or ground truth's `conf` flag). classes: (n,) int64, -1 where
    the file has none. visibility: (n,) float64, 1 where the file has none.
    """

    frames: NDArray[np.int64]
    ids: NDArray[np.int64]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: NDArray[np.int64]
    visibility: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, keep: NDArray[np.bool_] | NDArray[np.int64] | slice) -> BoxTable:
        return BoxTable(
            self.frames[keep],
            self.ids[keep],
            self.boxes[keep],
            self.scores[keep],
            self.classes[keep],
            self.visibility[keep],
        )

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        last = int(self.frames[-1]) if len(self) else 0
        return np.searchsorted(self.frames, np.arange(1, last + 2))

    @property
    def last_frame(self) -> int:
        """The highest frame number that has a row, 0 where there is none."""
        return len(self._starts) - 1

    def rows_of(self, frame: int) -> slice:
        """The rows of one frame; an empty slice where it has none."""
        if not 1 <= frame <= self.last_frame:
            return slice(0, 0)
        return slice(int(self._starts[frame - 1]), int(self._starts[frame]))

    def detections(self, frame: int) -> Detections:
        """The detections of one frame."""
        rows = self.rows_of(frame)
        return Detections(self.boxes[rows], self.scores[rows])
