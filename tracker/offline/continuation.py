"""Whether one tracklet goes on as another: what motion both ways, size and looks say about a gap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.offline.tracklets import Tracklet

# Seconds at an end over which speed is measured, and for which it is believed beyond that end.
SPAN = 1.0
# Seconds of boxes that a speed needs to be believed by half: a short tracklet's is noise.
HALF_BELIEVED = 1 / 3
# In heights of a person: nearer than this is as near.
NEAREST = 0.05
Distance = Literal["euclidean", "cosine"]


def ends(parts: Sequence[Tracklet], last: bool, rate: float) -> Floats:
    """(n, 5) of each tracklet at its last frame or its first: centre x, y, speed x, y a frame, height."""
    found = np.zeros((len(parts), 5))
    for row, part in enumerate(parts):
        frames = part.frames
        near = frames > frames[-1] - SPAN * rate if last else frames < frames[0] + SPAN * rate
        boxes, at = part.boxes[near], frames[near]
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        found[row, :2] = centres[-1 if last else 0]
        found[row, 4] = np.median(boxes[:, 3] - boxes[:, 1])
        if len(at) > 2:
            time = at - at.mean()
            found[row, 2:4] = time @ centres / (time @ time) * len(at) / (len(at) + HALF_BELIEVED * rate)
    return found


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


def evidence(
    before: Floats, after: Floats, gap: Integers, rate: float, looks: tuple[Floats, Floats] | None, distance: Distance
) -> Floats:
    """(p, k) what is known of each pair of an end and a start: the features that a likelihood ratio is a line in.

    before, after: (p, 5), as `ends` returns them. gap: (p,) frames from the one to the other. looks: (p, d) of either
    side, None where looks are not known.
    """
    moved = np.minimum(gap, SPAN * rate)[:, None]
    height = (before[:, 4] + after[:, 4]) / 2
    ahead = np.linalg.norm(before[:, :2] + before[:, 2:4] * moved - after[:, :2], axis=1)
    back = np.linalg.norm(after[:, :2] - after[:, 2:4] * moved - before[:, :2], axis=1)
    miss = np.log(NEAREST + (ahead + back) / (2 * height))
    wait = np.log((gap + 1) / rate)
    taller = np.abs(np.log(before[:, 4] / after[:, 4]))
    columns = [np.ones(len(gap)), miss, wait, miss * wait, taller]
    if looks is not None:
        one, two = looks
        if distance == "cosine":
            columns.append(1 - np.einsum("pd,pd->p", one, two))
        else:
            columns.append(np.linalg.norm(one - two, axis=1))
    return np.column_stack(columns)
