"""The default: overlap, direction, score and appearance in one assignment, on scales that it learns while it tracks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flatsort.tracker.assignment import assign, uncontested
from flatsort.tracker.association.affinity import (
    APPEARANCE,
    DIRECTION,
    MOTION_GATE,
    SCORE,
    PairTerms,
    direction,
    doubt,
    overlapping,
    paired_overlap,
)
from flatsort.tracker.association.agreement import Agreement
from flatsort.tracker.association.detector_pace import DetectorPace
from flatsort.tracker.association.evidence import Evidence
from flatsort.tracker.association.gating import motion_gated_pairs
from flatsort.tracker.association.looks import Looks
from flatsort.tracker.association.score_level import ScoreLevel
from flatsort.tracker.association.strategy import NO_PAIRS, Association, FrameDetections, Mask, Pairs
from flatsort.tracker.boxes import Floats, Integers, overlapping_pairs
from flatsort.tracker.config import TrackerConfig
from flatsort.tracker.kalman import POSITION, at_rate
from flatsort.tracker.track_table import HITS, ID, MISSES, TrackTable

# An uncontested pair that overlaps by this much is matched whatever else is said about it.
SETTLED = 0.5
# A detection that overlaps a track just seen by more than this is the same person a second time, and starts nothing.
DOUBLE = 0.5


class Calibrated(Association):
    """All tracks, tentative, confirmed and lost, compete for all detections at once (`tracker.association.affinity`).

    Scores are read on the detector's own scale (`ScoreLevel`), distances of looks as a likelihood ratio (`Evidence`),
    frames without detections by the detector's pace (`DetectorPace`). All classes share these scales.
    """

    def __init__(self, config: TrackerConfig) -> None:
        super().__init__(config)
        if config.motion == "xywh":
            self.model = at_rate(config.frame_rate)
        self.level = ScoreLevel()
        self.pace = DetectorPace()
        self.agreement = Agreement()
        self.looks = Looks(config.distance, Evidence(config.gate))

    def columns(self) -> dict[str, tuple[tuple[int, ...], type]]:
        """centres: of the last four observations, newest first. observations: how many there were. And the looks."""
        return {"centres": ((4, 2), float), "observations": ((), np.int64), **self.looks.columns()}

    def prepare(self, embeddings: ArrayLike | None, count: int) -> NDArray[np.float32] | None:
        """Embeddings are taken where they are given: in every frame that has detections, or in none."""
        return self.looks.prepare(embeddings, count)

    def predict(self, table: TrackTable, camera: Floats | None) -> None:
        """With the camera, past observations move too."""
        super().predict(table, camera)
        if camera is not None:
            table.extra["centres"] = table.extra["centres"] @ camera[:, :2].T + camera[:, 2]

    def observe(self, table: TrackTable, detections: FrameDetections) -> None:
        """Learn from the scores, and from whether there are detections at all."""
        self.level.observe(detections.scores)
        if not self.pace.looked(len(detections)):
            table.counts[MISSES] -= 1

    def match(self, table: TrackTable, detections: FrameDetections) -> Pairs:
        """The assignment of the largest total gain; detections below the level are left out."""
        if not len(table) or not len(detections):
            return NO_PAIRS
        terms = self.terms(table, detections)
        good = (terms.gain > 0).nonzero()[0]
        rows, columns = terms.rows[good], terms.columns[good]
        chosen = assign(rows, columns, terms.gain[good])
        return rows[chosen], columns[chosen]

    def terms(self, table: TrackTable, detections: FrameDetections, every: bool = False) -> PairTerms:
        """The pairs worth asking, and what speaks for them.

        Pairs that are settled by their overlap are not asked for the rest, but with `every`.
        """
        order = self._in_order(detections)
        boxes = detections.boxes.take(order, axis=0)
        rows, columns, overlap = overlapping(table.boxes(), boxes, detections.kinds(table, some=order), doubt(table))
        asked = np.ones(len(rows), bool)
        if not every:
            asked = ~(uncontested(rows, columns) & (overlap >= SETTLED)) if len(rows) else asked
        looks = self.looks if detections.vectors is not None and self.looks.evidence.ready else None
        if looks is not None:
            more_rows, more_columns = self._without_overlap(table, detections, order, rows, columns, asked)
            rows, columns = np.concatenate((rows, more_rows)), np.concatenate((columns, more_columns))
            overlap = np.concatenate((overlap, np.zeros(len(more_rows))))
            asked = np.concatenate((asked, np.ones(len(more_rows), bool)))
        columns = order[columns]
        straight, steady, alike = np.zeros((3, len(rows)))
        ask = asked.nonzero()[0]
        if len(ask):
            i, j = rows[ask], columns[ask]
            targets = detections.measurements[:, :2].take(j, axis=0)
            straight[ask] = DIRECTION * direction(table.extra["centres"], table.extra["observations"], i, targets)
            change = np.abs(table.scores.take(i) - detections.scores.take(j))
            steady[ask] = -SCORE / self.level.unit * change
            if looks is not None and detections.vectors is not None:
                weight = APPEARANCE * self.agreement.weight
                alike[ask] = weight * looks.evidence(looks.distances(table, i, detections.vectors, j))
        return PairTerms(rows, columns, overlap, straight, steady, alike)

    def _in_order(self, detections: FrameDetections) -> Integers:
        """Those that count, ordered by what they are and not by how they were handed in: so ties fall the same way."""
        counts = (detections.scores >= self.level.counts).nonzero()[0]
        keys = detections.boxes.take(counts, axis=0)
        return counts[np.lexsort((*keys.T[:0:-1], keys[:, 0], -detections.scores[counts]))]

    def _without_overlap(
        self,
        table: TrackTable,
        detections: FrameDetections,
        order: Integers,
        rows: Integers,
        columns: Integers,
        asked: Mask,
    ) -> Pairs:
        """Pairs within reach by motion that do not overlap, where neither side is settled."""
        free_row, free_column = np.ones(len(table), bool), np.ones(len(order), bool)
        free_row[rows[~asked]] = False
        free_column[columns[~asked]] = False
        left = free_column.nonzero()[0]
        tracks = free_row.nonzero()[0]
        if not len(left) or not len(tracks):
            return NO_PAIRS
        kinds = detections.kinds(table, tracks, order[left])
        (i, j), _ = motion_gated_pairs(table, tracks, detections.measurements[order[left]], MOTION_GATE, kinds)
        j = left[j]
        asked_for = np.append(np.sort(rows * len(order) + columns), -1)  # the last stands for places behind the others
        pairs = i * len(order) + j
        new = asked_for[np.searchsorted(asked_for[:-1], pairs)] != pairs
        return i[new], j[new]

    def update(self, table: TrackTable, rows: Integers, detections: FrameDetections, columns: Integers) -> None:
        """Filters and observations; looks are learnt from before they move on."""
        vectors = detections.vectors
        if vectors is not None and len(rows):
            self.looks.learn(table, rows, detections, columns)
            if self.agreement.due():
                predicted = self.model.boxes(table.filters[POSITION].take(rows, axis=0))
                self.agreement.observe(paired_overlap(predicted, detections.boxes.take(columns, axis=0)))
        super().update(table, rows, detections, columns)
        centres = table.extra["centres"].take(rows, axis=0)
        centres[:, 1:] = centres[:, :-1].copy()
        centres[:, 0] = detections.measurements[columns, :2]
        table.extra["centres"][rows] = centres
        table.extra["observations"][rows] += 1
        if vectors is not None and len(rows):
            self.looks.update(table, rows, vectors.take(columns, axis=0))

    def ended(self, table: TrackTable) -> Mask:
        """Missed for too long; a tentative track ends with the first miss among detections of others."""
        tentative = self.config.longest_miss if self.pace.idle else 0
        ended: Mask = table.counts[MISSES] > np.where(table.counts[ID] > 0, self.config.longest_miss, tentative)
        return ended

    def start(self, table: TrackTable, detections: FrameDetections, unmatched: Integers) -> None:
        """From scores that are high for this detector, where no track stands already."""
        born = unmatched[detections.scores[unmatched] >= self.level.starts]
        if not len(born):
            return
        seen = (table.misses == 0).nonzero()[0]
        if len(seen):
            predicted = table.model.boxes(table.filters[POSITION].take(seen, axis=0))
            kinds = detections.kinds(table, seen, born)
            _, doubles, overlap = overlapping_pairs(predicted, detections.boxes[born], kinds)
            free = np.ones(len(born), bool)
            free[doubles[overlap > DOUBLE]] = False
            born = born[free]
        super().start(table, detections, born)
        first = len(table) - len(born)
        table.extra["centres"][first:] = detections.measurements[born, None, :2]
        table.extra["observations"][first:] = 1
        if detections.vectors is not None:
            self.looks.start(table, first, detections.vectors[born])

    def shown(self, table: TrackTable, frame: int) -> Mask:
        """Seen `n_init` times, and missed for at most `coast` frames; whoever is there when it begins, from then on."""
        hits = table.counts[HITS]
        shown: Mask = (hits >= self.config.n_init) & (table.counts[MISSES] <= self.config.coast)
        if frame < self.config.n_init:
            shown |= hits == frame
        return shown

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """What was learnt so far."""
        return self.level.state_dict() | self.pace.state_dict() | self.agreement.state_dict() | self.looks.state_dict()

    def load_state_dict(self, state: Mapping[str, NDArray[Any]], table: TrackTable) -> None:
        """ValueError where the saved arrays do not belong together."""
        self.level.load_state_dict(state)
        self.pace.load_state_dict(state)
        self.agreement.load_state_dict(state)
        self.looks.load_state_dict(state, table)
