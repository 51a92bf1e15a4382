"""Run a tracker over a sequence: filter the detections, describe them, track them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import Detections
from flatsort.data.errors import InputError
from flatsort.embedding import describe
from flatsort.tracker.boxes import nms as suppress
from flatsort.tracker.running.camera_file import CameraMotionFile

if TYPE_CHECKING:
    from flatsort.data import Frame, Sequence
    from flatsort.embedding import Descriptor
    from flatsort.tracker.running.camera_motion import CameraMotion
    from flatsort.tracker.tracker import Tracker


@dataclass(frozen=True, slots=True)
class FrameTracks:
    """The tracks of one frame: index from 1, ids (m,) int64, boxes (m, 4) `xyxy`, scores (m,)."""

    index: int
    ids: NDArray[np.int64]
    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]


def keep_detections(
    detections: Detections,
    *,
    min_confidence: float | None = None,
    nms: float | None = None,
    min_height: float | None = None,
) -> NDArray[np.int64]:
    """The rows (k,) that pass the filters, in their order, as DeepSORT filters: height and confidence, then NMS.

    min_confidence: the lowest score kept. min_height: the lowest box height kept, in pixels. nms: the highest
    overlap that two kept boxes may have (`tracker.boxes.nms`). None leaves a filter out.
    """
    keep = np.ones(len(detections), bool)
    if min_height is not None:
        keep &= detections.boxes[:, 3] - detections.boxes[:, 1] >= min_height
    if min_confidence is not None:
        keep &= detections.scores >= min_confidence
    rows = np.flatnonzero(keep)
    if nms is not None and len(rows):
        rows = rows[suppress(detections.boxes[rows], detections.scores[rows], nms)]
    return rows


def track_sequence(
    sequence: Sequence,
    tracker: Tracker,
    descriptor: Descriptor | None = None,
    *,
    min_confidence: float | None = None,
    nms: float | None = None,
    min_height: float | None = None,
    camera_motion: CameraMotion | CameraMotionFile | None = None,
) -> Iterator[FrameTracks]:
    """Track a sequence frame by frame; one `FrameTracks` a frame, also where it has no detections.

    The tracker sees the detections that pass the filters (`keep_detections`) in the order of the file. Only they are
    described. Images are decoded ahead by the sequence while frames before them are described and tracked.

    Raises `InputError` where the sequence cannot be read, or a frame has no image and something needs it.
    """
    for frame in sequence:
        rows = keep_detections(frame.detections, min_confidence=min_confidence, nms=nms, min_height=min_height)
        kept = replace(frame, detections=frame.detections[rows])
        embeddings = None if descriptor is None else describe(descriptor, kept)
        motion = None if camera_motion is None else _motion(sequence, kept, camera_motion)
        tracks = tracker.update(kept.detections.boxes, kept.detections.scores, embeddings, motion=motion)
        yield FrameTracks(frame.index, tracks.ids, tracks.boxes, tracks.scores)


def _motion(sequence: Sequence, frame: Frame, camera_motion: CameraMotion | CameraMotionFile) -> NDArray[np.float64]:
    if isinstance(camera_motion, CameraMotionFile):
        return camera_motion.at(frame.index)
    if frame.image is None:
        cure = "give a source with images or leave --camera-motion out"
        raise InputError(str(sequence.source), None, f"frame {frame.index} has no image for the camera motion", cure)
    return camera_motion.estimate(frame.image, frame.detections.boxes)
