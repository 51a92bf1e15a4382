"""Identities over several videos: tracks linked by their looks, under a threshold learnt without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.offline.continuation import Distance, mean_looks
from flatsort.tracker.offline.likelihood import logistic
from flatsort.tracker.offline.tracklets import Tracklet

# Described boxes that a track needs to be linked: fewer say too little about looks.
FEWEST_LOOKS = 5
# Pairs of each kind from which the line's two numbers are learnt.
FEWEST_PAIRS = 10
# Log likelihood ratio from which two groups of tracks are one person's. Chosen on MOT16-11 and PETS09-S2L1, each
# cut into three videos.
SURE = 3.0
# Tracks seen beside it that a piece is compared with, at most.
_OTHERS = 5
_SELDOM = -1e9


def link(videos: Sequence[Sequence[Tracklet]], distance: Distance, sure: float = SURE) -> list[Integers]:
    """The identity of each track of each video, counted from 1 in the order of the videos and their tracks.

    Two tracks of one video that share a frame are never one person's. Tracks of one video alone are not linked to one
    another (`refine` does that), but may meet through a third. Groups are merged by average linkage, the surest first
    (agglomerative clustering), while the mean log likelihood ratio of their pairs is at least `sure`.

    Where tracks are too few to learn from, each is an identity of its own.
    """
    parts = [part for video in videos for part in video]
    of_video = np.repeat(np.arange(len(videos)), [len(video) for video in videos])
    identity = np.arange(len(parts))
    usable = np.flatnonzero([len(part.looks) >= FEWEST_LOOKS for part in parts])
    line = learn_looks(videos, distance)
    if line is not None and len(usable):
        chosen = [parts[row] for row in usable.tolist()]
        ratio = line[0] + line[1] * pair_distances(mean_looks(chosen, distance), distance)
        groups = _merged(ratio, _together(chosen, of_video[usable]), of_video[usable], sure)
        identity[usable] = usable[groups]
    _, first, numbers = np.unique(identity, return_index=True, return_inverse=True)
    place = np.empty(len(first), np.int64)
    place[np.argsort(first, kind="stable")] = np.arange(1, len(first) + 1)
    found = place[numbers]
    return [found[of_video == video] for video in range(len(videos))]


def relabelled(tracks: BoxTable, parts: Sequence[Tracklet], identities: Integers) -> BoxTable:
    """The tracks with identities for ids; identities: (n,) of each of their n tracklets."""
    ids = tracks.ids.copy()
    for part, identity in zip(parts, identities.tolist(), strict=True):
        ids[part.rows] = identity
    return replace(tracks, ids=ids)


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
        apart = _between(early, late, distance)
        same += np.diag(apart).tolist()
        together = _together(parts, np.zeros(len(parts), np.int64))
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


def pair_distances(looks: Floats, distance: Distance) -> Floats:
    """(n, n) between the rows of looks (n, d)."""
    return _between(looks, looks, distance)


def _between(one: Floats, two: Floats, distance: Distance) -> Floats:
    products = one @ two.T
    if distance == "cosine":
        return 1 - products
    squares = (one**2).sum(axis=1)[:, None] + (two**2).sum(axis=1)[None]
    return np.sqrt(np.maximum(squares - 2 * products, 0))


def _together(parts: Sequence[Tracklet], of_video: Integers) -> NDArray[np.bool_]:
    """(n, n) which tracks share a frame of one video; each does with itself."""
    first = np.array([part.frames[0] for part in parts])
    last = np.array([part.frames[-1] for part in parts])
    shared = np.zeros((len(parts), len(parts)), bool)
    maybe = (first[:, None] <= last[None]) & (first[None] <= last[:, None]) & (of_video[:, None] == of_video[None])
    for row, column in np.argwhere(maybe).tolist():
        shared[row, column] = len(np.intersect1d(parts[row].frames, parts[column].frames)) > 0
    return shared


def _merged(ratio: Floats, together: NDArray[np.bool_], of_video: Integers, sure: float) -> Integers:
    """(n,) the first member of each track's group, by average linkage over the pairs of different videos."""
    counted = (of_video[:, None] != of_video[None]).astype(np.float64)
    total = ratio * counted
    apart = together.copy()
    group = np.arange(len(ratio))
    alive = np.ones(len(ratio), bool)
    np.fill_diagonal(apart, True)
    while True:
        mean = np.where(apart | (counted == 0), _SELDOM, total / np.maximum(counted, 1))
        mean[~alive] = mean[:, ~alive] = _SELDOM
        best = int(mean.argmax()) if len(mean) else 0
        one, two = sorted(divmod(best, len(mean)))
        if mean[one, two] < sure:
            return group
        for matrix in (total, counted):
            matrix[one] += matrix[two]
            matrix[:, one] += matrix[:, two]
        apart[one] |= apart[two]
        apart[:, one] |= apart[:, two]
        alive[two] = False
        group[group == two] = one
