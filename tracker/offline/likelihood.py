"""The likelihood ratio of looks, learnt from the tracks themselves: no label and no scale is given.

Two parts of one track are one person. Tracks that were seen in one frame are two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.logistic import regressed
from flatsort.tracker.offline.tracklets import Tracklet

Distance = Literal["euclidean", "cosine"]
# Described boxes that say enough about looks.
FEWEST_LOOKS = 5
# Pairs of each kind from which the line's two numbers are learnt.
FEWEST_PAIRS = 10
# Tracks seen beside it that a piece is compared with, at most.
_OTHERS = 5
_ROUNDS, _RIDGE = 30, 1e-2


def mean_looks(parts: Sequence[Tracklet], distance: Distance) -> Floats:
    """(n, d) the mean embedding of each tracklet, of unit length under cosine distance; NaN where none is known."""
    dimension = parts[0].looks.shape[1] if parts else 0
    found = np.full((len(parts), dimension), np.nan)
    for row, part in enumerate(parts):
        if len(part.looks):
            found[row] = part.looks.mean(axis=0, dtype=np.float64)
    if distance == "cosine":
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
    return found


def learn_looks(videos: Sequence[Sequence[Tracklet]], distance: Distance) -> Floats | None:
    """(2,) a, b of log p(d | same) / p(d | different) = a + b d; None where there is too little to learn from.

    d: between the mean looks of the first third of a track and of the last third of the same one, or of one that was
    seen beside it. Learnt from long tracks; where they are too few, from all that can be linked. b is never above 0.
    """
    for fewest in (3 * FEWEST_LOOKS, FEWEST_LOOKS):
        same, different = _learning_pairs(videos, distance, fewest)
        if min(len(same), len(different)) >= FEWEST_PAIRS:
            values = np.concatenate((same, different))
            truth = np.concatenate((np.ones(len(same)), np.zeros(len(different))))
            line = logistic(np.column_stack((np.ones(len(values)), values)), truth)
            return line if line[1] < 0 else None
    return None


def _learning_pairs(
    videos: Sequence[Sequence[Tracklet]], distance: Distance, fewest: int
) -> tuple[list[float], list[float]]:
    """Distances of the two ends of one track, and of ends of two that were seen at once; of `fewest` looks or more."""
    same: list[float] = []
    different: list[float] = []
    for video in videos:
        parts = [part for part in video if len(part.looks) >= fewest]
        if not parts:
            continue
        pieces = [_ends(part) for part in parts]
        early = mean_looks([pair[0] for pair in pieces], distance)
        late = mean_looks([pair[1] for pair in pieces], distance)
        apart = between(early, late, distance)
        same += np.diag(apart).tolist()
        together = seen_together(parts, np.zeros(len(parts), np.int64))
        np.fill_diagonal(together, False)
        for row in range(len(parts)):
            others = np.flatnonzero(together[row])
            step = max(1, -(-len(others) // _OTHERS))
            different += apart[row, others[::step]].tolist()
    return same, different


def _ends(part: Tracklet) -> tuple[Tracklet, Tracklet]:
    """The first and the last third of its looks, two looks at least."""
    count = max(len(part.seen) // 3, 2)
    return (
        part.between(int(part.seen[0]), int(part.seen[count - 1])),
        part.between(int(part.seen[-count]), int(part.seen[-1])),
    )


def between(one: Floats, two: Floats, distance: Distance) -> Floats:
    """(n, m) between the rows of one (n, d) and of two (m, d)."""
    products = one @ two.T
    if distance == "cosine":
        return 1 - products
    squares = (one**2).sum(axis=1)[:, None] + (two**2).sum(axis=1)[None]
    return np.sqrt(np.maximum(squares - 2 * products, 0))


def seen_together(parts: Sequence[Tracklet], of_video: Integers) -> NDArray[np.bool_]:
    """(n, n) which tracks share a frame of one video; each does with itself. of_video: (n,)."""
    counts = [len(part.frames) for part in parts]
    frames = np.concatenate([part.frames for part in parts]) if parts else np.zeros(0, np.int64)
    of_frame = np.column_stack((of_video.repeat(counts), frames))
    moment = np.unique(of_frame, axis=0, return_inverse=True)[1].ravel()
    track = np.arange(len(parts)).repeat(counts)
    shape = (len(parts), int(moment.max(initial=-1)) + 1)
    seen = csr_matrix((np.ones(len(track), np.float32), (track, moment)), shape=shape)
    shared: NDArray[np.bool_] = (seen @ seen.T).toarray() > 0
    return shared


def logistic(design: Floats, truth: Floats) -> Floats:
    """(k,) weights of a logistic regression in which both kinds weigh the same; column 0 of the design is ones."""
    centre, spread = design.mean(axis=0), design.std(axis=0)
    centre[0], spread[0] = 0.0, 1.0
    spread[spread < 1e-9] = 1.0
    scaled = (design - centre) / spread
    weight = np.where(truth > 0, 0.5 / truth.sum(), 0.5 / (1 - truth).sum()) * len(truth) / 2
    line = regressed(scaled, weight, truth, ridge=_RIDGE, rounds=_ROUNDS)
    found: Floats = line / spread
    found[0] = line[0] - (found[1:] * centre[1:]).sum()
    return found
