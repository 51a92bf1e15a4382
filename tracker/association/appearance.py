"""DeepSORT: confirmed tracks compete by appearance under a gate of motion, the rest by overlap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flatsort.tracker.assignment import assign, uncontested
from flatsort.tracker.association.gating import BEYOND_GATE, match_recent_by_overlap, motion_gated_pairs
from flatsort.tracker.association.strategy import (
    NO_PAIRS,
    Association,
    FrameDetections,
    Mask,
    Pairs,
    missed_beyond,
)
from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.checks import checked_embeddings
from flatsort.tracker.config import TrackerConfig
from flatsort.tracker.gallery import Gallery
from flatsort.tracker.kalman import POSITION
from flatsort.tracker.nearest import Vectors
from flatsort.tracker.track_table import HITS, ID, MISSES, SLOT, TrackTable


class Appearance(Association):
    """Wojke et al., "Simple Online and Realtime Tracking with a Deep Association Metric" (ICIP 2017)."""

    def __init__(self, config: TrackerConfig) -> None:
        super().__init__(config)
        self.gallery = Gallery(config.budget, config.distance, config.search)

    def prepare(self, embeddings: ArrayLike | None, count: int) -> Vectors | None:
        """Embeddings as the gallery stores them; ValueError where they are missing or of a wrong shape."""
        if embeddings is None:
            if count:
                raise ValueError('embeddings are missing, and this tracker associates by "appearance"')
            return None
        return self.gallery.prepare(checked_embeddings(embeddings, count))

    def match(self, table: TrackTable, detections: FrameDetections) -> Pairs:
        """Confirmed tracks by appearance; then those not yet confirmed or just missed, by overlap with the rest."""
        vectors = detections.vectors
        if vectors is None or not len(detections) or not len(table):
            return NO_PAIRS
        confirmed = (table.counts[ID] > 0).nonzero()[0]
        rows, columns = match_by_appearance(table, confirmed, self.gallery, detections, vectors, self.config)
        recent = table.misses == 1
        recent[rows] = False
        left = np.ones(len(detections), bool)
        left[columns] = False
        candidates, free = recent.nonzero()[0], left.nonzero()[0]
        if not len(candidates) or not len(free):
            return rows, columns
        predicted = table.model.boxes(table.filters[POSITION].take(candidates, axis=0))
        kinds = detections.kinds(table, candidates, free)
        more_rows, more_columns = match_recent_by_overlap(predicted, detections.boxes[free], self.config.min_iou, kinds)
        return np.concatenate((rows, candidates[more_rows])), np.concatenate((columns, free[more_columns]))

    def update(self, table: TrackTable, rows: Integers, detections: FrameDetections, columns: Integers) -> None:
        """Filters, and each track's gallery."""
        super().update(table, rows, detections, columns)
        if detections.vectors is not None and len(rows):
            self.gallery.add(table.slots[rows], detections.vectors.take(columns, axis=0))

    def ended(self, table: TrackTable) -> Mask:
        """Missed for more than `max_age` frames; a track that is not confirmed yet ends with its first miss."""
        return missed_beyond(table, self.config.longest_miss * (table.counts[ID] > 0))

    def release(self, table: TrackTable, ended: Mask) -> None:
        """Their slots are free."""
        self.gallery.release(table.slots[ended])

    def start(self, table: TrackTable, detections: FrameDetections, unmatched: Integers) -> None:
        """Each with a gallery of its own."""
        slots: Integers | int = -1
        if detections.vectors is not None:
            slots = self.gallery.allocate(detections.vectors[unmatched])
        measurements = detections.measurements[unmatched]
        table.start(detections.rows[unmatched], measurements, detections.scores[unmatched], slots)

    def shown(self, table: TrackTable, frame: int) -> Mask:
        """Seen `n_init` times, and missed for at most `coast` frames."""
        shown: Mask = (table.counts[HITS] >= self.config.n_init) & (table.counts[MISSES] <= self.config.coast)
        return shown

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """The gallery."""
        return self.gallery.state_dict()

    def load_state_dict(self, state: Mapping[str, NDArray[Any]], table: TrackTable) -> None:
        """ValueError where the saved gallery is not one of the table's tracks."""
        self.gallery.load_state_dict(state)
        self.gallery.check_slots(table.counts[SLOT])


def match_by_appearance(
    table: TrackTable,
    tracks: Integers,
    gallery: Gallery,
    detections: FrameDetections,
    vectors: Vectors,
    config: TrackerConfig,
) -> Pairs:
    """DeepSORT's matching cascade over the given rows of the table.

    Motion gates first; appearance is measured only for pairs that pass. A pair without rivals is settled by either gate
    alone, so its newest embedding usually suffices and the search through the ring is spared.
    """
    measurements, kinds = detections.measurements, detections.kinds(table, tracks)
    (rows, columns), motion = motion_gated_pairs(table, tracks, measurements, config.motion_gate, kinds)
    if not len(rows):
        return rows, columns
    weight = config.motion_weight
    slots = table.slots[rows]
    alone = uncontested(rows, columns)
    settled = alone & (gallery.newest(slots, columns, vectors) <= config.gate)
    open_ = (~settled).nonzero()[0]
    if not len(open_):
        return rows, columns
    distance = gallery.nearest(slots[open_], columns[open_], vectors)
    good = distance <= config.gate
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
