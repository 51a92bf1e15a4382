"""How each track looks: one average embedding, as it is and as it was; and what distances to it turn out to mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flatsort.tracker.assignment import uncontested
from flatsort.tracker.association.evidence import Evidence
from flatsort.tracker.association.strategy import FrameDetections
from flatsort.tracker.boxes import Floats, Integers, overlapping_pairs
from flatsort.tracker.checks import checked_embeddings
from flatsort.tracker.nearest import Vectors
from flatsort.tracker.track_table import ID, TrackTable

# Share of the old average (0.8 to 0.95: the same).
KEPT = 0.9
# A pair is one person's beyond doubt if it overlaps by `SURE` and nobody else by `RIVAL`.
SURE, RIVAL = 0.5, 0.2
# An average is compared with what comes 1, 2, 4, 8, 16 frames later, so that the ratio holds for tracks just seen and
# for tracks that were lost.
LONGEST_LAG = 16
# People of the same frame that a sure detection is compared with.
OTHERS = 3
# Pairs of one frame that are learnt from, and pairs after which every fifth frame will do.
MOST_PAIRS, ENOUGH, EVERY = 64, 1000, 5


class Looks:
    """The looks of all tracks, as columns of the table, and the `Evidence` that their distances are."""

    def __init__(self, distance: Literal["euclidean", "cosine"], evidence: Evidence) -> None:
        self.distance = distance
        self.evidence = evidence
        # Of the embeddings; 0 where the tracker goes without, None before the first detections.
        self.dimension: int | None = None
        self._frames = 0

    def columns(self) -> dict[str, tuple[tuple[int, ...], type]]:
        """look: the average. look_before: as it was `look_age` frames ago; renewed when that reaches `look_lag`."""
        ages = {"look_age": ((), np.int64), "look_lag": ((), np.int64)}
        return {"look": ((0,), np.float32), "look_before": ((0,), np.float32), **ages}

    def prepare(self, embeddings: ArrayLike | None, count: int) -> Vectors | None:
        """Embeddings `(count, d)`, of unit length under cosine distance; ValueError where they come and go."""
        if embeddings is None:
            if count and self.dimension:
                raise ValueError("embeddings are missing, and there were some in the frames before")
            if count:
                self.dimension = 0
            return None
        vectors = checked_embeddings(embeddings, count)
        if not count:
            return None
        if self.dimension == 0:
            raise ValueError("embeddings are given, and there were none in the frames before")
        if self.dimension is not None and vectors.shape[1] != self.dimension:
            raise ValueError(
                f"embeddings have shape {vectors.shape}, expected (n, {self.dimension}) as in the frames before"
            )
        if self.distance == "cosine":
            lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
            if not lengths.all():
                raise ValueError(
                    f"embeddings row {int(lengths.argmin())} has length 0: no direction for cosine distance"
                )
            vectors = vectors / lengths[:, None]
        self.dimension = vectors.shape[1]
        return vectors

    def distances(self, table: TrackTable, rows: Integers, vectors: Vectors, columns: Integers) -> Floats:
        """The distance of each pair of a track's average and a detection, `(p,)`."""
        return self._apart(table.extra["look"].take(rows, axis=0), vectors.take(columns, axis=0))

    def _apart(self, one: Vectors, two: Vectors) -> Floats:
        if self.distance == "cosine":
            return 1.0 - np.einsum("nd,nd->n", one, two).astype(np.float64)
        difference = one - two
        return np.sqrt(np.einsum("nd,nd->n", difference, difference).astype(np.float64))

    def learn(self, table: TrackTable, rows: Integers, detections: FrameDetections, columns: Integers) -> None:
        """Count the distances of matches that motion alone is sure of, before anything is updated."""
        self._frames += 1
        if detections.vectors is None or (self.evidence.pairs >= ENOUGH and self._frames % EVERY):
            return
        first, second, overlap = overlapping_pairs(table.boxes(), detections.boxes, detections.kinds(table))
        near = overlap >= RIVAL
        first, second, overlap = first[near], second[near], overlap[near]
        if not len(first):
            return
        alone = uncontested(first, second) & (overlap >= SURE)
        partner = np.full(len(table), -1)
        partner[first[alone]] = second[alone]
        known = (table.counts[ID, rows] > 0) & (table.misses[rows] == 1)
        sure = (known & (partner[rows] == columns)).nonzero()[0][:MOST_PAIRS]
        if not len(sure):
            return
        i, seen = rows[sure], detections.vectors.take(columns[sure], axis=0)
        same = self._apart(table.extra["look_before"].take(i, axis=0), seen)
        different = [np.empty(0)]
        for shift in range(1, min(OTHERS, len(i) - 1) + 1):
            other = np.roll(i, shift)
            apart = self._apart(table.extra["look"].take(other, axis=0), seen)
            # A person and a bicycle are told apart without looking, and teach nothing about two people.
            different.append(apart if detections.classes is None else apart[table.classes[other] == table.classes[i]])
        self.evidence.observe(same, np.concatenate(different))

    def update(self, table: TrackTable, rows: Integers, seen: Vectors) -> None:
        """The tracks `rows` (m,) were seen to look so, `(m, d)`."""
        extra = table.extra
        average: Vectors = extra["look"].take(rows, axis=0) * np.float32(KEPT)
        average += np.float32(1 - KEPT) * seen
        extra["look"][rows] = self._unit(average)
        extra["look_age"] += 1
        age, lag = extra["look_age"][rows], extra["look_lag"][rows]
        due = (age >= lag).nonzero()[0]
        renewed = rows[due]
        extra["look_before"][renewed] = extra["look"][renewed]
        extra["look_age"][renewed] = 0
        extra["look_lag"][renewed] = np.where(lag[due] >= LONGEST_LAG, 1, 2 * lag[due])

    def _unit(self, average: Vectors) -> Vectors:
        if self.distance == "euclidean":
            return average
        lengths = np.sqrt(np.einsum("nd,nd->n", average, average))
        unit: Vectors = average / np.maximum(lengths, np.float32(1e-12))[:, None]
        return unit

    def start(self, table: TrackTable, first: int, vectors: Vectors) -> None:
        """The tracks from row `first` on are new, and look so."""
        extra = table.extra
        for name in ("look", "look_before"):
            if extra[name].shape[1] != vectors.shape[1]:
                extra[name] = np.zeros((len(table), vectors.shape[1]), np.float32)
            extra[name][first:] = vectors
        extra["look_lag"][first:] = 1

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """What is not a column of the table."""
        dimension = -1 if self.dimension is None else self.dimension
        return {"looks": np.array([dimension, self._frames]), **self.evidence.state_dict()}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]], table: TrackTable) -> None:
        """ValueError where the tracks' looks have another dimension than the saved one."""
        self.evidence.load_state_dict(state)
        dimension, self._frames = (int(value) for value in state["looks"])
        self.dimension = None if dimension < 0 else dimension
        for name in ("look", "look_before"):
            if len(table) and table.extra[name].shape[1] != max(dimension, 0):
                raise ValueError(
                    f"state has track_{name} {table.extra[name].shape}, expected {dimension} numbers a track"
                )
