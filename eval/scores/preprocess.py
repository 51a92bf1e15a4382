"""What counts in a sequence: MOTChallenge's rules on classes, distractors and `conf` flags."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from flatsort.data import BoxTable
from flatsort.data.overlap import EPSILON, overlap
from flatsort.eval.scores.overlap import THRESHOLD, FrameOverlap, Overlaps

PEDESTRIAN = 1
CLASSES = range(1, 14)  # MOT16 (Milan et al. 2016), Table 3, and `crowd` of MOT20
# People and their likenesses that a tracker may or may not report: on a vehicle, static, distractor, reflection.
DISTRACTORS = (2, 7, 8, 12)
LARGEST_CORNER = 1e150  # pixels; the area of a larger box is beyond float64
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
    Raises ValueError: as `check_truth` and `check_tracks`, and for a box beyond `length`.
    Source: the MOTChallenge development kit, by way of TrackEval 1.3.0 (`mot_challenge_2d_box.py`).
    """
    check_truth(truth)
    check_tracks(tracks)
    last = max(truth.last_frame, tracks.last_frame)
    if length is None:
        length = last
    elif last > length:
        raise ValueError(f"length: {length} frames, but there is a box in frame {last}")

    counts = counted(truth)
    distracting = np.isin(truth.classes, distractors) if has_classes(truth) else np.zeros(len(truth), bool)
    kept = np.ones(len(tracks), bool)
    pairs: list[tuple[int, slice, slice, NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
    for frame in np.union1d(truth.frames, tracks.frames).tolist():
        objects, reported = truth.rows_of(frame), tracks.rows_of(frame)
        iou = overlap(truth.boxes[objects], tracks.boxes[reported])
        if iou.size and distracting[objects].any():
            kept[reported] = ~_assigned(iou, distracting[objects])
        iou = iou[counts[objects]][:, kept[reported]]
        rows, columns = np.nonzero(iou)
        pairs.append((frame, objects, reported, rows, columns, iou[rows, columns]))

    truth_names, truth_ids = _counted_from_zero(truth.ids, counts)
    track_names, track_ids = _counted_from_zero(tracks.ids, kept)
    frames = tuple(
        FrameOverlap(
            frame, truth_ids[objects][counts[objects]], track_ids[reported][kept[reported]], rows, columns, values
        )
        for frame, objects, reported, rows, columns, values in pairs
    )
    return Overlaps(frames, truth_names, track_names, length)


def has_classes(truth: BoxTable) -> bool:
    """Whether the ground truth has classes (MOT16 and later), or not (MOT15)."""
    return bool((truth.classes >= 0).any())


def flagged(truth: BoxTable) -> NDArray[np.bool_]:
    """(n,) which boxes of ground truth are to be found by their flag `conf`, read as an integer: 0.5 is 0."""
    counts: NDArray[np.bool_] = np.trunc(truth.scores) != 0
    return counts


def outside_ignored(tracks: BoxTable, objects: BoxTable, truth: BoxTable) -> NDArray[np.bool_]:
    """(n,) which boxes of tracks count where ground truth has regions to ignore, as VisDrone's does.

    Regions are the rows of class 0, where none of these has a flag other than 0. A box of a track of which more than
    half lies in one of them is left out, unless it is assigned to an object, by overlap of 0.5 or more.
    Source: TrackEval 1.3.0 (`bdd100k.py`).
    """
    kept = np.ones(len(tracks), bool)
    regions = truth[truth.classes == 0]
    if not len(regions) or flagged(regions).any():
        return kept
    for frame in np.unique(regions.frames).tolist():
        rows = tracks.rows_of(frame)
        boxes, ignored = tracks.boxes[rows][:, None], regions.boxes[regions.rows_of(frame)][None]
        sides = np.minimum(boxes[..., 2:], ignored[..., 2:]) - np.maximum(boxes[..., :2], ignored[..., :2])
        covered = np.maximum(sides, 0).prod(axis=2) > THRESHOLD * (boxes[..., 2:] - boxes[..., :2]).prod(axis=2)
        iou = overlap(objects.boxes[objects.rows_of(frame)], tracks.boxes[rows])
        kept[rows] = ~covered.any(axis=1) | _assigned(iou, np.ones(len(iou), bool))
    return kept


def counted(truth: BoxTable) -> NDArray[np.bool_]:
    """(n,) which boxes of ground truth are people to be found: the flag `conf`, and class 1 where there are classes."""
    counts = flagged(truth)
    return counts & (truth.classes == PEDESTRIAN) if has_classes(truth) else counts


def _assigned(iou: NDArray[np.float64], asked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(t,) which tracks of one frame are assigned to an object that is asked for; iou (g, t), asked (g,)."""
    iou = np.where(iou < THRESHOLD - EPSILON, 0, iou)
    rows, columns = linear_sum_assignment(-iou)
    taken = np.zeros(iou.shape[1], bool)
    taken[columns] = asked[rows] & (iou[rows, columns] > EPSILON)
    return taken


def _counted_from_zero(ids: NDArray[np.int64], kept: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The ids of the kept rows, each once in their order, and all rows with their place in it (-1 in the others)."""
    names, index = np.unique(ids[kept], return_inverse=True)
    counted = np.full(len(ids), -1, np.int64)
    counted[kept] = index
    return names, counted


def check_truth(truth: BoxTable) -> None:
    """Raise ValueError where ground truth cannot be scored: its classes, or as `check_tracks`."""
    if (truth.classes >= 0).any():
        unknown = np.flatnonzero(~np.isin(truth.classes, CLASSES))
        if len(unknown):
            found = f"{truth.classes[unknown[0]]} in frame {truth.frames[unknown[0]]}"
            raise ValueError(f"truth.classes: {found}, expected classes 1 to 13, or -1 in all rows")
    _check_rows("truth", truth)


def check_tracks(tracks: BoxTable) -> None:
    """Raise ValueError where tracks cannot be scored: their frames, boxes, or an identity twice in a frame."""
    _check_rows("tracks", tracks)


def _check_rows(name: str, table: BoxTable) -> None:
    shape = (len(table.frames), 4)
    if table.boxes.shape != shape:
        raise ValueError(f"{name}.boxes: shape {table.boxes.shape}, expected {shape}")
    if len(table) and (table.frames[0] < 1 or (np.diff(table.frames) < 0).any()):
        raise ValueError(f"{name}.frames: expected in order, from 1")
    unfit = ~(np.abs(table.boxes) < LARGEST_CORNER).all(axis=1)
    if unfit.any():
        row = int(np.flatnonzero(unfit)[0])
        raise ValueError(f"{name}.boxes: {table.boxes[row].tolist()} in frame {table.frames[row]}, expected pixels")
    order = np.lexsort((table.ids, table.frames))
    frames, ids = table.frames[order], table.ids[order]
    again = np.flatnonzero((np.diff(frames) == 0) & (np.diff(ids) == 0))
    if len(again):
        first = again[0]
        raise ValueError(f"{name}.ids: {ids[first]} stands twice in frame {frames[first]}, expected once a frame")
