"""What speaks for a pair of track and detection: the terms of its gain, and the pairs worth asking.

gain = overlap x height + 0.15 direction - 0.15 score - 0.15 + 0.06 appearance
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flatsort.tracker.boxes import Floats, Integers, Kinds, overlapping_pairs
from flatsort.tracker.kalman import POSITION, XYWH
from flatsort.tracker.track_table import TrackTable

# What a pair must gain to be matched rather than left. These constants were chosen on MOT16, the second halves of four
# MOT17 sequences, twelve of DanceTrack, PETS09-S2L1, TUD-Campus and KITTI-17: nothing was held out.
THRESHOLD = 0.15
DIRECTION, SCORE, APPEARANCE = 0.15, 0.15, 0.06
# The largest squared Mahalanobis distance of a pair that does not overlap. Beyond DeepSORT's, since appearance decides.
MOTION_GATE = 100.0
# A place unknown by less than this share of the height, one standard deviation, grows no box (that of a person just
# found is 0.13 at 30 frames a second); the most that a box grows; and for how many frames after it was seen. Chosen on
# every fifth frame of MOT16-11, PETS09-S2L1, TUD-Campus and KITTI-17, as are the rates in `tracker.kalman`.
CERTAIN, MOST_GROWTH, RECENT = 0.15, 0.5, 2


@dataclass(frozen=True, slots=True)
class PairTerms:
    """Pairs `(p,)` and their terms, weighted, so that their sum less the threshold is the gain.

    rows, columns: of the table, of the detections. overlap: intersection over union times that of the heights.
    direction: from -0.075 to 0.075. score: at most 0. appearance: 0 without a descriptor.
    """

    rows: Integers
    columns: Integers
    overlap: Floats
    direction: Floats
    score: Floats
    appearance: Floats

    @property
    def gain(self) -> Floats:
        """(p,) of each pair; below 0 it is not matched."""
        gain: Floats = self.overlap + self.direction + self.score + self.appearance - THRESHOLD
        return gain


def doubt(table: TrackTable) -> Floats | None:
    """(n, 2) pixels by which the boxes of tracks are grown in x and y: what their place is unknown beyond `CERTAIN`.

    Only of tracks seen in one of the last two frames: who was lost for long could be anywhere. None where none grows,
    as at 20 frames a second and more.
    """
    if table.model is XYWH or table.model.layout != XYWH.layout:
        return None
    filters = table.filters
    deviation = np.sqrt(table.model.innovation_variance(filters)[:, :2])
    height = filters[POSITION, :, 3:]
    growth = np.clip(deviation - CERTAIN * height, 0.0, MOST_GROWTH * height)
    growth[table.misses > RECENT] = 0.0
    return growth if growth.any() else None


def overlapping(
    tracks: Floats, detections: Floats, kinds: Kinds = None, growth: Floats | None = None
) -> tuple[Integers, Integers, Floats]:
    """The pairs of boxes that share area, and their height-modulated overlap (Hybrid-SORT, Yang et al., AAAI 2024).

    Two boxes of one width at one place overlap much although their heights differ; heights tell people of different
    distance apart. growth: (n, 2) by which a track's box and the detection's beside it are grown on each side (C-BIoU,
    Yang et al., WACV 2023, whose buffer is one for all).
    """
    if growth is not None:
        margin = np.concatenate((-growth, growth), axis=1)
        grown = tracks + margin
        rows, columns, _ = overlapping_pairs(grown, detections, kinds)
        overlap = paired_overlap(grown.take(rows, axis=0), detections.take(columns, axis=0) + margin.take(rows, axis=0))
        return rows, columns, overlap
    rows, columns, overlap = overlapping_pairs(tracks, detections, kinds)
    one, two = tracks.take(rows, axis=0), detections.take(columns, axis=0)
    shared = np.minimum(one[:, 3], two[:, 3])
    shared -= np.maximum(one[:, 1], two[:, 1])
    either = np.maximum(one[:, 3], two[:, 3])
    either -= np.minimum(one[:, 1], two[:, 1])
    overlap = overlap * shared
    overlap /= either
    return rows, columns, overlap


def paired_overlap(one: Floats, two: Floats) -> Floats:
    """(p,) the height-modulated overlap of boxes `(p, 4)` with those beside them."""
    shared = np.maximum(np.minimum(one[:, 2:], two[:, 2:]) - np.maximum(one[:, :2], two[:, :2]), 0.0)
    around = np.maximum(one[:, 3], two[:, 3]) - np.minimum(one[:, 1], two[:, 1])
    area = shared[:, 0] * shared[:, 1]
    union = (one[:, 2:] - one[:, :2]).prod(1) + (two[:, 2:] - two[:, :2]).prod(1) - area
    overlap: Floats = area * shared[:, 1] / (union * around)
    return overlap


def direction(centres: Floats, observations: Integers, rows: Integers, targets: Floats) -> Floats:
    """How straight on the pairs `(p,)` would go, from 0.5 (straight) to -0.5 (back); 0 for tracks seen once.

    The angle between the last three steps of the track and the step to the detection (OC-SORT, Cao et al., CVPR 2023,
    Eq. 8). centres: (n, 4, 2), newest first. targets: (p, 2) centres of the detections.
    """
    known = np.minimum(observations, 4).take(rows)
    history = centres.take(rows, axis=0)
    newest = history[:, 0]
    past = newest - history[np.arange(len(rows)), np.maximum(known - 1, 0)]
    step = targets - newest
    crossed = past[:, 0] * step[:, 1] - past[:, 1] * step[:, 0]
    along = np.einsum("pc,pc->p", past, step)
    straight: Floats = 0.5 - np.abs(np.arctan2(crossed, along)) / np.pi
    # A track or a detection that has not moved has no direction.
    straight[(known < 2) | ((crossed == 0) & (along == 0))] = 0.0
    return straight
