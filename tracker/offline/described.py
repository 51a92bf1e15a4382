"""How the boxes of tracks look: each described by the detection that it follows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from flatsort.data import BoxTable, Sequence
from flatsort.data.overlap import overlap
from flatsort.data.progress import Bar
from flatsort.embedding import Descriptor, describe
from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.offline.tracklets import Vectors

# A track's box and the detection that it follows overlap at least so much.
FOLLOWS = 0.5


@dataclass(frozen=True)
class Followed:
    """Of each of n rows of tracks.

    places: (n,) int64, of its detection in the frame, counted from 0; -1 where it follows none.
    boxes: (n, 4) `xyxy`, the detection's, NaN where it follows none.
    looks: (n, d) float32, NaN where they are not known; None without a descriptor.
    """

    places: Integers
    boxes: Floats
    looks: Vectors | None


def follow(tracks: BoxTable, sequence: Sequence, descriptor: Descriptor | None, watch: Bar = iter) -> Followed:
    """Find the detection that each row of tracks follows, and describe it.

    A box follows the detection that it overlaps most, and each detection is followed by one box alone, the one that
    overlaps it most. Frames are read only with a descriptor; watch sees them pass by, for a progress bar.
    Raises InputError as `describe` and the sequence do.
    """
    places = np.full(len(tracks), -1)
    boxes = np.full((len(tracks), 4), np.nan)
    for frame in np.unique(tracks.frames).tolist():
        rows = np.arange(len(tracks))[tracks.rows_of(frame)]
        found = sequence.detections.detections(frame)
        if not len(found):
            continue
        shared = overlap(tracks.boxes[rows], found.boxes)
        best = shared.argmax(axis=1)
        mutual = (shared.argmax(axis=0)[best] == np.arange(len(rows))) & (shared.max(axis=1) >= FOLLOWS)
        places[rows[mutual]] = best[mutual]
        boxes[rows[mutual]] = found.boxes[best[mutual]]
    if descriptor is None:
        return Followed(places, boxes, None)
    looks = np.full((len(tracks), descriptor.dimension), np.nan, np.float32)
    for shown in watch(sequence):
        rows = np.arange(len(tracks))[tracks.rows_of(shown.index)]
        rows = rows[places[rows] >= 0]
        if len(rows):
            looks[rows] = describe(descriptor, replace(shown, detections=shown.detections[places[rows]]))
    return Followed(places, boxes, looks)
