"""Identities over several videos: groups of tracks that are one person's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.offline.likelihood import Distance, seen_together
from flatsort.tracker.offline.linking.likeness import likeness
from flatsort.tracker.offline.tracklets import Tracklet

# Log likelihood ratio from which two groups of tracks are one person's. Chosen on MOT16-11 and PETS09-S2L1, each
# cut into three videos.
SURE = 3.0
_SELDOM = -1e9


def link(
    videos: Sequence[Sequence[Tracklet]],
    distance: Distance,
    sure: float = SURE,
    overlap: Mapping[tuple[int, int], Floats] | None = None,
) -> list[Integers]:
    """The identity of each track of each video, counted from 1 in the order of the videos and their tracks.

    Two tracks of one video that share a frame are never one person's. Tracks of one video alone are not linked to one
    another (`refine` does that), but may meet through a third. Groups are merged by average linkage, the surest first
    (agglomerative clustering), while the mean log likelihood ratio of their pairs is at least `sure`.

    overlap: for videos that see one place at once, what `stand_together` found: it is added to the looks' ratio.
    Where tracks are too few to learn from, each is an identity of its own.
    """
    counts = [len(video) for video in videos]
    starts = np.cumsum([0, *counts])
    identity = np.arange(starts[-1])
    ratio = likeness(videos, distance)
    if ratio is not None:
        for (one, two), stands in (overlap or {}).items():
            rows, columns = slice(*starts[one : one + 2]), slice(*starts[two : two + 2])
            ratio[rows, columns] += stands
            ratio[columns, rows] += stands.T
        usable = np.flatnonzero(~np.isnan(np.diag(ratio)))
        parts = [part for video in videos for part in video]
        of_video = np.repeat(np.arange(len(videos)), counts)[usable]
        apart = seen_together([parts[row] for row in usable.tolist()], of_video)
        identity[usable] = usable[_merged(ratio[np.ix_(usable, usable)], apart, of_video, sure)]
    _, first, numbers = np.unique(identity, return_index=True, return_inverse=True)
    place = np.empty(len(first), np.int64)
    place[np.argsort(first, kind="stable")] = np.arange(1, len(first) + 1)
    return np.split(place[numbers], starts[1:-1]) if videos else []


def relabelled(tracks: BoxTable, parts: Sequence[Tracklet], identities: Integers) -> BoxTable:
    """The tracks with identities for ids; identities: (n,) of each of their n tracklets."""
    ids = tracks.ids.copy()
    for part, identity in zip(parts, identities.tolist(), strict=True):
        ids[part.rows] = identity
    return replace(tracks, ids=ids)


def _merged(ratio: Floats, together: NDArray[np.bool_], of_video: Integers, sure: float) -> Integers:
    """(n,) the first member of each track's group, by average linkage over the pairs of different videos."""
    counted = (of_video[:, None] != of_video[None]).astype(np.float64)
    total = ratio * counted
    apart = together.copy()
    group = np.arange(len(ratio))
    gone = np.zeros(len(ratio), bool)  # into another group
    np.fill_diagonal(apart, True)
    mean = np.where(apart | (counted == 0), _SELDOM, total)
    while len(mean):
        one, two = sorted(divmod(int(mean.argmax()), len(mean)))
        if mean[one, two] < sure:
            break
        for matrix in (total, counted):
            matrix[one] += matrix[two]
            matrix[:, one] += matrix[:, two]
        apart[one] |= apart[two]
        apart[:, one] |= apart[:, two]
        gone[two] = True
        never = apart[one] | (counted[one] == 0) | gone
        mean[one] = mean[:, one] = np.where(never, _SELDOM, total[one] / np.maximum(counted[one], 1))
        mean[two] = mean[:, two] = _SELDOM
        group[group == two] = one
    return group
