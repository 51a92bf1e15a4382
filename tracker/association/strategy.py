"""What every association has in common: how a kind of tracker relates tracks and detections, step by step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flatsort.tracker.boxes import Floats, Integers, Kinds
from flatsort.tracker.config import TrackerConfig
from flatsort.tracker.kalman import MOTION_MODELS, POSITION, MotionModel
from flatsort.tracker.nearest import Vectors
from flatsort.tracker.track_table import MISSES, TrackTable

Pairs = tuple[Integers, Integers]  # rows of the track table, rows of the detections, equally long
Mask = NDArray[np.bool_]

NO_PAIRS: Pairs = (np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class FrameDetections:
    """The detections of one frame that have area.

    rows: (n,) int64, their places in what the caller handed in.
    boxes: (n, 4) float64 `xyxy` in pixels.
    scores: (n,) float64.
    measurements: (n, 4) float64, the boxes in the layout of the motion model.
    vectors: (n, d) float32 prepared embeddings, or None.
    classes: (n,) int64, where detections match tracks of their own class alone; None where all may match.
    """

    rows: Integers
    boxes: Floats
    scores: Floats
    measurements: Floats
    vectors: Vectors | None
    classes: Integers | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def unmatched(self, taken: Integers) -> Integers:
        """The index of all but those `taken`, in the order of their boxes and scores, not as handed in."""
        free = np.ones(len(self.rows), bool)
        free[taken] = False
        rest = free.nonzero()[0]
        return rest[np.lexsort((self.scores[rest], *self.boxes[rest].T))] if len(rest) > 1 else rest

    def kinds(self, table: TrackTable, tracks: Integers | None = None, some: Integers | None = None) -> Kinds:
        """The classes of the rows `tracks` of the table and of the detections `some`, None for all of either.

        The one place that says which pairs classes rule out: every strategy finds its candidates by it.
        """
        if self.classes is None:
            return None
        one = table.classes if tracks is None else table.classes[tracks]
        return one, self.classes if some is None else self.classes[some]


class Association(ABC):
    """One kind of tracker: the steps of `Tracker.update` that differ between them, each over all tracks at once.

    A strategy writes `match`, `ended` and `shown`, and overrides what else its paper does otherwise. Arrays that it
    keeps a track are `columns` of the table, which drops, saves and restores them with the track.
    """

    # Columns whose entries may be NaN, where a track has none.
    unknown: frozenset[str] = frozenset()

    def __init__(self, config: TrackerConfig) -> None:
        self.config = config
        self.model: MotionModel = MOTION_MODELS[config.motion]

    def columns(self) -> dict[str, tuple[tuple[int, ...], type]]:
        """Arrays kept a track beside the table's own: name, shape of one track's entry, type. They start as zeros."""
        return {}

    def prepare(self, embeddings: ArrayLike | None, count: int) -> Vectors | None:
        """The embeddings as they are compared; ValueError where they are missing, wrong or not asked for."""
        if embeddings is not None:
            raise ValueError(f'embeddings are given, but this tracker associates by "{self.config.association}" alone')
        return None

    def predict(self, table: TrackTable, camera: Floats | None) -> None:
        """One frame passes: with the camera's motion `(2, 3)`, then with each track's own."""
        if camera is not None:
            self.model.warp(table.filters, camera)
        table.predict()

    def pass_by(self, table: TrackTable) -> None:
        """One frame passes that nobody looked at: tracks move, and only those lost before are missed once more."""
        seen = table.counts[MISSES] == 0
        table.predict()
        table.counts[MISSES] -= seen

    def observe(self, table: TrackTable, detections: FrameDetections) -> None:  # noqa: B027 - most do not learn
        """Learn from what the detector says about this frame, before anything is matched."""

    @abstractmethod
    def match(self, table: TrackTable, detections: FrameDetections) -> Pairs:
        """Which track takes which detection; nothing is changed."""

    def update(self, table: TrackTable, rows: Integers, detections: FrameDetections, columns: Integers) -> None:
        """The tracks `rows` (m,) were seen, as the detections `columns` (m,)."""
        measurements = detections.measurements.take(columns, axis=0)
        table.update(rows, detections.rows[columns], measurements, detections.scores[columns])

    @abstractmethod
    def ended(self, table: TrackTable) -> Mask:
        """(n,) which tracks were missed for too long."""

    def release(self, table: TrackTable, ended: Mask) -> None:  # noqa: B027 - most keep nothing outside the table
        """What is kept for these tracks outside the table is no longer needed."""

    def start(self, table: TrackTable, detections: FrameDetections, unmatched: Integers) -> None:
        """Start a track from each detection that no track took, `unmatched` (m,)."""
        table.start(detections.rows[unmatched], detections.measurements[unmatched], detections.scores[unmatched])

    @abstractmethod
    def shown(self, table: TrackTable, frame: int) -> Mask:
        """(n,) which tracks are reported in this frame, counted from 1; a track's first time confirms it."""

    def boxes(self, table: TrackTable, rows: Integers) -> Floats:
        """(m, 4) `xyxy`, where the tracks `rows` are reported."""
        return self.model.boxes(table.filters[POSITION].take(rows, axis=0))

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """What the next frames depend on beside the table."""
        return {}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]], table: TrackTable) -> None:  # noqa: B027
        """Take over what `state_dict` returned; ValueError where it does not fit the restored table."""


def missed_beyond(table: TrackTable, limit: int | Integers) -> Mask:
    """(n,) which tracks were missed for more frames than their limit."""
    beyond: Mask = table.counts[MISSES] > limit
    return beyond
