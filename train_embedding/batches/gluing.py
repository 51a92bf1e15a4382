"""Longer tracklets: pieces of one person are glued where the current embedding and the motion agree.

A tracklet ends where its person is hidden. Glued over the gap it gives positives that look different, and more people
are known to have been seen side by side. No identity label is read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.train_embedding.batches.tracklet_batches import TrackletBatches

_ENDS = 10  # detections at either end of a tracklet whose mean embedding stands for it
_FEWEST = 3  # detections of a tracklet that takes part in the threshold: fewer give a poor mean
# How far a person may have moved, in heights: half of one and this much a frame; and how much the height may change.
_REACH, _REACH_PER_FRAME, _LOG_HEIGHT = 0.5, 0.15, 0.4


def glue_tracklets(
    batches: TrackletBatches,
    vectors: NDArray[np.float32],
    sources: NDArray[np.int64],
    frames: NDArray[np.int64],
    boxes: NDArray[np.float64],
) -> NDArray[np.int64]:
    """The tracklet of each detection after gluing, (n,) int64.

    Pairs are glued from the nearest on, as long as the distance is one that only `glue_error` of the people seen side
    by side fall below, and no two detections of a glued tracklet share a frame.

    batches: the mined tracklets.
    vectors: (n, d) embeddings.
    sources, frames: (n,), by which the rows are sorted.
    boxes: (n, 4) `xyxy`.
    """
    config, members = batches.config, batches.members
    tail, head, whole = (
        np.stack([vectors[own[part]].mean(axis=0) for own in members])
        for part in (slice(-_ENDS, None), slice(_ENDS), slice(None))
    )
    long = np.array([len(own) >= _FEWEST for own in members])
    i, j = batches.together.nonzero()
    apart = (i < j) & long[i] & long[j]
    if not apart.any():
        return batches.tracklets
    threshold = float(np.quantile(np.linalg.norm(whole[i[apart]] - whole[j[apart]], axis=1), config.glue_error))

    first, last = (np.array([own[place] for own in members]) for place in (0, -1))
    centre, height = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 3] - boxes[:, 1]
    earlier, later, distance = [], [], []
    for number in range(len(members)):
        gap = frames[first] - frames[last[number]]
        near = np.flatnonzero((gap >= 1) & (gap <= config.longest_gap) & (sources[first] == sources[last[number]]))
        moved = np.linalg.norm(centre[first[near]] - centre[last[number]], axis=1) / height[last[number]]
        grown = np.abs(np.log(height[first[near]] / height[last[number]]))
        apart_by = np.linalg.norm(head[near] - tail[number], axis=1)
        good = (moved < _REACH + _REACH_PER_FRAME * gap[near]) & (grown < _LOG_HEIGHT) & (apart_by < threshold)
        earlier += [number] * int(good.sum())
        later += near[good].tolist()
        distance += apart_by[good].tolist()

    root = list(range(len(members)))
    seen = [set(frames[own].tolist()) for own in members]

    def find(one: int) -> int:
        while root[one] != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    for pair in np.argsort(distance, kind="stable").tolist():
        one, other = find(earlier[pair]), find(later[pair])
        if one != other and not seen[one] & seen[other]:
            root[other] = one
            seen[one] |= seen[other]
    glued = np.empty(len(frames), np.int64)
    for number, own in enumerate(members):
        glued[own] = find(number)
    return np.unique(glued, return_inverse=True)[1].astype(np.int64)
