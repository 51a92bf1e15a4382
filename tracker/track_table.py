"""The track table: arrays of tracks, not objects of tracks. A track is a row; verbs act on all rows at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.kalman import POSITION, MotionModel

# Rows of the counts array.
ID, AGE, HITS, STREAK, MISSES, SLOT, DETECTION = range(7)


class TrackTable:
    """All living tracks of a tracker, in order of birth.

    filters: (5, n, 4) float64, see `tracker.kalman`.
    counts: (7, n) int64, rows as below.
    scores: (n,) float64, of the last matched detection.
    classes: (n,) int64, of the last matched detection; -1 where detections have none.
    extra: (n, ...) arrays that an association keeps a track, by name.

    ID: 0 until confirmed.
    AGE: frames since birth.
    HITS: matched detections.
    STREAK: hits since the last miss, the first detection not counted.
    MISSES: frames since the last hit.
    SLOT: in the gallery, or -1.
    DETECTION: its row in this frame, or -1.
    """

    def __init__(self, model: MotionModel, columns: Mapping[str, tuple[tuple[int, ...], type]] | None = None) -> None:
        self.model = model
        self.filters: Floats = np.empty((5, 0, 4))
        self.counts: Integers = np.empty((7, 0), np.int64)
        self.scores: Floats = np.empty(0)
        self.classes: Integers = np.empty(0, np.int64)
        self.extra: dict[str, NDArray[Any]] = {
            name: np.empty((0, *shape), dtype) for name, (shape, dtype) in (columns or {}).items()
        }

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def slots(self) -> Integers:
        """(n,) each track's slot in the gallery, -1 without one."""
        return self.counts[SLOT]

    @property
    def misses(self) -> Integers:
        """(n,) frames since each track's last hit."""
        return self.counts[MISSES]

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Copies of all arrays."""
        extra = {f"track_{name}": array.copy() for name, array in self.extra.items()}
        own = {"filters": self.filters, "counts": self.counts, "scores": self.scores, "classes": self.classes}
        return {name: array.copy() for name, array in own.items()} | extra

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take over saved arrays; ValueError where their shapes do not belong together."""
        filters, counts, scores, classes = (state[name] for name in ("filters", "counts", "scores", "classes"))
        n = scores.size
        for name, whole in (("counts", counts), ("classes", classes)):
            if whole.dtype.kind not in "iu":
                raise ValueError(f"state has {name} of dtype {whole.dtype}")
        if filters.shape != (5, n, 4) or counts.shape != (7, n) or scores.shape != (n,):
            raise ValueError(f"state has filters {filters.shape}, counts {counts.shape} and scores {scores.shape}")
        if classes.shape != (n,):
            raise ValueError(f"state has classes {classes.shape} and scores {scores.shape}")
        self.model.check(filters)
        if not np.isfinite(scores).all():
            raise ValueError("state has scores with numbers that are not finite")
        self.filters = np.array(filters, np.float64)
        self.counts = np.array(counts, np.int64)
        self.scores = np.array(scores, np.float64)
        self.classes = np.array(classes, np.int64)
        for name, array in self.extra.items():
            saved = state[f"track_{name}"]
            # A column of vectors has no length before the first of them.
            expected = (n, *(there or size for there, size in zip(array.shape[1:], saved.shape[1:], strict=False)))
            if saved.shape != expected:
                raise ValueError(f"state has track_{name} {saved.shape}, expected {expected}")
            self.extra[name] = np.array(saved, array.dtype)

    def boxes(self) -> Floats:
        """(n, 4) `xyxy` of the filtered positions; NaN where a filter has left the possible shapes."""
        return self.model.boxes(self.filters[POSITION])

    def predict(self) -> None:
        """One frame passes: every filter moves, every track is one frame older and, until matched, missed."""
        self.model.predict(self.filters)
        self.counts[STREAK] *= self.counts[MISSES] == 0
        self.counts[AGE] += 1
        self.counts[MISSES] += 1
        self.counts[DETECTION] = -1

    def update(self, rows: Integers, detections: Integers, measurements: Floats, scores: Floats) -> None:
        """The tracks `rows` were matched to `detections`: correct their filters by the measurements `(m, 4)`."""
        matched = self.filters.take(rows, axis=1)
        self.model.update(matched, measurements)
        self.filters[:, rows] = matched
        counts = self.counts.take(rows, axis=1)
        counts[HITS : STREAK + 1] += 1
        counts[MISSES] = 0
        counts[DETECTION] = detections
        self.counts[:, rows] = counts
        self.scores[rows] = scores

    def classify(self, classes: Integers) -> None:
        """The tracks that were seen or started in this frame take the classes `(n,)` of their detections."""
        seen = (self.counts[DETECTION] >= 0).nonzero()[0]
        self.classes[seen] = classes[self.counts[DETECTION, seen]]

    def start(self, detections: Integers, measurements: Floats, scores: Floats, slots: Integers | int = -1) -> None:
        """Start a track from each measurement `(m, 4)`."""
        born = np.zeros((7, len(scores)), np.int64)
        born[HITS] = 1
        born[SLOT] = slots
        born[DETECTION] = detections
        self.filters = np.concatenate((self.filters, self.model.initiate(measurements)), axis=1)
        self.counts = np.concatenate((self.counts, born), axis=1)
        self.scores = np.concatenate((self.scores, scores))
        self.classes = np.concatenate((self.classes, np.full(len(scores), -1)))
        for name, array in self.extra.items():
            self.extra[name] = np.concatenate((array, np.zeros((len(scores), *array.shape[1:]), array.dtype)))

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Drop the tracks that are not in the mask `(n,)`."""
        self.filters = self.filters[:, rows]
        self.counts = self.counts[:, rows]
        self.scores = self.scores[rows]
        self.classes = self.classes[rows]
        for name, array in self.extra.items():
            self.extra[name] = array[rows]
