"""Tracklets without labels: runs of detections that can only be one person."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.data.overlap import overlap as pairwise_overlap

# A person moves little between frames: at 25 frames a second, boxes of one person overlap by 0.8 in the median.
_OVERLAP = 0.5
# A rival is another box that overlaps either end of a link by this much: it might be the same person as well.
_RIVAL = 0.2
# DeepSORT's confidence threshold: below it are false alarms, which are no person's tracklet.
MIN_CONFIDENCE = 0.3


def mine_tracklets(
    detections: BoxTable, *, min_confidence: float | None = None, overlap: float = _OVERLAP, rival: float = _RIVAL
) -> NDArray[np.int64]:
    """The tracklet of each detection: (n,) int64, numbered from 0, -1 where the detection has no link.

    Two detections of consecutive frames are linked where they overlap by at least `overlap` (intersection over union)
    and neither overlaps any other detection of its own or the other frame by `rival` or more. Detections with a score
    below `min_confidence` link nothing, and still count as rivals. No identity is read.
    """
    tracklets = np.full(len(detections), -1, np.int64)
    count = 0
    usable = np.ones(len(detections), bool) if min_confidence is None else detections.scores >= min_confidence
    last_alone = np.empty(0, bool)
    for frame in range(1, detections.last_frame + 1):
        rows, before = detections.rows_of(frame), detections.rows_of(frame - 1)
        boxes, previous = detections.boxes[rows], detections.boxes[before]
        within = pairwise_overlap(boxes, boxes)
        np.fill_diagonal(within, 0)
        alone = usable[rows] & (within < rival).all(axis=1)
        across = pairwise_overlap(previous, boxes)
        near = across >= rival
        single = (near.sum(axis=1) == 1)[:, None] & (near.sum(axis=0) == 1)[None]
        i, j = np.nonzero((across >= overlap) & single & last_alone[:, None] & alone[None])
        for earlier, later in zip(i + before.start, j + rows.start, strict=True):
            if tracklets[earlier] < 0:
                tracklets[earlier] = count
                count += 1
            tracklets[later] = tracklets[earlier]
        last_alone = alone
    return tracklets
