"""Hybrid-SORT without appearance: OC-SORT with weak cues, the confidence and the height.

Where the authors' code goes beyond the paper, this does as the code, so that its outputs are equal.
"""

from __future__ import annotations

import numpy as np

from flatsort.tracker.assignment import assign_all
from flatsort.tracker.association.ocsort import OCSORT, Stage, lead_over_gap, reappeared, unit
from flatsort.tracker.association.strategy import FrameDetections, Mask, Pairs
from flatsort.tracker.boxes import Floats, Integers, overlapping_pairs
from flatsort.tracker.kalman import POSITION, MotionModel, Noise
from flatsort.tracker.track_table import TrackTable


class OneNoise(MotionModel):
    """The filter of a number whose noise is always the same."""

    def measure(self, boxes: Floats) -> Floats:
        """(n, 1) numbers as they are."""
        return boxes

    def variance(self, noise: Noise, positions: Floats) -> Floats:
        """The constant variances."""
        return noise[0]


_NONE = np.zeros(1)
CONFIDENCE = OneNoise(
    layout="confidence",
    initial=(np.array([[[10.0]], [[1e4]]]), _NONE),
    process=(np.array([[[1.0]], [[1e-4]]]), _NONE),
    measurement=(np.array([10.0]), _NONE),
)


class HybridSORT(OCSORT):
    """Yang et al., "Hybrid-SORT: Weak Cues Matter for Online Multi-Object Tracking" (AAAI 2024)."""

    points = 4

    unknown = frozenset({"recent", "score_before"})

    def columns(self) -> dict[str, tuple[tuple[int, ...], type]]:
        """As OC-SORT, with directions of the corners.

        confidence: the filter of the score. frozen_confidence: it, when `frozen` was.
        score_before: the score before the last one; NaN where the track was missed since, or has only one.
        """
        return super().columns() | {
            "confidence": ((5, 1), float),
            "frozen_confidence": ((5, 1), float),
            "score_before": ((), float),
        }

    def predict(self, table: TrackTable, camera: Floats | None) -> None:
        """As OC-SORT, and the confidence moves like a coordinate."""
        extra = table.extra
        extra["score_before"][table.misses > 0] = np.nan
        missed = table.misses == 1
        extra["frozen_confidence"][missed] = extra["confidence"][missed]
        CONFIDENCE.advance(extra["confidence"].transpose(1, 0, 2))
        super().predict(table, camera)

    def stages(self, scores: Floats) -> list[tuple[Stage, Mask]]:
        """As OC-SORT, with one for unsure detections between."""
        first, *rest = super().stages(scores)
        unsure = (scores > self.config.low_score) & (scores < self.config.high_score)
        return [first, (self._by_trend, unsure), *rest]

    def _by_trend(self, table: TrackTable, tracks: Integers, boxes: Floats, scores: Floats) -> Pairs:
        """By overlap, less what the score differs from the straight line through the last two (the paper's Eq. 5)."""
        config = self.config
        overlap = self.overlap(table.boxes()[tracks], boxes)
        last, before = table.scores[tracks], table.extra["score_before"][tracks]
        forecast = np.where(np.isnan(before), last, last - (before - last)).clip(config.low_score, config.high_score)
        fit = overlap - abs(scores - forecast[:, None])
        rows, columns = assign_all(fit)
        good = (fit[rows, columns] >= config.min_iou) & (overlap.max() > config.min_iou)
        return rows[good], columns[good]

    def overlap(self, tracks: Floats, detections: Floats) -> Floats:
        """(n, m) the overlap of boxes times that of their heights (the paper's Eq. 7)."""
        out = np.zeros((len(tracks), len(detections)))
        rows, columns, overlap = overlapping_pairs(tracks, detections)
        a, b = tracks[rows], detections[columns]
        shared = np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])
        out[rows, columns] = overlap * shared / (np.maximum(a[:, 3], b[:, 3]) - np.minimum(a[:, 1], b[:, 1]))
        return out

    def agreement(self, table: TrackTable, tracks: Integers, boxes: Floats, scores: Floats) -> Floats:
        """(n, m) as OC-SORT, less what the score differs from the one that the filter expects (the paper's Eq. 3)."""
        expected = table.extra["confidence"][tracks, POSITION].clip(self.config.high_score, 1)
        gain: Floats = super().agreement(table, tracks, boxes, scores) - abs(scores - expected)
        return gain

    def corners(self, boxes: Floats) -> Floats:
        """(..., 4, 2) the corners of boxes `(..., 4)`."""
        return boxes[..., [[0, 1], [0, 3], [2, 1], [2, 3]]]

    def direction(self, table: TrackTable, rows: Integers, boxes: Floats) -> Floats:
        """(n, 4, 2) the sum of the directions from each of the recent observations; from the last if none is recent."""
        recent = table.extra["recent"][rows]
        out: Floats = np.nansum(unit(self.corners(boxes)[:, None] - self.corners(recent)), axis=1)
        none = np.isnan(recent[..., 0]).all(1)
        out[none] = super().direction(table, rows[none], boxes[none])
        return out

    def update(self, table: TrackTable, rows: Integers, detections: FrameDetections, columns: Integers) -> None:
        """As OC-SORT, and the confidence like a coordinate."""
        extra, scores = table.extra, detections.scores[columns, None]
        again = reappeared(table, rows)
        filters = extra["confidence"][rows].transpose(1, 0, 2)
        back = extra["frozen_confidence"][rows[again]].transpose(1, 0, 2)
        lead_over_gap(CONFIDENCE, back, table.scores[rows[again], None], scores[again], table.misses[rows[again]])
        filters[:, again] = back
        CONFIDENCE.update(filters, scores)
        extra["confidence"][rows] = filters.transpose(1, 0, 2)
        extra["score_before"][rows] = table.scores[rows]
        super().update(table, rows, detections, columns)

    def start(self, table: TrackTable, detections: FrameDetections, unmatched: Integers) -> None:
        """From sure detections."""
        alive = len(table)
        super().start(table, detections, unmatched)
        table.extra["confidence"][alive:] = CONFIDENCE.initiate(table.scores[alive:, None]).transpose(1, 0, 2)
        table.extra["score_before"][alive:] = np.nan
