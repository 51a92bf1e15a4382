"""What counts in a sequence: MOTChallenge's rules on classes, distractors and `conf` flags."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from data import BoxTable
from eval.overlap import EPSILON, THRESHOLD, FrameOverlap, Overlaps, overlap

PEDESTRIAN = 1
CLASSES = range(1, 14)  # MOT16 (Milan et al. 2016), Table 3, and `crowd` of MOT20
# People and their likenesses that a tracker may or may not report: on a vehicle, static, distractor, reflection.
DISTRACTORS = (2, 7, 8, 12)
MOT20_DISTRACTORS = (2, 6, 7, 8, 12)  # MOT20 adds non-motorised vehicles


def preprocess(
    truth: BoxTable, tracks: BoxTable, length: int | None = None, distractors: tuple[int, ...] = DISTRACTORS
) -> Overlaps:
    """Keep the boxes that count and pair them frame by frame.

    Where the ground truth has classes (MOT16, MOT17, MOT20): each frame's tracks are assigned to all its objects of
    any class by overlap, at 0.5 or more; tracks assigned to a distractor are left out; of the objects, pedestrians
    with `conf` other than 0 are kept. Where it has none (MOT15, `classes` all -1): rows with `conf` 0 are left out,
    nothing else.

    length: frames of the sequence; without it, the last frame that has a box.
    distractors: classes whose tracks are left out.
    Raises ValueError: an identity twice in a frame, a class outside 1 to 13, a box beyond `length`.
    Source: the MOTChallenge development kit, by way of TrackEval 1.3.0 (`mot_challenge_2d_box.py`).
    """
    last = max(truth.last_frame, tracks.last_frame)
    if length is None:
        length = last
    elif last > length:
        raise ValueError(f"length: {length} frames, but there is a box in frame {last}")
    _check_identities("truth", truth)
    _check_identities("tracks", tracks)
    classed = bool((truth.classes >= 0).any())
    unknown = np.setdiff1d(truth.classes, CLASSES) if classed else np.empty(0)
    if len(unknown):
        raise ValueError(f"truth.classes: {int(unknown[0])}, expected classes 1 to 13, or -1 in all rows")

    # Ground truth's `conf` is a flag, read as an integer: 0.5 is 0.
    counts = truth.scores.astype(np.int64) != 0
    if classed:
        counts &= truth.classes == PEDESTRIAN
    distracting = np.isin(truth.classes, distractors) if classed else np.zeros(len(truth), bool)
    kept = np.ones(len(tracks), bool)
    spans: list[tuple[slice, slice, NDArray[np.float64]]] = []
    for frame in range(1, last + 1):
        objects, reported = truth.rows_of(frame), tracks.rows_of(frame)
        iou = overlap(truth.boxes[objects], tracks.boxes[reported])
        if iou.size and distracting[objects].any():
            kept[reported] = ~_taken_by_distractors(iou, distracting[objects])
        spans.append((objects, reported, iou[counts[objects]][:, kept[reported]]))

    truth_ids, truth_identities = _counted_from_zero(truth.ids, counts)
    track_ids, track_identities = _counted_from_zero(tracks.ids, kept)
    frames = tuple(
        FrameOverlap(truth_ids[objects][counts[objects]], track_ids[reported][kept[reported]], iou)
        for objects, reported, iou in spans
        if iou.shape != (0, 0)
    )
    return Overlaps(frames, truth_identities, track_identities, length)


def _taken_by_distractors(iou: NDArray[np.float64], distracting: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(t,) which tracks of one frame are assigned to a distractor; iou (g, t), distracting (g,)."""
    iou = np.where(iou < THRESHOLD - EPSILON, 0, iou)
    rows, columns = linear_sum_assignment(-iou)
    taken = np.zeros(iou.shape[1], bool)
    taken[columns] = distracting[rows] & (iou[rows, columns] > EPSILON)
    return taken


def _counted_from_zero(ids: NDArray[np.int64], kept: NDArray[np.bool_]) -> tuple[NDArray[np.int64], int]:
    """The ids of the kept rows as 0, 1, ... in their order (-1 in the others), and how many there are."""
    names, index = np.unique(ids[kept], return_inverse=True)
    counted = np.full(len(ids), -1, np.int64)
    counted[kept] = index
    return counted, len(names)


def _check_identities(name: str, table: BoxTable) -> None:
    pairs = np.stack([table.frames, table.ids], 1)
    unique, counts = np.unique(pairs, axis=0, return_counts=True)
    if (counts > 1).any():
        frame, identity = unique[counts > 1][0]
        raise ValueError(f"{name}.ids: {identity} stands twice in frame {frame}, expected each identity once a frame")
