"""Long memory: ended tracks are remembered, and a new track that is one of them takes its id back.

The new track's first views are compared with those of every ended track (`EndedTracks`), under a likelihood ratio
learnt at long lags (`LongLags`). One of N ended tracks, or nobody: with a prior of 1/N each, the posterior probability
of the best one falls with the number of candidates and with every other that is nearly as near.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.association.strategy import FrameDetections, Mask
from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.config import UNKNOWN_RATE, TrackerConfig
from flatsort.tracker.memory import views
from flatsort.tracker.memory.ended import EndedTracks
from flatsort.tracker.memory.long_lags import LAG, LEAST, LongLags, nearest_of
from flatsort.tracker.track_table import AGE, DETECTION, ID, TrackTable

# The probability that a new track is somebody who was there before, and the posterior from which an id is taken back.
PRIOR, SURE = 0.5, 0.6
# The mean log likelihood ratio that an id needs, also where it is the only candidate.
ENOUGH = 4.0
# A track asks when it has 1, 2, 4, ... views, up to so many.
LAST_ASKED = 16
# Views that an ended track needs to be remembered.
FEWEST_VIEWS = 2
# New views of a frame that are learnt from, and other people each is compared with.
MOST_LEARNT, OTHERS = 16, 8
# Pairs of the rarer kind from which on every third frame will do.
PLENTY, EVERY = 500, 3


class LongMemory:
    """What is remembered beside the track table, and columns in it.

    config: `remember` is for how many seconds; an unknown frame rate is taken for 30.
    """

    def __init__(self, config: TrackerConfig) -> None:
        self._unit = config.distance == "cosine"
        rate = config.frame_rate or UNKNOWN_RATE / 2
        self._lag = max(round(LAG * rate), 1)
        self._across = config.across_classes
        self._span = np.inf if config.remember is None else config.remember * rate
        self.lags = LongLags()
        self.ended = EndedTracks()
        self._asking: Integers = np.empty(0, np.int64)  # rows that have a new view in this frame

    def columns(self) -> dict[str, tuple[tuple[int, ...], type]]:
        """Those of `views`, and three: last_seen, the frame; returned, whether the id was taken back; taught, whether a
        pair was learnt from.
        """
        return {**views.columns(), **dict.fromkeys(("last_seen", "returned", "taught"), ((), np.int64))}

    def keep(self, table: TrackTable, ended: Mask, frame: int) -> None:
        """The tracks of the mask `(n,)` end: remember those with an id and views enough, before they are dropped."""
        rows = (ended & (table.counts[ID] > 0) & (table.extra["view_count"] >= FEWEST_VIEWS)).nonzero()[0]
        if not len(rows):
            return
        there = views.known(table, rows)
        ids = table.counts[ID, rows]
        looks = table.extra["views"].take(rows, axis=0)[there]
        last = table.extra["last_seen"][rows]
        first = frame - table.counts[AGE, rows]
        self.ended.add(ids, first, last, table.classes[rows], looks, ids.repeat(there.sum(axis=1)))

    def observe(self, table: TrackTable, detections: FrameDetections, frame: int) -> None:
        """The frame is tracked: views grow by what is seen clearly, and teach what distances mean."""
        seen = (table.counts[DETECTION] >= 0).nonzero()[0]
        table.extra["last_seen"][seen] = frame
        self._asking = seen[:0]
        if detections.vectors is None or not len(seen):
            return
        columns = detections.rows.searchsorted(table.counts[DETECTION, seen])
        clear = views.uncovered(detections.boxes.take(columns, axis=0)).nonzero()[0]
        vectors = detections.vectors.take(columns[clear], axis=0)
        rows, looks = views.add(table, seen[clear], vectors, self._unit)
        if len(rows):
            if self.lags.pairs < PLENTY or frame % EVERY == 0:
                self._learn(table, rows, looks, seen, frame)
            views.keep(table, rows, looks, frame)
            self._asking = rows

    def _learn(self, table: TrackTable, rows: Integers, looks: NDArray[np.float32], seen: Integers, frame: int) -> None:
        """New views `(m, d)` of `rows` against views of seconds ago, of themselves and of others `seen` now (n,)."""
        old = views.known(table, seen, frame - self._lag)
        before = seen[old.any(axis=1)]
        if not len(before):
            return
        confirmed = (table.counts[ID].take(rows) > 0).nonzero()[0][:MOST_LEARNT]
        rows, looks = rows[confirmed], looks[confirmed]
        shifts = np.arange(min(OTHERS + 1, len(before)))
        # The others are those next in the table, counted from the track itself, or from where it would stand.
        places = (before.searchsorted(rows)[:, None] + shifts) % len(before)
        one, two = np.arange(len(rows)).repeat(len(shifts)), before[places].ravel()
        # A person and a bicycle are told apart without looking, and teach nothing about two people.
        same_kind = table.classes[rows[one]] == table.classes[two]
        one, two = one[same_kind], two[same_kind]
        there = views.known(table, two, frame - self._lag)
        apart = nearest_of(table.extra["views"].take(two, axis=0), there, looks.take(one, axis=0))
        own = rows[one] == two
        taught = two[own]
        first = int((table.extra["taught"].take(taught) == 0).sum())
        table.extra["taught"][taught] = 1
        self.lags.observe(apart[own], apart[~own], first)

    def recall(self, table: TrackTable, shown: Integers, frame: int) -> None:
        """New tracks that are remembered take their ids back; rows `shown` (m,) may have none so far."""
        rows = self._asking
        if not len(rows) or not len(self.ended):
            return
        extra = table.extra
        number = extra["view_number"].take(rows)
        asks = (number & (number - 1) == 0) & (number <= LAST_ASKED) & (extra["returned"].take(rows) == 0)
        rows = rows[asks]
        rows = rows[(table.counts[ID].take(rows) > 0) | np.isin(rows, shown)] if len(rows) else rows
        if not len(rows):
            return
        self.ended.forget(max(frame - self._span, 0), table.counts[ID])
        if not len(self.ended) or not self.lags.knows:
            return
        possible = self._possible(table, rows, frame)
        places, ratio, halves = self._ratios(table, rows)
        if not len(places):
            return
        candidates = possible.sum(axis=1)
        ratio = np.where(possible[:, places], ratio, -np.inf)
        chosen, column = _returned(ratio, halves, candidates, self.ended.beside(places))
        table.counts[ID, rows[chosen]] = self.ended.ids[places[column]]
        extra["returned"][rows[chosen]] = 1

    def _possible(self, table: TrackTable, rows: Integers, frame: int) -> NDArray[np.bool_]:
        """(m, e) which ids the tracks `rows` may have: of nobody who is there, or was after the track began."""
        away = ~np.isin(self.ended.ids, table.counts[ID])
        first = frame - table.counts[AGE].take(rows)
        possible: NDArray[np.bool_] = (self.ended.last < first[:, None]) & away
        if not self._across:
            possible &= self.ended.kinds == table.classes.take(rows)[:, None]
        return possible

    def _ratios(self, table: TrackTable, rows: Integers) -> tuple[Integers, Floats, Floats]:
        """What speaks for which id: places (u,) among the ids, of those that look like any of the tracks at all.

        And for each track and place, (m, u), the mean log likelihood ratio over the track's views, and the less of
        those of the first and the second half of them.
        """
        there = views.known(table, rows)
        looks = table.extra["views"].take(rows, axis=0)[there]
        query, place, distance = self.ended.within(looks, self.lags.radius)
        places, column = np.unique(place, return_inverse=True)
        each = np.full((len(looks), len(places)), LEAST)
        each[query, column] = self.lags.ratio(distance)
        counts = there.sum(axis=1)
        track, rank = there.nonzero()
        late = (rank >= (counts // 2)[track]).astype(np.int64)
        sums = np.zeros((2, len(rows), len(places)))
        np.add.at(sums, (late, track), each)
        parts = np.stack((counts // 2, counts - counts // 2))
        means = sums / np.maximum(parts, 1)[:, :, None]
        halves = np.where((counts > 1)[:, None], means.min(axis=0), means[1])
        return places, sums.sum(axis=0) / counts[:, None], halves

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """What is not a column of the table."""
        return self.lags.state_dict() | self.ended.state_dict()

    def load_state_dict(self, state: Mapping[str, NDArray[Any]], table: TrackTable, frame: int, last_id: int) -> None:
        """ValueError where the saved arrays do not belong together."""
        self.lags.load_state_dict(state)
        self.ended.load_state_dict(state, frame, last_id)
        views.check(table.extra, self.ended.dimension)


def _returned(
    ratio: Floats, halves: Floats, candidates: Integers, beside: NDArray[np.bool_]
) -> tuple[Integers, Integers]:
    """Which tracks (rows of the ratios) are somebody who was there before, and who (columns); no column twice.

    ratio: (m, u) log likelihood ratios, minus infinity where impossible. halves: (m, u), the less of the ratios of both
    halves. candidates: (m,) possible ids of each track; those that are no column have the ratio `LEAST`. beside: (u, u)
    which ids were there at the same time: where two such would both do, nobody can tell.
    """
    others = candidates - np.isfinite(ratio).sum(axis=1)
    share = PRIOR / np.maximum(candidates, 1)
    weight = share[:, None] * np.exp(ratio)
    posterior = weight / (1 - PRIOR + weight.sum(axis=1) + others * share * np.exp(LEAST))[:, None]
    rows = np.arange(len(ratio))
    best = posterior.argmax(axis=1)
    value = posterior[rows, best]
    sure = (value >= SURE) & (ratio[rows, best] >= ENOUGH) & (halves[rows, best] > 0)
    sure &= ~(beside[best] & (ratio >= ENOUGH)).any(axis=1)
    rows = rows[sure]
    rows = rows[np.argsort(-value[rows], kind="stable")]
    _, first = np.unique(best[rows], return_index=True)  # of two tracks that would be one id, the surer one
    return rows[first], best[rows[first]]
