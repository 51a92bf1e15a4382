"""The tracker's step: predict, match, update, end, start, confirm, report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flatsort.tracker.association import ASSOCIATIONS, FrameDetections
from flatsort.tracker.association.strategy import Mask
from flatsort.tracker.boxes import SMALLEST_SIDE, Integers, visible
from flatsort.tracker.checks import (
    check_columns,
    check_counts,
    checked_classes,
    checked_count,
    checked_detections,
    checked_motion,
    checked_state,
    checked_steps,
)
from flatsort.tracker.config import UNKNOWN_RATE, TrackerConfig
from flatsort.tracker.memory import LongMemory
from flatsort.tracker.supervision import AnyCarrier, carried, is_carrier, with_ids
from flatsort.tracker.track_table import AGE, DETECTION, ID, TrackTable
from flatsort.tracker.tracks import Tracks

# Of the saved state; a change of meaning raises it.
STATE_VERSION = 2


class Tracker:
    """Follows boxes from frame to frame. Ids start at 1 and are given when a track is confirmed, so they do not skip.

    >>> tracker = Tracker(TrackerConfig.sort())
    >>> tracker.update([[10, 10, 50, 90]], [0.9]).ids
    array([1])
    """

    def __init__(self, config: TrackerConfig | None = None) -> None:
        import scipy.optimize  # noqa: F401 - half a second: not at `import tracker`, and not amid a video either

        self.config = config or TrackerConfig()
        self.frame = 0
        self._last_id = 0
        self._association = ASSOCIATIONS[self.config.association](self.config)
        self._memory = None if self.config.remember is None else LongMemory(self.config)
        columns = self._association.columns() | ({} if self._memory is None else self._memory.columns())
        self._table = TrackTable(self._association.model, columns)
        self._classed: bool | None = None  # whether detections have classes; None before the first

    @overload
    def update(
        self,
        boxes: ArrayLike,
        scores: ArrayLike,
        embeddings: ArrayLike | None = None,
        classes: ArrayLike | None = None,
        *,
        motion: ArrayLike | None = None,
        steps: int = 1,
    ) -> Tracks: ...

    @overload
    def update(
        self,
        boxes: AnyCarrier,
        scores: None = None,
        embeddings: ArrayLike | None = None,
        classes: ArrayLike | None = None,
        *,
        motion: ArrayLike | None = None,
        steps: int = 1,
    ) -> AnyCarrier: ...

    def update(
        self,
        boxes: Any,
        scores: ArrayLike | None = None,
        embeddings: ArrayLike | None = None,
        classes: ArrayLike | None = None,
        *,
        motion: ArrayLike | None = None,
        steps: int = 1,
    ) -> Any:
        """Take the detections of the next frame and report the tracks.

        boxes: (n, 4) `xyxy` in pixels; one without area matches nothing and starts nothing. scores: (n,).
            Or `supervision.Detections` in place of both: what comes back is a copy with `tracker_id` (n,), -1 where a
            row belongs to no confirmed track.
        embeddings: (n, d), where the configuration associates by appearance.
        classes: (n,) whole numbers, in every frame or in none; a track takes detections of its own class alone, but
            with `across_classes`. Those of `supervision.Detections` are taken where they have any.
        motion: (2, 3), the camera's affine motion from the last frame to this one.
        steps: frames since the last update, 1 where none was left out. Tracks move on through those between, and are
            not missed in them; where they take longer than a track may be missed, all tracks end.
        The inputs are not changed, and their order does not matter.

        Raises ValueError naming the argument that is missing, has a wrong shape or values that are not finite.
        """
        if is_carrier(boxes):
            if scores is not None:
                raise ValueError("scores are those of the detections; leave them out, or hand in the boxes alone")
            own, scores, of_rows = carried(boxes)
            given = of_rows if classes is None else classes
            tracks = self.update(own, scores, embeddings, given, motion=motion, steps=steps)
            return with_ids(boxes, tracks.detection_ids)
        if scores is None:
            raise ValueError("scores are missing; give one for each row of boxes")
        detections, numbers = self._checked(boxes, scores, embeddings, classes)
        camera = None if motion is None else checked_motion(motion)
        table, association = self._table, self._association
        if steps != 1:
            self._pass(checked_steps(steps) - 1)
        self.frame += 1

        association.predict(table, camera)
        self._end(association.model.impossible(table.filters))
        association.observe(table, detections)
        rows, columns = association.match(table, detections)
        association.update(table, rows, detections, columns)
        self._end(association.ended(table))
        if len(columns) < len(detections):
            association.start(table, detections, detections.unmatched(columns))
        if self._classed:
            table.classify(numbers)
        shown = association.shown(table, self.frame).nonzero()[0]
        if self._memory is not None:
            self._memory.observe(table, detections, self.frame)
            self._memory.recall(table, shown, self.frame)
        self._confirm(shown)
        return self._report(shown, len(numbers))

    def _checked(
        self, boxes: ArrayLike, scores: ArrayLike, embeddings: ArrayLike | None, classes: ArrayLike | None
    ) -> tuple[FrameDetections, Integers]:
        """The detections that have area, and the classes of all that were handed in, -1 where they have none."""
        boxes, scores = checked_detections(boxes, scores)
        numbers = self._checked_classes(classes, len(boxes))
        vectors = self._association.prepare(embeddings, len(boxes))
        count = len(boxes)
        if self._memory is not None and count and vectors is None:
            raise ValueError("embeddings are missing, and remember needs them to tell who comes back")
        rows = np.arange(count)
        sides = boxes[:, 2:] - boxes[:, :2]
        if sides.min(initial=1.0) < SMALLEST_SIDE:
            rows = np.nonzero((sides >= SMALLEST_SIDE).all(1))[0]
            boxes, scores, vectors = boxes[rows], scores[rows], None if vectors is None else vectors[rows]
        apart = numbers[rows] if self._classed and not self.config.across_classes else None
        return FrameDetections(rows, boxes, scores, self._association.model.measure(boxes), vectors, apart), numbers

    def _checked_classes(self, classes: ArrayLike | None, count: int) -> Integers:
        """The classes of all detections; ValueError where they come and go from frame to frame."""
        if classes is None:
            if count and self._classed:
                raise ValueError("classes are missing, and there were some in the frames before")
            if count:
                self._classed = False
            return np.full(count, -1)
        numbers = checked_classes(classes, count)
        if count and self._classed is False:
            raise ValueError("classes are given, and there were none in the frames before")
        if count:
            self._classed = True
        return numbers

    def _pass(self, frames: int) -> None:
        """So many frames pass that nobody looked at."""
        table, association = self._table, self._association
        self.frame += frames
        if frames > max(self.config.longest_miss, UNKNOWN_RATE):
            self._end(np.ones(len(table), bool))
        for _ in range(frames if len(table) else 0):
            association.pass_by(table)
            self._end(association.model.impossible(table.filters))

    def _end(self, ended: Mask) -> None:
        if ended.any():
            if self._memory is not None:
                self._memory.keep(self._table, ended, self.frame)
            self._association.release(self._table, ended)
            self._table.keep(~ended)

    def _confirm(self, shown: Integers) -> None:
        """Give ids to the rows that are shown for the first time, in order of birth."""
        ids = self._table.counts[ID]
        new = shown[ids[shown] == 0]
        if len(new):
            ids[new] = np.arange(self._last_id + 1, self._last_id + 1 + len(new))
            self._last_id += len(new)

    def _report(self, shown: Integers, count: int) -> Tracks:
        table = self._table
        rows = shown[table.counts[ID, shown].argsort()]
        counts = table.counts.take(rows, axis=1)
        ids, seen = counts[ID], counts[DETECTION]
        detection_ids = np.full(count + 1, -1)
        detection_ids[seen] = ids  # tracks that were not seen write to the spare last row
        boxes = visible(self._association.boxes(table, rows))
        return Tracks(detection_ids[:count], ids, boxes, table.scores[rows], counts[AGE], table.classes[rows])

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Everything the next frames depend on, as arrays of plain numbers and one JSON string.

        `numpy.savez(file, **tracker.state_dict())` stores it; nothing has to be pickled.
        """
        return {
            "version": np.array(STATE_VERSION),
            "config": np.array(json.dumps(asdict(self.config))),
            "frame": np.array(self.frame),
            "last_id": np.array(self._last_id),
            "classed": np.array(-1 if self._classed is None else int(self._classed)),
            **self._table.state_dict(),
            **self._association.state_dict(),
            **({} if self._memory is None else self._memory.state_dict()),
        }

    @classmethod
    def from_state_dict(cls, state: Mapping[str, NDArray[Any]]) -> Tracker:
        """A tracker that goes on where the saved one stood, bit for bit.

        state: what `state_dict` returned, or `numpy.load(file)` of it. Raises ValueError where it is incomplete,
        damaged or of another version.
        """
        arrays = checked_state(state)
        try:
            if checked_count("version", arrays["version"]) != STATE_VERSION:
                raise ValueError(f"state has version {int(arrays['version'])}, expected {STATE_VERSION}")
            tracker = cls(TrackerConfig.from_dict(json.loads(str(arrays["config"]))))
            tracker.frame = checked_count("frame", arrays["frame"])
            tracker._last_id = checked_count("last_id", arrays["last_id"])
            classed = int(arrays["classed"])
            if classed not in (-1, 0, 1):
                raise ValueError(f"state has classed {classed}, expected -1, 0 or 1")
            tracker._classed = None if classed < 0 else classed > 0
            tracker._table.load_state_dict(arrays)
            check_columns(tracker._table.extra, tracker._association.unknown)
            check_counts(tracker._table.counts, tracker.frame, tracker._last_id)
            tracker._association.load_state_dict(arrays, tracker._table)
            if tracker._memory is not None:
                tracker._memory.load_state_dict(arrays, tracker._table, tracker.frame, tracker._last_id)
        except KeyError as missing:
            raise ValueError(f"state has no entry {missing}") from None
        except (AttributeError, TypeError, IndexError, OverflowError, RecursionError, json.JSONDecodeError) as error:
            raise ValueError(f"state is damaged ({error})") from None
        return tracker
