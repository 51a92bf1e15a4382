"""Gaps of tracks filled."""

from __future__ import annotations

import numpy as np

from flatsort.tracker.boxes import Floats, Integers

# Seconds of the longest gap that is filled. Between 1 and 2 scores differ little; longer ones lose.
LONGEST_FILLED = 1.5


def filled(frames: Integers, ids: Integers, boxes: Floats, longest: int) -> tuple[Integers, Floats, Floats]:
    """What stands in the gaps of at most `longest` frames: rows, shares and boxes.

    frames, ids: (n,). boxes: (n, 4). Returns the two rows around each new box, (m, 2); the share of the later one, (m,)
    from 0 to 1, which says the frame; and the boxes, (m, 4), on the straight line between them. Splines and a Gaussian
    process were measured and are no better (docs/guides/refine.md).
    """
    order = np.lexsort((frames, ids))
    gap = np.diff(frames[order])
    open_ = np.flatnonzero((np.diff(ids[order]) == 0) & (gap > 1) & (gap <= longest))
    count = gap[open_] - 1
    step = np.arange(count.sum()) - (np.cumsum(count) - count).repeat(count) + 1
    share = step / gap[open_].repeat(count)
    around = np.column_stack((order[open_], order[open_ + 1])).repeat(count, axis=0)
    between = boxes[around[:, 0]] * (1 - share[:, None]) + boxes[around[:, 1]] * share[:, None]
    return around, share, between
