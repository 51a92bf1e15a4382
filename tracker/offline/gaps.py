"""Gaps of tracks filled, where a box between is likely to be right."""

from __future__ import annotations

import numpy as np

from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.offline.continuation import NEAREST, THINNEST

# Seconds of the longest gap that is filled.
LONGEST_FILLED = 1.5
# Log odds that a filled box is right: a logistic regression on the gaps of tracks of 17 sequences with ground truth,
# each benchmark with the same weight (docs/guides/refine.md).
ALWAYS, SEEN, MOVED, GROWN = -3.5, 2.7, -0.85, -4.2
# IDF1 gains by a box that is right more often than IDF1 / 2: at 70, in 35 of 100.
WORTH = np.log(0.35 / 0.65)


def odds(frames: Integers, ids: Integers, boxes: Floats, pairs: Integers) -> Floats:
    """(g,) log odds that boxes on the line over a gap lie on one person; without a label of the video.

    pairs: (g, 2), the rows before and after each gap. Few do where a track was seen in few of its frames (of something
    that is no person), and where it moved or grew much meanwhile (two people).
    """
    _, place, seen = np.unique(ids, return_inverse=True, return_counts=True)
    last, first = np.full(len(seen), frames.min(initial=0)), np.full(len(seen), frames.max(initial=0))
    np.maximum.at(last, place, frames)
    np.minimum.at(first, place, frames)
    share = (seen / (last - first + 1))[place[pairs[:, 0]]]
    one, two = boxes[pairs[:, 0]], boxes[pairs[:, 1]]
    high, higher = (np.maximum(box[:, 3] - box[:, 1], THINNEST) for box in (one, two))
    apart = np.linalg.norm((one[:, :2] + one[:, 2:] - two[:, :2] - two[:, 2:]) / 2, axis=1)
    moved = np.log(NEAREST + apart / ((high + higher) / 2))
    found: Floats = ALWAYS + SEEN * share + MOVED * moved + GROWN * np.abs(np.log(high / higher))
    return found


def filled(frames: Integers, ids: Integers, boxes: Floats, longest: int) -> tuple[Integers, Floats, Floats]:
    """What stands in the gaps of at most `longest` frames that are worth it: rows, shares and boxes.

    frames, ids: (n,). boxes: (n, 4). Returns the two rows around each new box, (m, 2); the share of the later one, (m,)
    from 0 to 1, which says the frame; and the boxes, (m, 4), on the straight line between them. A spline and a Gaussian
    process were measured and are no better (docs/guides/refine.md).
    """
    order = np.lexsort((frames, ids))
    gap = np.diff(frames[order])
    open_ = np.flatnonzero((np.diff(ids[order]) == 0) & (gap > 1) & (gap <= longest))
    pairs = np.column_stack((order[open_], order[open_ + 1]))
    worth = odds(frames, ids, boxes, pairs) >= WORTH
    pairs, count = pairs[worth], gap[open_][worth] - 1
    step = np.arange(count.sum()) - (np.cumsum(count) - count).repeat(count) + 1
    share = step / (count + 1).repeat(count)
    around = pairs.repeat(count, axis=0)
    between = boxes[around[:, 0]] * (1 - share[:, None]) + boxes[around[:, 1]] * share[:, None]
    return around, share, between
