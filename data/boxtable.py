"""Rows of boxes over time: detections, ground truth or tracks of one sequence, as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    places: (n,) int64, of each among all of the frame in its file, from 0; None where they are as they stand.
    """

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: NDArray[np.int64] | None = None
    places: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Detections:
        classes = None if self.classes is None else self.classes[keep]
        places = None if self.places is None else self.places[keep]
        return Detections(self.boxes[keep], self.scores[keep], classes, places)

    @staticmethod
    def none() -> Detections:
        return Detections(np.empty((0, 4)), np.empty(0))


@dataclass(frozen=True)
class BoxTable:
    """Boxes over time, sorted by frame (rows of one frame keep the file's order).

    frames, ids: (n,) int64, frames from 1, ids -1 where there are none. boxes: (n, 4) float64, `xyxy` in pixels.
    scores: (n,) float64 (a detection's confidence, or ground truth's `conf` flag). classes: (n,) int64, -1 where
    the file has none. visibility: (n,) float64, 1 where the file has none. names: of the classes that have one.
    places: (n,) int64, of each row among all of its frame in the file, from 0; None where they are as they stand.
    """

    frames: NDArray[np.int64]
    ids: NDArray[np.int64]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: NDArray[np.int64]
    visibility: NDArray[np.float64]
    names: Mapping[int, str] = field(default_factory=dict)
    places: NDArray[np.int64] | None = None

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
            None if self.places is None else self.places[keep],
        )

    def kept(self, keep: NDArray[np.bool_]) -> BoxTable:
        """The rows that a mask names; each remembers its place among all of its frame."""
        if self.places is None:
            starts = np.searchsorted(self.frames, self.frames)
            return replace(self, places=np.arange(len(self)) - starts)[keep]
        return self[keep]

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
        classes = self.classes[rows] if self.has_classes else None
        return Detections(
            self.boxes[rows], self.scores[rows], classes, None if self.places is None else self.places[rows]
        )

    @staticmethod
    def none() -> BoxTable:
        """A table without rows."""
        whole = np.empty(0, dtype=np.int64)
        return BoxTable(whole, whole, np.empty((0, 4)), np.empty(0), whole, np.empty(0))
