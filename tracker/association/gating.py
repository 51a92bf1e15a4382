"""Gating: which tracks and detections can be one at all, by motion or by overlap, before anything dear is asked."""

from __future__ import annotations

import numpy as np

from flatsort.tracker.assignment import assign
from flatsort.tracker.association.strategy import Pairs
from flatsort.tracker.boxes import Floats, Integers, Kinds, overlapping_pairs, points_in_boxes
from flatsort.tracker.kalman import POSITION
from flatsort.tracker.track_table import TrackTable

# DeepSORT prices a pair that may not match this much above its gate.
BEYOND_GATE = 1e-5


def match_recent_by_overlap(tracks: Floats, detections: Floats, min_iou: float, kinds: Kinds = None) -> Pairs:
    """DeepSORT's rule for overlap: pairs below the threshold cannot match, of the rest the smallest total cost."""
    rows, columns, overlap = overlapping_pairs(tracks, detections, kinds)
    good = overlap >= min_iou
    rows, columns, gain = rows[good], columns[good], overlap[good] - min_iou + BEYOND_GATE
    chosen = assign(rows, columns, gain)
    return rows[chosen], columns[chosen]


def motion_gated_pairs(
    table: TrackTable, tracks: Integers, measurements: Floats, gate: float, kinds: Kinds = None
) -> tuple[Pairs, Floats]:
    """The pairs within the squared Mahalanobis distance `gate`, and that distance `(p,)`.

    kinds: the classes of these tracks and of the measurements, see `overlapping_pairs`.

    The innovation covariance is diagonal: the distance is a sum, and each axis alone bounds where a partner can lie.
    """
    filters = table.filters if len(tracks) == len(table) else table.filters.take(tracks, axis=1)
    expected = table.model.innovation_variance(filters)
    position = filters[POSITION]
    reach = np.sqrt(gate * expected[:, :2])
    bounds = np.concatenate((position[:, :2] - reach, position[:, :2] + reach), axis=1)
    i, j = points_in_boxes(bounds, measurements, kinds)
    deviation = measurements.take(j, axis=0) - position.take(i, axis=0)
    deviation *= deviation
    deviation /= expected.take(i, axis=0)
    distance = deviation.sum(1)
    keep = (distance <= gate).nonzero()[0]
    return (tracks[i[keep]], j[keep]), distance[keep]
