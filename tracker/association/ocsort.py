"""OC-SORT: SORT that trusts what it observed above what its filter supposed while nobody was looking.

Where the authors' code goes beyond the paper, this does as the code, so that its outputs are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from flatsort.tracker.assignment import assign, assign_all
from flatsort.tracker.association.overlap import Overlap
from flatsort.tracker.association.strategy import FrameDetections, Mask, Pairs
from flatsort.tracker.boxes import Floats, Integers, overlapping_pairs
from flatsort.tracker.kalman import MotionModel
from flatsort.tracker.track_table import HITS, TrackTable

# A direction is taken over this many frames (the paper's Delta t).
SPAN = 3
# Keeps the direction of who stands still finite; pixels.
STILL = 1e-6

# Takes the table, rows of it, and boxes and scores of detections; gives pairs of places in the rows and the detections.
Stage = Callable[[TrackTable, Integers, Floats, Floats], Pairs]


class OCSORT(Overlap):
    """Cao et al., "Observation-Centric SORT" (CVPR 2023).

    A track's first detection does not count as an observation.
    """

    # How many points of a box have their direction compared.
    points = 1

    unknown = frozenset({"recent"})

    def columns(self) -> dict[str, tuple[tuple[int, ...], type]]:
        """last: the newest observation (a box and its score), or the first detection.

        recent: the observations of the last frames, newest first, NaN where the track was missed.
        direction: unit vectors from an observation to the next, of each point.
        frozen: the filter as it was predicted for the first frame in which the track was missed.
        """
        return {
            "last": ((5,), float),
            "recent": ((SPAN, 5), float),
            "direction": ((self.points, 2), float),
            "frozen": ((5, 4), float),
        }

    def predict(self, table: TrackTable, camera: Floats | None) -> None:
        """As SORT; recent observations move one place back."""
        if camera is not None:
            raise ValueError(f"motion is given, but {type(self).__name__} does not move observations with a camera")
        extra = table.extra
        seen = observed(table) & (table.misses == 0)
        newest = np.where(seen[:, None], extra["last"], np.nan)
        extra["recent"] = np.concatenate((newest[:, None], extra["recent"][:, :-1]), axis=1)
        missed = (table.misses == 1).nonzero()[0]
        extra["frozen"][missed] = table.filters[:, missed].transpose(1, 0, 2)
        super().predict(table, None)

    def stages(self, scores: Floats) -> list[tuple[Stage, Mask]]:
        """The stages in their order, each with the detections `(n,)` that it looks at."""
        sure = scores > self.config.high_score
        return [(self._by_prediction, sure), (self._by_last_place, sure)]

    def match(self, table: TrackTable, detections: FrameDetections) -> Pairs:
        """Stage by stage, each with the tracks and detections that the stages before left."""
        free, left = np.ones(len(table), bool), np.ones(len(detections), bool)
        pairs = [(np.empty(0, np.int64), np.empty(0, np.int64))]
        for stage, wanted in self.stages(detections.scores):
            for tracks, places in self._by_class(table, detections, free, left & wanted):
                rows, columns = stage(table, tracks, detections.boxes[places], detections.scores[places])
                pairs.append((tracks[rows], places[columns]))
                free[tracks[rows]] = left[places[columns]] = False
        return np.concatenate([rows for rows, _ in pairs]), np.concatenate([columns for _, columns in pairs])

    def _by_class(
        self, table: TrackTable, detections: FrameDetections, free: Mask, left: Mask
    ) -> Iterator[tuple[Integers, Integers]]:
        """The free tracks and the detections that are left, class by class: a stage asks whether all had one choice."""
        kinds = detections.kinds(table)
        parts = [(free, left)]
        if kinds is not None:
            parts = [(free & (kinds[0] == number), left & (kinds[1] == number)) for number in np.unique(kinds[1][left])]
        for tracks, places in parts:
            if tracks.any() and places.any():
                yield tracks.nonzero()[0], places.nonzero()[0]

    def _by_prediction(self, table: TrackTable, tracks: Integers, boxes: Floats, scores: Floats) -> Pairs:
        """By overlap and consistent direction (the paper's Eq. 4); by overlap alone where that leaves no choice."""
        least = self.config.min_iou
        overlap = self.overlap(table.boxes()[tracks], boxes)
        close = overlap > least
        if close.sum(0).max() == close.sum(1).max() == 1:
            rows, columns = close.nonzero()
            return rows, columns
        rows, columns = assign_all(overlap + self.agreement(table, tracks, boxes, scores))
        good = overlap[rows, columns] >= least
        return rows[good], columns[good]

    def _by_last_place(self, table: TrackTable, tracks: Integers, boxes: Floats, scores: Floats) -> Pairs:
        """By overlap with the last observation (the paper's observation-centric recovery)."""
        last = table.extra["last"][tracks, :4] * observed(table)[tracks, None]
        overlap = self.overlap(last, boxes)
        rows, columns = overlap.nonzero()
        if not overlap.max() > self.config.min_iou:
            return rows[:0], columns[:0]
        chosen = assign(rows, columns, overlap[rows, columns])
        rows, columns = rows[chosen], columns[chosen]
        good = overlap[rows, columns] >= self.config.min_iou
        return rows[good], columns[good]

    def overlap(self, tracks: Floats, detections: Floats) -> Floats:
        """(n, m) the overlap of boxes `(n, 4)` and `(m, 4)`."""
        out = np.zeros((len(tracks), len(detections)))
        rows, columns, overlap = overlapping_pairs(tracks, detections)
        out[rows, columns] = overlap
        return out

    def agreement(self, table: TrackTable, tracks: Integers, boxes: Floats, scores: Floats) -> Floats:
        """(n, m) what a pair gains, or loses, by how well the way to the detection keeps the track's direction."""
        before, after = self.corners(earlier(table, tracks)), self.corners(boxes)
        direction, gain = table.extra["direction"][tracks], np.zeros((len(tracks), len(boxes)))
        for point in range(self.points):
            gain += consistency(before[:, point], direction[:, point], after[:, point])
        gain *= self.config.inertia * observed(table)[tracks, None]
        gain *= scores
        return gain

    def corners(self, boxes: Floats) -> Floats:
        """(..., points, 2) the points of boxes `(..., 4)` whose directions count: here the centre."""
        return ((boxes[..., :2] + boxes[..., 2:4]) * 0.5)[..., None, :]

    def update(self, table: TrackTable, rows: Integers, detections: FrameDetections, columns: Integers) -> None:
        """Take down the observation; where there was a gap, first lead the filter over it."""
        extra, boxes = table.extra, detections.boxes[columns]
        known = observed(table)[rows]
        extra["direction"][rows[known]] = self.direction(table, rows[known], boxes[known])
        again = reappeared(table, rows)
        back = rows[again]
        filters = extra["frozen"][back].transpose(1, 0, 2)
        lead_over_gap(self.model, filters, extra["last"][back, :4], boxes[again], table.misses[back])
        table.filters[:, back] = filters
        super().update(table, rows, detections, columns)
        extra["last"][rows] = np.column_stack((boxes, detections.scores[columns]))

    def direction(self, table: TrackTable, rows: Integers, boxes: Floats) -> Floats:
        """(n, points, 2) the direction of tracks that now are at these boxes `(n, 4)`."""
        return unit(self.corners(boxes) - self.corners(earlier(table, rows)))

    def start(self, table: TrackTable, detections: FrameDetections, unmatched: Integers) -> None:
        """From sure detections."""
        alive, sure = len(table), unmatched[detections.scores[unmatched] > self.config.high_score]
        super().start(table, detections, sure)
        table.extra["last"][alive:] = np.column_stack((detections.boxes[sure], detections.scores[sure]))
        table.extra["recent"][alive:] = np.nan

    def boxes(self, table: TrackTable, rows: Integers) -> Floats:
        """Seen tracks are reported where they were observed."""
        boxes = super().boxes(table, rows)
        seen = table.misses[rows] == 0
        boxes[seen] = table.extra["last"][rows[seen], :4]
        return boxes


def observed(table: TrackTable) -> Mask:
    """(n,) which tracks have an observation."""
    out: Mask = table.counts[HITS] > 1
    return out


def earlier(table: TrackTable, rows: Integers) -> Floats:
    """(n, 5) the oldest observation of the last `SPAN` frames, or the last one before them."""
    out = table.extra["last"][rows]
    for recent in table.extra["recent"][rows].transpose(1, 0, 2):
        out = np.where(np.isnan(recent), out, recent)
    return out


def unit(way: Floats) -> Floats:
    """(..., 2) vectors at length one, or nearly none where they were nearly none."""
    length = np.sqrt((way * way).sum(-1, keepdims=True))
    out: Floats = way / (length + STILL)
    return out


def consistency(before: Floats, direction: Floats, after: Floats) -> Floats:
    """(n, m) 0.5 where the way from points `(n, 2)` to `(m, 2)` keeps the direction `(n, 2)`, -0.5 against it.

    In place where it can be: with many tracks this is most of the time that OC-SORT takes.
    """
    x, y = after[:, 0] - before[:, 0, None], after[:, 1] - before[:, 1, None]
    length = np.sqrt(x * x + y * y)
    length += STILL
    x *= direction[:, 0, None]
    y *= direction[:, 1, None]
    x += y
    x /= length
    angle = np.arccos(np.clip(x, -1, 1, out=x), out=x)
    angle /= -np.pi
    angle += 0.5
    return angle


def reappeared(table: TrackTable, rows: Integers) -> Integers:
    """Which of the rows were observed, missed, and now are seen again: their places."""
    return (observed(table)[rows] & (table.misses[rows] > 1)).nonzero()[0]


def lead_over_gap(model: MotionModel, filters: Floats, before: Floats, after: Floats, gap: Integers) -> None:
    """Observation-centric re-update (the paper's Sec. 4.1), in place.

    filters: (5, n, d) as predicted for the first frame of each gap. They are led along a straight line from the
    observations before `(n, d)` to those after the gaps of so many frames, `(n,)`, as if observed on the way.
    """
    step = (after - before) / gap[:, None]
    for frame in range(1, int(gap.max(initial=0)) + 1):
        on = (gap >= frame).nonzero()[0]
        led = filters[:, on]
        if frame > 1:
            model.advance(led)
        model.update(led, model.measure(before[on] + frame * step[on]))
        filters[:, on] = led
