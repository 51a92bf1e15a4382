"""Why a track takes this detection and not that one: the terms of every candidate, before the frame is tracked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from flatsort.tracker.association.affinity import THRESHOLD, PairTerms
from flatsort.tracker.association.calibrated import Calibrated
from flatsort.tracker.association.strategy import Mask
from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.checks import checked_motion
from flatsort.tracker.track_table import ID, MISSES
from flatsort.tracker.tracker import Tracker


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the tracker will do with the next frame, and why.

    tracks: (n,) int64 ids of its tracks, 0 for those not confirmed yet.
    misses: (n,) int64, frames since each was seen.
    predicted: (n, 4) float64 `xyxy`, where each is expected.
    rows, columns: (p,) int64, the candidates: rows of `tracks`, rows of the detections.
    terms: what speaks for each; `terms.gain` is their sum less `threshold`.
    chosen: (p,) bool, whether the candidate is matched.
    counts: (m,) bool, which detections are sure enough to count for this detector.
    threshold: what a match must gain.
    """

    tracks: Integers
    misses: Integers
    predicted: Floats
    rows: Integers
    columns: Integers
    terms: PairTerms
    chosen: Mask
    counts: Mask
    threshold: float = THRESHOLD

    def of_track(self, identity: int) -> Integers:
        """The candidates (k,) of the track of that id, the one that gains most first."""
        mine = (self.tracks[self.rows] == identity).nonzero()[0]
        return mine[np.argsort(-self.terms.gain[mine], kind="stable")]

    def of_detection(self, detection: int) -> Integers:
        """The candidates (k,) of that row of the detections, the one that gains most first."""
        mine = (self.columns == detection).nonzero()[0]
        return mine[np.argsort(-self.terms.gain[mine], kind="stable")]


def explain(
    tracker: Tracker,
    boxes: ArrayLike,
    scores: ArrayLike,
    embeddings: ArrayLike | None = None,
    classes: ArrayLike | None = None,
    *,
    motion: ArrayLike | None = None,
) -> Explanation:
    """Explain what `tracker.update` would do with these arguments; the tracker is not changed.

    Raises ValueError as `Tracker.update`, and for a tracker other than the default: the published ones have no terms.
    """
    copy = Tracker.from_state_dict(tracker.state_dict())
    association, table = copy._association, copy._table
    if not isinstance(association, Calibrated):
        raise ValueError(f'a tracker that associates by "{copy.config.association}" has no terms to explain')
    detections, numbers = copy._checked(boxes, scores, embeddings, classes)
    association.predict(table, None if motion is None else checked_motion(motion))
    association.observe(table, detections)
    terms = association.terms(table, detections, every=True)
    rows, columns = association.match(table, detections)
    count = len(numbers)
    counts = np.zeros(count, bool)
    counts[detections.rows] = detections.scores >= association.level.counts
    return Explanation(
        table.counts[ID].copy(),
        table.counts[MISSES].copy(),
        table.boxes(),
        terms.rows,
        detections.rows[terms.columns],
        terms,
        np.isin(terms.rows * count + terms.columns, rows * count + columns),
        counts,
    )
