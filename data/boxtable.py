"""Rows of boxes over time: detections, ground truth or tracks of one sequence, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Detections:
    """The detections of one frame.

    boxes: (n, 4) float64, `xyxy` in pixels.
    scores: (n,) float64.
    classes: (n,) int64, -1 for one that is not known; None where there are no classes.
    """

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Detections:
        classes = None if self.classes is None else self.classes[keep]
        return Detections(self.boxes[keep], self.scores[keep], classes)

    @staticmethod
    def none() -> Detections:
        return Detections(np.empty((0, 4)), np.empty(0))


@dataclass(frozen=True)
class BoxTable:
    """Boxes over time, sorted by frame (rows of one frame keep the file's order).

    frames, ids: (n,) int64, frames from 1, ids -1 where there are none. boxes: (n, 4) float64, `xyxy` in pixels.
    scores: (n,) float64 (a detection's confidence, or ground truth's `conf` flag). classes: (n,) int64, -1 where
    the file has none. visibility: (n,) float64, 1 where the file has none. names: of the classes that have one.
    """

    frames: NDArray[np.int64]
    ids: NDArray[np.int64]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: NDArray[np.int64]
    visibility: NDArray[np.float64]
    names: Mapping[int, str] = field(default_factory=dict)

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
            self.names,
        )

    @cached_property
    def _rows(self) -> dict[int, slice]:
        frames, starts = np.unique(self.frames, return_index=True)
        bounds = [*starts.tolist(), len(self)]
        return {frame: slice(*rows) for frame, rows in zip(frames.tolist(), pairwise(bounds), strict=True)}

    @cached_property
    def has_classes(self) -> bool:
        """Whether any row has a class."""
        return bool((self.classes >= 0).any())

    @property
    def last_frame(self) -> int:
        """The highest frame number that has a row, 0 where there is none."""
        return int(self.frames[-1]) if len(self) else 0

    def rows_of(self, frame: int) -> slice:
        """The rows of one frame; an empty slice where it has none."""
        return self._rows.get(frame, slice(0, 0))

    def detections(self, frame: int) -> Detections:
        """The detections of one frame."""
        rows = self.rows_of(frame)
        return Detections(self.boxes[rows], self.scores[rows], self.classes[rows] if self.has_classes else None)

    @staticmethod
    def none() -> BoxTable:
        """A table without rows."""
        whole = np.empty(0, dtype=np.int64)
        return BoxTable(whole, whole, np.empty((0, 4)), np.empty(0), whole, np.empty(0))
