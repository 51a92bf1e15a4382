"""Identities over several videos: tracks linked by their looks, under a threshold learnt without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.offline.likelihood import (
    FEWEST_LOOKS,
    Distance,
    between,
    learn_looks,
    mean_looks,
    seen_together,
)
from flatsort.tracker.offline.tracklets import Tracklet

# Log likelihood ratio from which two groups of tracks are one person's. Chosen on MOT16-11 and PETS09-S2L1, each
# cut into three videos.
SURE = 3.0
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
        groups = _merged(ratio, seen_together(chosen, of_video[usable]), of_video[usable], sure)
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


def pair_distances(looks: Floats, distance: Distance) -> Floats:
    """(n, n) between the rows of looks (n, d)."""
    return between(looks, looks, distance)


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
