"""The tracker: predict, match, update the matched, start tracks from the rest, prune, report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flatsort.tracker.association import (
    Pairs,
    match_by_appearance,
    match_by_overlap,
    match_recent_by_overlap,
    match_unrivalled,
)
from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.checks import checked_detections, checked_embeddings, checked_motion
from flatsort.tracker.config import TrackerConfig
from flatsort.tracker.gallery import Gallery
from flatsort.tracker.kalman import MOTION_MODELS, POSITION
from flatsort.tracker.nearest import Vectors
from flatsort.tracker.track_table import AGE, DETECTION, HITS, ID, MISSES, SLOT, STREAK, TrackTable

# Of the saved state; a change of meaning raises it.
STATE_VERSION = 1

_NO_PAIRS: Pairs = (np.empty(0, np.int64), np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Tracks:
    """What `Tracker.update` returns.

    detection_ids: (n,) int64, the id of each detection, -1 where it belongs to no confirmed track.
    ids: (m,) int64, ascending, of the tracks to report in this frame. boxes: (m, 4) float64, filtered, `xyxy` in
    pixels. scores: (m,) float64, of the last matched detection. ages: (m,) int64, frames since the track's first
    detection.
    """

    detection_ids: Integers
    ids: Integers
    boxes: Floats
    scores: Floats
    ages: Integers


class Tracker:
    """Follows boxes from frame to frame. Ids start at 1 and are given when a track is confirmed, so they do not skip.

    >>> tracker = Tracker(TrackerConfig.sort())
    >>> tracker.update([[10, 10, 50, 90]], [0.9]).ids
    array([1])
    """

    def __init__(self, config: TrackerConfig | None = None) -> None:
        import scipy.optimize  # noqa: F401 - half a second: not at `import tracker`, and not amid a video either

        self.config = config or TrackerConfig.sort()
        self.frame = 0
        self._last_id = 0
        self._table = TrackTable(MOTION_MODELS[self.config.motion])
        self._gallery: Gallery | None = None
        if self.config.association == "appearance":
            self._gallery = Gallery(self.config.budget, self.config.distance, self.config.search)

    def update(
        self,
        boxes: ArrayLike,
        scores: ArrayLike,
        embeddings: ArrayLike | None = None,
        *,
        motion: ArrayLike | None = None,
    ) -> Tracks:
        """Take the detections of the next frame and report the tracks.

        boxes: (n, 4) `xyxy` in pixels; one without area matches nothing and starts nothing. scores: (n,).
        embeddings: (n, d), where the configuration associates by appearance. motion: (2, 3), the camera's affine motion
        from the last frame to this one. The inputs are not changed, and their order does not matter.

        Raises ValueError naming the argument that has a wrong shape or values that are not finite.
        """
        boxes, scores = checked_detections(boxes, scores)
        count = len(boxes)
        vectors = self._checked_vectors(embeddings, count)
        camera = None if motion is None else checked_motion(motion)
        table = self._table
        self.frame += 1

        if camera is not None:
            table.model.warp(table.filters, camera)
        table.predict()

        usable = np.nonzero((boxes[:, 2:] > boxes[:, :2]).all(1))[0]
        if len(usable) < len(boxes):
            boxes, scores, vectors = boxes[usable], scores[usable], vectors if vectors is None else vectors[usable]
        measurements = table.model.measure(boxes)
        rows, columns = self._match(boxes, measurements, vectors)

        table.update(rows, usable[columns], measurements.take(columns, axis=0), scores[columns])
        if self._gallery is not None and vectors is not None and len(rows):
            self._gallery.add(table.slots[rows], vectors.take(columns, axis=0))
        self._end_missed()
        self._start(columns, usable, boxes, measurements, scores, vectors)
        return self._report(count)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Everything the next frames depend on, as arrays of plain numbers and one JSON string.

        `numpy.savez(file, **tracker.state_dict())` stores it; nothing has to be pickled.
        """
        table = self._table
        state: dict[str, NDArray[Any]] = {
            "version": np.array(STATE_VERSION),
            "config": np.array(json.dumps(asdict(self.config))),
            "frame": np.array(self.frame),
            "last_id": np.array(self._last_id),
            "filters": table.filters.copy(),
            "counts": table.counts.copy(),
            "scores": table.scores.copy(),
        }
        return state if self._gallery is None else state | self._gallery.state_dict()

    @classmethod
    def from_state_dict(cls, state: Mapping[str, NDArray[Any]]) -> Tracker:
        """A tracker that goes on where the saved one stood, bit for bit.

        state: what `state_dict` returned, or `numpy.load(file)` of it. Raises ValueError where it is incomplete,
        damaged or of another version.
        """
        try:
            if int(state["version"]) != STATE_VERSION:
                raise ValueError(f"state has version {int(state['version'])}, expected {STATE_VERSION}")
            tracker = cls(TrackerConfig.from_dict(json.loads(str(state["config"]))))
            tracker.frame, tracker._last_id = int(state["frame"]), int(state["last_id"])
            tracker._table.load(state["filters"], state["counts"], state["scores"])
            if tracker._gallery is not None:
                tracker._gallery.load_state_dict(state)
                tracker._gallery.check_slots(tracker._table.counts[SLOT])
        except KeyError as missing:
            raise ValueError(f"state has no entry {missing}") from None
        except (TypeError, IndexError, json.JSONDecodeError) as error:
            raise ValueError(f"state is damaged ({error})") from None
        return tracker

    def _checked_vectors(self, embeddings: ArrayLike | None, count: int) -> Vectors | None:
        if self._gallery is None:
            if embeddings is not None:
                raise ValueError('embeddings are given, but this tracker associates by "overlap" alone')
            return None
        if embeddings is None:
            if count:
                raise ValueError('embeddings are missing, and this tracker associates by "appearance"')
            return None
        return self._gallery.prepare(checked_embeddings(embeddings, count))

    def _match(self, boxes: Floats, measurements: Floats, vectors: Vectors | None) -> Pairs:
        table, config = self._table, self.config
        if self._gallery is None:
            predicted = table.boxes()
            if not isfinite(predicted.sum()):  # SORT ends tracks whose area or ratio has left the possible
                possible = np.isfinite(predicted[:, 1])
                table.keep(possible)
                predicted = predicted[possible]
            return match_by_overlap(predicted, boxes, config.min_iou)
        if vectors is None or not len(boxes) or not len(table):
            return _NO_PAIRS
        confirmed = table.counts[ID] > 0
        sure: Pairs | None = None
        if config.overlap_first:
            sure = self._match_unrivalled(boxes, confirmed)
            confirmed[sure[0]] = False
        taken = None if sure is None else sure[1]
        rows, columns = match_by_appearance(
            table, confirmed.nonzero()[0], self._gallery, measurements, vectors, config, taken
        )
        if sure is not None:
            rows, columns = np.concatenate((sure[0], rows)), np.concatenate((sure[1], columns))
        # The rest of the detections: by overlap, to tracks that are not confirmed yet or were just missed.
        recent = table.misses == 1
        recent[rows] = False
        left = np.ones(len(boxes), bool)
        left[columns] = False
        candidates, free = recent.nonzero()[0], left.nonzero()[0]
        if not len(candidates) or not len(free):
            return rows, columns
        predicted = table.model.boxes(table.filters[POSITION].take(candidates, axis=0))
        more_rows, more_columns = match_recent_by_overlap(predicted, boxes[free], config.min_iou)
        return np.concatenate((rows, candidates[more_rows])), np.concatenate((columns, free[more_columns]))

    def _match_unrivalled(self, boxes: Floats, confirmed: NDArray[np.bool_]) -> Pairs:
        table = self._table
        candidates = (confirmed & (table.misses == 1)).nonzero()[0]
        if not len(candidates):
            return _NO_PAIRS
        predicted = table.model.boxes(table.filters[POSITION].take(candidates, axis=0))
        rows, columns = match_unrivalled(predicted, boxes, self.config.overlap_first)
        return candidates[rows], columns

    def _end_missed(self) -> None:
        table = self._table
        limit: int | Integers = self.config.max_age
        if self._gallery is not None:  # a track that is not confirmed yet ends with its first miss (DeepSORT)
            limit = limit * (table.counts[ID] > 0)
        ended = table.misses > limit
        if ended.any():
            if self._gallery is not None:
                self._gallery.release(table.slots[ended])
            table.keep(~ended)

    def _start(
        self,
        matched: Integers,
        usable: Integers,
        boxes: Floats,
        measurements: Floats,
        scores: Floats,
        vectors: Vectors | None,
    ) -> None:
        new = np.ones(len(boxes), bool)
        new[matched] = False
        if not new.any():
            return
        born = new.nonzero()[0]
        born = born[np.lexsort(boxes[born].T)]  # so that ids do not depend on the order of the detections
        slots: Integers | int = -1
        if self._gallery is not None and vectors is not None:
            slots = self._gallery.allocate(vectors[born])
        self._table.start(usable[born], measurements[born], scores[born], slots)

    def _report(self, count: int) -> Tracks:
        table, config = self._table, self.config
        counts = table.counts
        if self._gallery is None:
            confirmed = counts[MISSES] == 0
            if self.frame > config.n_init:
                confirmed &= counts[STREAK] >= config.n_init
            shown = confirmed | ((counts[ID] > 0) & (counts[MISSES] <= config.coast)) if config.coast else confirmed
        else:
            shown = (counts[HITS] >= config.n_init) & (counts[MISSES] <= config.coast)
        new = (shown & (counts[ID] == 0)).nonzero()[0]
        if len(new):
            counts[ID, new] = np.arange(self._last_id + 1, self._last_id + 1 + len(new))
            self._last_id += len(new)
        rows = shown.nonzero()[0]
        rows = rows[counts[ID, rows].argsort()]
        shown_counts = counts.take(rows, axis=1)
        ids, seen = shown_counts[ID], shown_counts[DETECTION]
        detection_ids = np.full(count + 1, -1)
        detection_ids[seen] = ids  # tracks that were not seen write to the spare last row
        boxes = table.model.boxes(table.filters[POSITION].take(rows, axis=0))
        return Tracks(detection_ids[:count], ids, boxes, table.scores[rows], shown_counts[AGE])
