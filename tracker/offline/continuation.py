"""Whether one tracklet goes on as another: what motion both ways, size and the detector say about a gap."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.offline.tracklets import Tracklet

# Seconds at an end over which speed is measured, and for which it is believed beyond that end.
SPAN = 1.0
# Seconds of boxes that a speed needs to be believed by half: a short tracklet's is noise.
HALF_BELIEVED = 1 / 3
# In heights of a person: nearer than this is as near.
NEAREST = 0.05
# Pixels of height below which a box is taken to be so high.
THINNEST = 1e-3
# Log odds that two tracklets are one person's, by motion: a logistic regression on the pairs of an end and a start in
# 17 sequences with ground truth, each benchmark with the same weight (docs/guides/refine.md). Heights and seconds are
# units of every video, so that the weights carry over; the few tracks of one video do not determine them.
ALWAYS, MISSED, WAITED, GROWN, SEEN = -4.3, -1.5, 0.3, -3.3, 2.5


def ends(parts: Sequence[Tracklet], last: bool, rate: float) -> Floats:
    """(n, 5) of each tracklet at its last frame or its first: centre x, y, speed x, y a frame, height."""
    found = np.zeros((len(parts), 5))
    for row, part in enumerate(parts):
        frames = part.frames
        near = frames > frames[-1] - SPAN * rate if last else frames < frames[0] + SPAN * rate
        boxes, at = part.boxes[near], frames[near]
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        found[row, :2] = centres[-1 if last else 0]
        found[row, 4] = max(np.median(boxes[:, 3] - boxes[:, 1]), THINNEST)
        if len(at) > 2:
            time = at - at.mean()
            found[row, 2:4] = time @ centres / (time @ time) * len(at) / (len(at) + HALF_BELIEVED * rate)
    return found


def share_seen(parts: Sequence[Tracklet]) -> Floats:
    """(n,) of the frames from each tracklet's first to its last, the share in which it has a box."""
    return np.array([len(part.frames) / (part.frames[-1] - part.frames[0] + 1) for part in parts])


def motion_odds(before: Floats, after: Floats, gap: Integers, rate: float, seen: Floats) -> Floats:
    """(p,) log odds that each pair of an end and a start is one person, before anything is known of looks.

    before, after: (p, 5), as `ends` returns them. gap: (p,) frames from the one to the other. rate: frames a second.
    seen: (p,) the lower `share_seen` of both: what blinks is seldom a person.
    """
    moved = np.minimum(gap, SPAN * rate)[:, None]
    height = (before[:, 4] + after[:, 4]) / 2
    ahead = np.linalg.norm(before[:, :2] + before[:, 2:4] * moved - after[:, :2], axis=1)
    back = np.linalg.norm(after[:, :2] - after[:, 2:4] * moved - before[:, :2], axis=1)
    missed = np.log(NEAREST + (ahead + back) / (2 * height))
    grown = np.abs(np.log(before[:, 4] / after[:, 4]))
    found: Floats = ALWAYS + MISSED * missed + WAITED * np.log((gap + 1) / rate) + GROWN * grown + SEEN * seen
    return found
