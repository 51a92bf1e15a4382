"""Identities of a table of tracks: when each was there, and the moments worth showing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.data.classes import kinds_of


@dataclass(frozen=True)
class Identity:
    """One identity.

    number: its id.
    spans: first and last frame of each time that it was there without a break, in order.
    frames: how many frames it was there.
    moments: rows of the table to show, in order of time, evenly spread.
    best: the row of its largest box that lies within the picture.
    kind: what its class is called, the most frequent of several; empty where all identities are of one class.
    """

    number: int
    spans: list[tuple[int, int]]
    frames: int
    moments: list[int]
    best: int
    kind: str = ""

    @property
    def first(self) -> int:
        """Its first frame."""
        return self.spans[0][0]

    @property
    def last(self) -> int:
        """Its last frame."""
        return self.spans[-1][1]

    @property
    def gaps(self) -> int:
        """How often it was away in between."""
        return len(self.spans) - 1


def identities_of(tracks: BoxTable, size: tuple[int, int] | None, moments: int) -> list[Identity]:
    """The identities of a table, in the order of their first frames.

    size: (width, height) of the pictures, where it is known. moments: the most to show of each.
    """
    found = []
    kinds = kinds_of(tracks)
    for number in np.unique(tracks.ids):
        rows = np.flatnonzero(tracks.ids == number)
        frames = tracks.frames[rows]
        breaks = np.flatnonzero(np.diff(frames) > 1)
        starts, ends = frames[np.concatenate([[0], breaks + 1])], frames[np.concatenate([breaks, [len(rows) - 1]])]
        spread = rows[np.unique(np.linspace(0, len(rows) - 1, moments).round().astype(int))]
        spans = list(zip(starts.tolist(), ends.tolist(), strict=True))
        best = int(rows[_seen_area(tracks.boxes[rows], size).argmax()])
        kind = "" if kinds is None else Counter(kinds[rows].tolist()).most_common(1)[0][0]
        found.append(Identity(int(number), spans, len(rows), spread.tolist(), best, kind))
    return sorted(found, key=lambda one: (one.first, one.number))


def people_over_time(tracks: BoxTable, length: int) -> NDArray[np.int64]:
    """How many identities are there in each frame, (length,)."""
    return np.bincount(tracks.frames - 1, minlength=length)[:length]


def _seen_area(boxes: NDArray[np.float64], size: tuple[int, int] | None) -> NDArray[np.float64]:
    """Pixels of each box; a box that leaves the picture counts for little, since its crop shows a part."""
    sides = boxes[:, 2:] - boxes[:, :2]
    area: NDArray[np.float64] = sides.prod(axis=1)
    if size is not None:
        inside = np.clip(np.minimum(boxes[:, 2:], size) - np.maximum(boxes[:, :2], 0), 0, None).prod(axis=1)
        area = np.where(inside < 0.98 * area, 0.1 * inside, area)
    return area
