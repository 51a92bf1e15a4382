"""Boxes: layouts, overlapping pairs, non-maximum suppression.

Boxes are `(n, 4)` float64 `xyxy` (left, top, right, bottom) in pixels everywhere inside; other layouts carry their
name.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
# The classes of two sides `(n,)` and `(m,)`, of which only pairs of one class are wanted; None: all are.
Kinds = tuple[Integers, Integers] | None

# Pixels. No camera's picture is a tenth as wide, and what is predicted from such boxes is far from overflow.
FARTHEST = 1e7
# Pixels. A side below it has no area; float64 still tells the edges of such a box apart at the farthest place.
SMALLEST_SIDE = 1e-6
# Pixels, of boxes that are reported: a track that is not seen moves on as it was seen to move.
_FARTHEST_REPORTED = 1e9


def xyxy_to_ltwh(boxes: Floats) -> Floats:
    """(n, 4) left, top, right, bottom to left, top, width, height."""
    out = boxes.copy()
    out[:, 2:] -= boxes[:, :2]
    return out


def ltwh_to_xyxy(boxes: Floats) -> Floats:
    """(n, 4) left, top, width, height to left, top, right, bottom."""
    out = boxes.copy()
    out[:, 2:] += boxes[:, :2]
    return out


def xyxy_to_xysr(boxes: Floats) -> Floats:
    """(n, 4) `xyxy` to SORT's measurement: centre x, centre y, area (scale), width over height (ratio)."""
    size = boxes[:, 2:] - boxes[:, :2]
    out = np.empty_like(boxes)
    out[:, :2] = boxes[:, :2] + size * 0.5
    np.multiply(size[:, 0], size[:, 1], out=out[:, 2])
    np.divide(size[:, 0], size[:, 1], out=out[:, 3])
    return out


def xysr_to_xyxy(states: Floats) -> Floats:
    """(n, 4) SORT's measurement to `xyxy`; top and bottom are not finite where area times ratio is not positive."""
    half = np.empty((len(states), 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        np.sqrt(states[:, 2] * states[:, 3], out=half[:, 0])
        np.divide(states[:, 2], half[:, 0], out=half[:, 1])
    half *= 0.5
    return _around(states, half)


def xyxy_to_xyah(boxes: Floats) -> Floats:
    """(n, 4) `xyxy` to DeepSORT's measurement: centre x, centre y, aspect (width over height), height."""
    size = boxes[:, 2:] - boxes[:, :2]
    out = np.empty_like(boxes)
    out[:, :2] = boxes[:, :2] + size * 0.5
    np.divide(size[:, 0], size[:, 1], out=out[:, 2])
    out[:, 3] = size[:, 1]
    return out


def xyah_to_xyxy(states: Floats) -> Floats:
    """(n, 4) DeepSORT's measurement to `xyxy`."""
    half = np.empty((len(states), 2))
    np.multiply(states[:, 2], states[:, 3], out=half[:, 0])
    half[:, 1] = states[:, 3]
    half *= 0.5
    return _around(states, half)


def xyxy_to_xywh(boxes: Floats) -> Floats:
    """(n, 4) `xyxy` to centre x, centre y, width, height."""
    size = boxes[:, 2:] - boxes[:, :2]
    out = np.empty_like(boxes)
    out[:, :2] = boxes[:, :2] + size * 0.5
    out[:, 2:] = size
    return out


def xywh_to_xyxy(states: Floats) -> Floats:
    """(n, 4) centre x, centre y, width, height to `xyxy`."""
    return _around(states, states[:, 2:] * 0.5)


def _around(centres: Floats, half: Floats) -> Floats:
    out = np.empty((len(centres), 4))
    np.subtract(centres[:, :2], half, out=out[:, :2])
    np.add(centres[:, :2], half, out=out[:, 2:])
    return out


def visible(boxes: Floats) -> Floats:
    """(n, 4) `xyxy` as it can be reported: no side below `SMALLEST_SIDE`, no corner beyond a billion pixels."""
    sides = boxes[:, 2:] - boxes[:, :2]
    if sides.min(initial=SMALLEST_SIDE) >= SMALLEST_SIDE and float(np.vdot(boxes, boxes)) <= _FARTHEST_REPORTED**2:
        return boxes
    centres = np.clip(boxes[:, :2] + sides / 2, -_FARTHEST_REPORTED / 2, _FARTHEST_REPORTED / 2)
    return _around(centres, np.clip(sides, 2 * SMALLEST_SIDE, _FARTHEST_REPORTED) / 2)


def overlapping_pairs(a: Floats, b: Floats, kinds: Kinds = None) -> tuple[Integers, Integers, Floats]:
    """The pairs of boxes that share area: rows of `a`, rows of `b`, their intersection over union, each `(p,)`.

    kinds: the classes of both sides, where only boxes of one class are pairs.
    Sweep and prune along x, so that the cost grows with the pairs that are near each other and not with n times m.
    """
    if not len(a) or not len(b):
        return _NO_PAIRS
    order = b[:, 0].argsort()
    left = b[order, 0]
    widest = (b[:, 2] - b[:, 0]).max()
    i, j = _ranges(left.searchsorted(a[:, 0] - widest), left.searchsorted(a[:, 2]))
    j = order[j]
    near = a[:, 3].take(i) > b[:, 1].take(j)
    near &= b[:, 3].take(j) > a[:, 1].take(i)
    near &= b[:, 2].take(j) > a[:, 0].take(i)
    if kinds is not None:
        near &= kinds[0].take(i) == kinds[1].take(j)
    rows = near.nonzero()[0]
    i, j = i.take(rows), j.take(rows)
    first, second = a.take(i, axis=0), b.take(j, axis=0)
    size = np.minimum(first[:, 2:], second[:, 2:])
    size -= np.maximum(first[:, :2], second[:, :2])
    shared = size[:, 0] * size[:, 1]
    keep = shared.nonzero()[0]  # a box without area shares none
    i, j, shared = i.take(keep), j.take(keep), shared.take(keep)
    union = _area(a).take(i)
    union += _area(b).take(j)
    union -= shared
    return i, j, shared / union


def _area(boxes: Floats) -> Floats:
    side = boxes[:, 2:] - boxes[:, :2]
    area: Floats = side[:, 0] * side[:, 1]
    return area


def points_in_boxes(boxes: Floats, points: Floats, kinds: Kinds = None) -> tuple[Integers, Integers]:
    """The pairs (box, point) with the point's x inside the box's [left, right] and y inside [top, bottom].

    kinds: the classes of both sides, where only those of one class are pairs.
    """
    order = points[:, 0].argsort()
    x = points[order, 0]
    i, j = _ranges(x.searchsorted(boxes[:, 0]), x.searchsorted(boxes[:, 2], side="right"))
    j = order[j]
    y = points[j, 1]
    inside = (y >= boxes[i, 1]) & (y <= boxes[i, 3])
    if kinds is not None:
        inside &= kinds[0].take(i) == kinds[1].take(j)
    keep = inside.nonzero()[0]
    return i[keep], j[keep]


def _ranges(first: Integers, last: Integers) -> tuple[Integers, Integers]:
    """All pairs (i, j) with first[i] <= j < last[i]."""
    counts = last - first
    np.maximum(counts, 0, out=counts)
    ends = counts.cumsum()
    i = np.arange(len(counts)).repeat(counts)
    return i, np.arange(ends[-1] if len(ends) else 0) - (ends - counts - first)[i]


_NO_PAIRS = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def nms(boxes: Floats, scores: Floats, threshold: float) -> Integers:
    """Non-maximum suppression as DeepSORT does it: the rows to keep, in ascending order.

    Boxes are visited from the highest score down, equal scores by their coordinates, so that the order of the rows does
    not matter; one is dropped if a kept box covers more than `threshold` of its own area. Sides count pixels (+ 1),
    after Malisiewicz's implementation of Felzenszwalb et al.
    """
    sides = boxes[:, 2:] - boxes[:, :2] + 1
    area = sides[:, 0] * sides[:, 1]
    remaining = np.lexsort((*boxes.T[::-1], scores))[::-1]
    kept = []
    while len(remaining):
        best, remaining = remaining[0], remaining[1:]
        kept.append(best)
        size = np.minimum(boxes[best, 2:], boxes[remaining, 2:]) - np.maximum(boxes[best, :2], boxes[remaining, :2]) + 1
        covered = np.maximum(size, 0).prod(1) / area[remaining]
        remaining = remaining[covered <= threshold]
    return np.sort(np.array(kept, np.int64))
