"""SORT: every track competes for every detection by overlap alone."""

from __future__ import annotations

import numpy as np

from flatsort.tracker.assignment import assign
from flatsort.tracker.association.strategy import Association, FrameDetections, Mask, Pairs, missed_beyond
from flatsort.tracker.boxes import Floats, Kinds, overlapping_pairs
from flatsort.tracker.track_table import ID, MISSES, STREAK, TrackTable


class Overlap(Association):
    """Bewley et al., "Simple Online and Realtime Tracking" (ICIP 2016), as its reference implementation does it."""

    def match(self, table: TrackTable, detections: FrameDetections) -> Pairs:
        """The largest total overlap, and then pairs below the threshold are dropped."""
        return match_by_overlap(table.boxes(), detections.boxes, self.config.min_iou, detections.kinds(table))

    def ended(self, table: TrackTable) -> Mask:
        """Missed for more than `max_age` frames."""
        return missed_beyond(table, self.config.longest_miss)

    def shown(self, table: TrackTable, frame: int) -> Mask:
        """Seen now, and `n_init` times in a row after the first; in the first frames everything that was seen."""
        config, counts = self.config, table.counts
        shown: Mask = counts[MISSES] == 0
        if frame > config.n_init:
            shown &= counts[STREAK] >= config.n_init
        if config.coast:
            shown |= (counts[ID] > 0) & (counts[MISSES] <= config.coast)
        return shown


def match_by_overlap(tracks: Floats, detections: Floats, min_iou: float, kinds: Kinds = None) -> Pairs:
    """SORT's rule: the largest total overlap, and then pairs below the threshold are dropped.

    Where every box has at most one partner above the threshold, those partners are the match (as in the reference
    implementation, whose results this reproduces); each class is looked at by itself.
    """
    rows, columns, overlap = overlapping_pairs(tracks, detections, kinds)
    if not len(rows):
        return rows, columns
    good = overlap > min_iou
    by_row, by_column = np.bincount(rows, good), np.bincount(columns, good)
    if by_row.max() == by_column.max() == 1:
        return rows[good], columns[good]
    if kinds is not None:
        # The pairs of classes in which nobody has a choice: those above the threshold are matched, the others are not.
        classes = kinds[0].take(rows)
        contested = np.unique(classes[(by_row[rows] > 1) | (by_column[columns] > 1)])
        stay = good | np.isin(classes, contested)
        rows, columns, overlap = rows[stay], columns[stay], overlap[stay]
    chosen = assign(rows, columns, overlap)
    chosen = chosen[overlap[chosen] >= min_iou]
    return rows[chosen], columns[chosen]
