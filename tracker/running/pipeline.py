"""Run a tracker over a sequence: filter the detections, describe them, track them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import Detections
from flatsort.data.errors import InputError
from flatsort.embedding import describe
from flatsort.tracker.boxes import nms as suppress
from flatsort.tracker.running.camera_file import CameraMotionFile
from flatsort.tracker.running.clock import StepClock
from flatsort.tracker.running.remarks import remark_detections, remark_unconfirmed

if TYPE_CHECKING:
    from flatsort.data import Frame, Sequence
    from flatsort.embedding import Descriptor
    from flatsort.tracker.running.camera_motion import CameraMotion
    from flatsort.tracker.tracker import Tracker


@dataclass(frozen=True, slots=True)
class FrameTracks:
    """The tracks of one frame: index from 1, ids (m,) int64, boxes (m, 4) `xyxy`, scores (m,).

    classes: (m,) int64, of the last matched detection, -1 where detections have none.
    detection_ids: (n,) int64, the id of each detection that the tracker was given, -1 where it has none.
    detections: (m,) int64, the place of each track's detection among all of the frame, counted from 0 in the order of
        the file or the detector, before any filter; -1 where the track was not seen.
    detected: (m, 4) `xyxy`, the detection's own box, NaN where the track was not seen.
    time: of the frame, in seconds from the first, None where the source has no clock.
    """

    index: int
    ids: NDArray[np.int64]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    detection_ids: NDArray[np.int64]
    detections: NDArray[np.int64]
    detected: NDArray[np.float64]
    classes: NDArray[np.int64]
    time: float | None = None


def keep_detections(
    detections: Detections,
    *,
    min_confidence: float | None = None,
    nms: float | None = None,
    min_height: float | None = None,
    classes: Collection[int] | None = None,
    across_classes: bool = False,
) -> NDArray[np.int64]:
    """The rows (k,) that pass the filters, in their order, as DeepSORT filters: height and confidence, then NMS.

    min_confidence: the lowest score kept. min_height: the lowest box height kept, in pixels. nms: the highest
    overlap that two kept boxes may have (`tracker.boxes.nms`), of one class but with `across_classes`. classes: the
    numbers of those that are kept. None leaves a filter out.
    """
    keep = np.ones(len(detections), bool)
    if classes is not None and detections.classes is not None:
        keep &= np.isin(detections.classes, list(classes))
    if min_height is not None:
        keep &= detections.boxes[:, 3] - detections.boxes[:, 1] >= min_height
    if min_confidence is not None:
        keep &= detections.scores >= min_confidence
    rows = np.flatnonzero(keep)
    if nms is not None and len(rows):
        kinds = None if across_classes else detections.classes
        of_class = [rows] if kinds is None else [rows[kinds[rows] == number] for number in np.unique(kinds[rows])]
        boxes, scores = detections.boxes, detections.scores
        rows = np.sort(np.concatenate([own[suppress(boxes[own], scores[own], nms)] for own in of_class]))
    return rows


@dataclass(frozen=True, slots=True)
class FrameInputs:
    """What the tracker is given for a frame: index from 1; and the image where it was read.

    boxes: (n, 4) `xyxy`. scores: (n,). embeddings: (n, d), or None. motion: (2, 3) of the camera, or None.
    places: (n,) int64, of each among all detections of the frame, counted from 0. classes: (n,) int64, or None.
    time: of the frame, in seconds, or None. steps: frames of the source since the one before.
    """

    index: int
    image: NDArray[np.uint8] | None
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    embeddings: NDArray[np.float32] | None
    motion: NDArray[np.float64] | None
    places: NDArray[np.int64]
    classes: NDArray[np.int64] | None = None
    time: float | None = None
    steps: int = 1

    @property
    def nbytes(self) -> int:
        """Bytes of the image, which is what is bounded where frames are prepared ahead."""
        return 0 if self.image is None else self.image.nbytes

    def update(self, tracker: Tracker) -> FrameTracks:
        """The tracks that a tracker makes of it."""
        given = (self.boxes, self.scores, self.embeddings, self.classes)
        tracks = tracker.update(*given, motion=self.motion, steps=self.steps)
        rows = tracks.detections
        # The spare last row is that of tracks that were not seen.
        places, boxes = np.append(self.places, -1)[rows], np.vstack([self.boxes, np.full(4, np.nan)])[rows]
        found = (tracks.detection_ids, places, boxes, tracks.classes)
        return FrameTracks(self.index, tracks.ids, tracks.boxes, tracks.scores, *found, self.time)


See = Callable[[FrameInputs, FrameTracks], None]


def frame_inputs(
    sequence: Sequence,
    descriptor: Descriptor | None = None,
    *,
    min_confidence: float | None = None,
    nms: float | None = None,
    min_height: float | None = None,
    classes: Collection[int] | None = None,
    across_classes: bool = False,
    camera_motion: CameraMotion | CameraMotionFile | None = None,
) -> Generator[FrameInputs, None, None]:
    """What the tracker is given, frame by frame: detections that pass the filters, in the order of the file.

    Only they are described. Images are decoded ahead by the sequence while frames before them are described and
    tracked. Issues a `Remark` where the detections are probably not what was meant. Raises `InputError` where the
    sequence cannot be read, or a frame has no image and something needs it.
    """
    remark_detections(sequence, min_confidence, min_height)
    clock, last = StepClock(), 0
    for frame in sequence:
        rows = keep_detections(
            frame.detections,
            min_confidence=min_confidence,
            nms=nms,
            min_height=min_height,
            classes=classes,
            across_classes=across_classes,
        )
        kept = replace(frame, detections=frame.detections[rows])
        embeddings = None if descriptor is None else describe(descriptor, kept)
        steps, own = clock.steps(frame.index, frame.time), kept.detections
        motion = None if camera_motion is None else _motion(sequence, frame, camera_motion, frame.index - last)
        last = frame.index
        found = (own.boxes, own.scores, embeddings, motion, rows if own.places is None else own.places, own.classes)
        yield FrameInputs(frame.index, frame.image, *found, frame.time, steps)


def track_sequence(
    sequence: Sequence, tracker: Tracker, descriptor: Descriptor | None = None, **filters: Any
) -> Iterator[FrameTracks]:
    """Track a sequence frame by frame; one `FrameTracks` a frame, also where it has no detections.

    filters: as of `frame_inputs`, whose errors it raises.
    """
    yield from tracked(sequence, frame_inputs(sequence, descriptor, **filters), tracker)


def tracked(
    sequence: Sequence, inputs: Iterable[FrameInputs], tracker: Tracker, see: See | None = None
) -> Iterator[FrameTracks]:
    """The tracks of each frame of a sequence; a `Remark` at its end where hardly any detection belongs to one.

    see: is shown each frame with its tracks.
    """
    seen = unconfirmed = 0
    for one in inputs:
        tracks = one.update(tracker)
        if see is not None:
            see(one, tracks)
        seen += len(tracks.detection_ids)
        unconfirmed += int(np.count_nonzero(tracks.detection_ids < 0))
        yield tracks
    remark_unconfirmed(sequence, seen, unconfirmed)


def _motion(
    sequence: Sequence, frame: Frame, camera_motion: CameraMotion | CameraMotionFile, passed: int
) -> NDArray[np.float64]:
    """The camera's motion over the `passed` frames since the last one that was tracked."""
    if isinstance(camera_motion, CameraMotionFile):
        return camera_motion.at(frame.index, passed)
    if frame.image is None:
        cure = "give a source with images or leave --camera-motion out"
        raise InputError(str(sequence.source), None, f"frame {frame.index} has no image for the camera motion", cure)
    return camera_motion.estimate(frame.image, frame.detections.boxes)
