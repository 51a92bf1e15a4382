"""Association: which track takes which detection, by overlap (SORT) or by appearance under a motion gate (DeepSORT)."""

from __future__ import annotations

import numpy as np

from flatsort.tracker.assignment import assign, uncontested
from flatsort.tracker.boxes import Floats, Integers, overlapping_pairs, points_in_boxes
from flatsort.tracker.config import TrackerConfig
from flatsort.tracker.gallery import Gallery
from flatsort.tracker.kalman import POSITION
from flatsort.tracker.nearest import Vectors
from flatsort.tracker.track_table import TrackTable

Pairs = tuple[Integers, Integers]  # rows of the track table, rows of the detections, equally long

# Two boxes that overlap by this much might be one person's: SORT's threshold.
RIVAL = 0.3
# DeepSORT prices a pair that may not match this much above its gate.
BEYOND_GATE = 1e-5


def match_by_overlap(tracks: Floats, detections: Floats, min_iou: float) -> Pairs:
    """SORT's rule: the largest total overlap, and then pairs below the threshold are dropped.

    Where every box has at most one partner above the threshold, those partners are the match (as in the reference
    implementation, whose results this reproduces).
    """
    rows, columns, overlap = overlapping_pairs(tracks, detections)
    if not len(rows):
        return rows, columns
    good = overlap > min_iou
    if np.bincount(rows, good).max() == np.bincount(columns, good).max() == 1:
        return rows[good], columns[good]
    chosen = assign(rows, columns, overlap)
    chosen = chosen[overlap[chosen] >= min_iou]
    return rows[chosen], columns[chosen]


def match_recent_by_overlap(tracks: Floats, detections: Floats, min_iou: float) -> Pairs:
    """DeepSORT's rule for overlap: pairs below the threshold cannot match, of the rest the smallest total cost."""
    rows, columns, overlap = overlapping_pairs(tracks, detections)
    good = overlap >= min_iou
    rows, columns, gain = rows[good], columns[good], overlap[good] - min_iou + BEYOND_GATE
    chosen = assign(rows, columns, gain)
    return rows[chosen], columns[chosen]


def match_unrivalled(tracks: Floats, detections: Floats, min_iou: float) -> Pairs:
    """The pairs that overlap by `min_iou` or more, where neither overlaps another by `RIVAL` or more."""
    rows, columns, overlap = overlapping_pairs(tracks, detections)
    near = overlap >= RIVAL
    rows, columns, overlap = rows[near], columns[near], overlap[near]
    good = uncontested(rows, columns) & (overlap >= min_iou)
    return rows[good], columns[good]


def motion_gated_pairs(table: TrackTable, tracks: Integers, measurements: Floats, gate: float) -> tuple[Pairs, Floats]:
    """The pairs within the squared Mahalanobis distance `gate`, and that distance `(p,)`.

    The innovation covariance is diagonal: the distance is a sum, and each axis alone bounds where a partner can lie.
    """
    filters = table.filters if len(tracks) == len(table) else table.filters.take(tracks, axis=1)
    expected = table.model.innovation_variance(filters)
    position = filters[POSITION]
    reach = np.sqrt(gate * expected[:, :2])
    i, j = points_in_boxes(np.concatenate((position[:, :2] - reach, position[:, :2] + reach), axis=1), measurements)
    deviation = measurements.take(j, axis=0) - position.take(i, axis=0)
    deviation *= deviation
    deviation /= expected.take(i, axis=0)
    distance = deviation.sum(1)
    keep = (distance <= gate).nonzero()[0]
    return (tracks[i[keep]], j[keep]), distance[keep]


def match_by_appearance(
    table: TrackTable,
    tracks: Integers,
    gallery: Gallery,
    measurements: Floats,
    vectors: Vectors,
    config: TrackerConfig,
    taken: Integers | None = None,
) -> Pairs:
    """DeepSORT's matching cascade over the given rows of the table and the detections that are not `taken`.

    Motion gates first; appearance is measured only for pairs that pass. A pair without rivals is settled by either gate
    alone, so its newest embedding usually suffices and the search through the ring is spared.

    With `joint_gate` the cost is, up to factors, minus the logarithm of both likelihoods, and the gate is on their sum:
    what motion leaves of it is the largest distance of appearance.
    """
    (rows, columns), motion = motion_gated_pairs(table, tracks, measurements, config.motion_gate)
    if taken is not None and len(taken):
        free = np.ones(len(measurements), bool)
        free[taken] = False
        keep = free[columns].nonzero()[0]
        rows, columns, motion = rows[keep], columns[keep], motion[keep]
    if not len(rows):
        return rows, columns
    weight = config.motion_weight
    limit = np.broadcast_to(config.gate, len(rows))
    if config.joint_gate:
        motion = (
            motion + table.model.log_determinant(table.filters)[rows] - table.model.log_scale(measurements)[columns]
        )
        limit = config.gate * (1 - weight / config.motion_gate * motion) / (1 - weight)
    slots = table.slots[rows]
    alone = uncontested(rows, columns)
    settled = alone & (gallery.newest(slots, columns, vectors) <= limit)
    open_ = (~settled).nonzero()[0]
    if not len(open_):
        return rows, columns
    distance = gallery.nearest(slots[open_], columns[open_], vectors)
    good = distance <= limit[open_]
    open_, distance = open_[good], distance[good]
    cost = weight / config.motion_gate * motion[open_] + (1 - weight) / config.gate * distance
    gain = config.gate * (1 - cost) + BEYOND_GATE
    chosen = open_[_cascade(rows[open_], columns[open_], gain, table.misses if config.cascade else None)]
    chosen = np.concatenate((settled.nonzero()[0], chosen))
    return rows[chosen], columns[chosen]


def _cascade(rows: Integers, columns: Integers, gain: Floats, misses: Integers | None) -> Integers:
    """Positions of the pairs to match, tracks that were missed for fewer frames first."""
    if misses is None or uncontested(rows, columns).all():
        return assign(rows, columns, gain)
    age = misses[rows]
    taken = np.zeros(columns.max() + 1, bool)
    chosen = []
    for level in np.flatnonzero(np.bincount(age)):
        pairs = ((age == level) & ~taken[columns]).nonzero()[0]
        pairs = pairs[assign(rows[pairs], columns[pairs], gain[pairs])]
        taken[columns[pairs]] = True
        chosen.append(pairs)
    return np.concatenate(chosen)
