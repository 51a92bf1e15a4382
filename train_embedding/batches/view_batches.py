"""Batches of tracklets for learning across views: two moments of each, matched tracklets side by side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class ViewBatch(NamedTuple):
    """rows: (2 n,) crops, two of each of n tracklets in turn. tracklets: (n,) int64, each once."""

    rows: NDArray[np.int64]
    tracklets: NDArray[np.int64]


class ViewBatches:
    """Draws batches as a function of seed, step and the matches in force."""

    def __init__(
        self, tracklets: NDArray[np.int64], views: NDArray[np.int64], count: int, others: int, seed: int
    ) -> None:
        """tracklets: (n,) of the crops. views: (t,), -1 for tracklets without a view.

        count: tracklets with a view in a batch, half of them drawn and half their matches; others: of those without.
        """
        self.members = np.split(np.argsort(tracklets, kind="stable"), np.cumsum(np.bincount(tracklets))[:-1])
        self.views, self.seed = views, seed
        self.placed, self.free = np.flatnonzero(views >= 0), np.flatnonzero(views < 0)
        self.count, self.others = min(count, len(self.placed)), min(others, len(self.free))

    def draw(self, step: int, match: NDArray[np.int64]) -> ViewBatch:
        """The batch of this step, counted from 0. match: (t,) a tracklet's match in another view, -1 without one."""
        random = np.random.default_rng([self.seed, 6, step])
        chosen: dict[int, None] = {}
        order = random.permutation(self.placed)
        for tracklet in order.tolist():
            if len(chosen) >= self.count:
                break
            chosen[tracklet] = None
            mate = int(match[tracklet])
            if mate >= 0 and len(chosen) < self.count:
                chosen[mate] = None
        free = random.choice(self.free, self.others, replace=False) if self.others else self.free[:0]
        picked = np.concatenate([np.array(list(chosen), np.int64), free])
        rows = [
            random.choice(self.members[number], 2, replace=len(self.members[number]) < 2) for number in picked.tolist()
        ]
        return ViewBatch(np.concatenate(rows), picked)
