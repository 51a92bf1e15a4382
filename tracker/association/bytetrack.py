"""ByteTrack: sure detections first, then unsure ones for the tracks that are left.

Where the authors' code goes beyond the paper's Algorithm 1, this does as the code, so that its outputs are equal.
"""

from __future__ import annotations

import numpy as np

from flatsort.tracker.assignment import assign
from flatsort.tracker.association.strategy import Association, FrameDetections, Mask, Pairs
from flatsort.tracker.boxes import Floats, Integers, overlapping_pairs
from flatsort.tracker.kalman import VELOCITY
from flatsort.tracker.track_table import AGE, MISSES, TrackTable

# The least overlap with an unsure detection, and the least overlap times score with a tentative track.
UNSURE, TENTATIVE = 0.5, 0.3
# Of two tracks that overlap by more than this, one doubles the other.
DOUBLE = 0.85
# Boxes count pixels, both ends included.
PIXEL = np.array([0.0, 0.0, 1.0, 1.0])


class ByteTrack(Association):
    """Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection Box" (ECCV 2022)."""

    # The coordinates whose velocity is zero while a track is lost.
    stands_still = slice(3, 4)

    def columns(self) -> dict[str, tuple[tuple[int, ...], type]]:
        """confirmed: seen twice, or started in the first frame. returned: came back after `max_age`, see `ended`."""
        return {"confirmed": ((), bool), "returned": ((), bool)}

    def predict(self, table: TrackTable, camera: Floats | None) -> None:
        """Tentative tracks wait where they are; lost ones keep their shape."""
        tentative = (~table.extra["confirmed"]).nonzero()[0]
        waiting = table.filters.take(tentative, axis=1)
        table.filters[VELOCITY, table.misses > 0, self.stands_still] = 0
        table.predict()
        table.filters[:, tentative] = waiting
        if camera is not None:
            self.model.warp(table.filters, camera)

    def match(self, table: TrackTable, detections: FrameDetections) -> Pairs:
        """Confirmed and lost tracks take sure detections; who was seen just before, unsure ones; then the tentative.

        Overlap counts times the score, but for unsure detections.
        """
        config, scores = self.config, detections.scores
        confirmed, recent = table.extra["confirmed"], table.misses == 1
        sure, unsure = scores > config.high_score, (scores > config.low_score) & (scores < config.high_score)
        rows, columns, overlap = overlapping_pairs(
            table.boxes() + PIXEL, detections.boxes + PIXEL, detections.kinds(table)
        )
        fused = overlap * scores[columns]
        chosen: list[Integers] = []
        free_row, free_column = np.ones(len(table), bool), np.ones(len(detections), bool)
        for gain, tracks, wanted in (
            (fused - config.min_iou, confirmed, sure),
            (overlap - UNSURE, confirmed & recent, unsure),
            (fused - TENTATIVE, ~confirmed, sure),
        ):
            allowed = (tracks & free_row)[rows] & (wanted & free_column)[columns] & (gain > 0)
            pairs = allowed.nonzero()[0]
            pairs = pairs[assign(rows[pairs], columns[pairs], gain[pairs])]
            free_row[rows[pairs]] = free_column[columns[pairs]] = False
            chosen.append(pairs)
        taken = np.concatenate(chosen)
        return rows[taken], columns[taken]

    def update(self, table: TrackTable, rows: Integers, detections: FrameDetections, columns: Integers) -> None:
        """A second detection confirms."""
        table.extra["confirmed"][rows] = True
        table.extra["returned"][rows] |= table.misses[rows] > self.config.longest_miss + 1
        super().update(table, rows, detections, columns)

    def ended(self, table: TrackTable) -> Mask:
        """Tentative and missed, missed for more than one frame beyond `max_age`, or the double of another track.

        The frame beyond is the authors' code: a track is taken off its list one frame late. Who comes back in that
        frame stays on the list of the removed, and ends with the next miss.
        """
        confirmed, returned = table.extra["confirmed"], table.extra["returned"]
        missed = table.misses > 0
        ended: Mask = missed & (~confirmed | returned) | (table.misses > self.config.longest_miss + 1)
        # Of a tracked and a lost one in the same place the one ends that was seen for fewer frames, first to last.
        tracked, lost = (~missed).nonzero()[0], (missed & ~ended).nonzero()[0]
        boxes = table.boxes() + PIXEL
        kinds = None if self.config.across_classes else (table.classes[tracked], table.classes[lost])
        rows, columns, overlap = overlapping_pairs(boxes[tracked], boxes[lost], kinds)
        double = overlap > DOUBLE
        rows, columns = tracked[rows[double]], lost[columns[double]]
        seen_for = table.counts[AGE] - table.counts[MISSES]
        longer = seen_for[rows] > seen_for[columns]
        ended[columns[longer]] = ended[rows[~longer]] = True
        return ended

    def start(self, table: TrackTable, detections: FrameDetections, unmatched: Integers) -> None:
        """From sure detections of at least `start_score`; none doubles a lost track, which would have taken it."""
        scores = detections.scores[unmatched]
        good = (scores > self.config.high_score) & (scores >= self.config.start_score)
        super().start(table, detections, unmatched[good])

    def shown(self, table: TrackTable, frame: int) -> Mask:
        """Confirmed, as all are in the first frame, and missed for at most `coast` frames."""
        if frame == 1:
            table.extra["confirmed"][:] = True
        shown: Mask = table.extra["confirmed"] & (table.misses <= self.config.coast)
        return shown
