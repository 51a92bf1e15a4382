"""Tracklets: each track as arrays of its own, in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import Floats, Integers

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Tracklet:
    """One track, or several that were joined.

    identity: its id. kind: its class, -1 where it has none.
    rows: (n,) int64, of the table that it is of. frames: (n,) int64, ascending. boxes: (n, 4) `xyxy`.
    seen: (m,) int64, ascending, the frames in which its looks are known. looks: (m, d) float32.
    """

    identity: int
    kind: int
    rows: Integers
    frames: Integers
    boxes: Floats
    seen: Integers
    looks: Vectors

    def between(self, first: int, last: int) -> Tracklet:
        """The part from one frame to another, both with it."""
        part = slice(*np.searchsorted(self.frames, (first, last + 1)))
        seen = slice(*np.searchsorted(self.seen, (first, last + 1)))
        return Tracklet(
            self.identity,
            self.kind,
            self.rows[part],
            self.frames[part],
            self.boxes[part],
            self.seen[seen],
            self.looks[seen],
        )


def tracklets(
    frames: Integers, ids: Integers, boxes: Floats, classes: Integers, looks: Vectors, described: NDArray[np.bool_]
) -> list[Tracklet]:
    """The tracklets of a table of n rows, in the order of their ids.

    frames, ids, classes: (n,). boxes: (n, 4) `xyxy`. looks: (n, d), of the rows that are `described` (n,).
    """
    order = np.lexsort((frames, ids))
    starts = np.flatnonzero(np.diff(ids[order])) + 1
    found = []
    for rows in np.split(order, starts) if len(order) else []:
        known = rows[described[rows]]
        kind = int(np.bincount(classes[rows] + 1).argmax()) - 1
        identity = int(ids[rows[0]])
        found.append(Tracklet(identity, kind, rows, frames[rows], boxes[rows], frames[known], looks[known]))
    return found


def joined(parts: Sequence[Tracklet]) -> Tracklet:
    """Tracklets one after the other as one, with the id of the first."""
    return Tracklet(
        parts[0].identity,
        parts[0].kind,
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.frames for part in parts]),
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.seen for part in parts]),
        np.concatenate([part.looks for part in parts]),
    )
