"""Refinement of a table of tracks: tracklets joined, gaps filled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flatsort.data.boxtable import BoxTable
from flatsort.tracker.boxes import Integers
from flatsort.tracker.offline.gaps import LONGEST_FILLED, filled
from flatsort.tracker.offline.joining import join
from flatsort.tracker.offline.likelihood import Distance
from flatsort.tracker.offline.tracked import prepared
from flatsort.tracker.offline.tracklets import Vectors, tracklets

UNKNOWN_RATE = 30.0  # frames a second, where the source does not tell


@dataclass(frozen=True)
class Refined:
    """tracks: the refined table. rows: (n,) int64, the row of each in the table it was made from, -1 where it was
    filled in. joined: how many tracklets were joined to another.
    """

    tracks: BoxTable
    rows: Integers
    joined: int


def refine(
    tracks: BoxTable,
    looks: Vectors | None = None,
    *,
    distance: Distance = "cosine",
    frame_rate: float | None = None,
    join_gaps: bool = True,
) -> Refined:
    """Join the tracks that are one person's, and fill their gaps.

    looks: (n, d) float32, the embedding of each row of `tracks`, NaN where it is not known; None: joined by motion
    alone. distance: between them. frame_rate: frames a second, 30 where it is not known. join_gaps: False fills alone.

    Joined tracks keep the id of the first. Boxes that were there stay as they are; those filled in lie on a straight
    line, and their scores too. Raises ValueError where looks have another length than the tracks.
    """
    if looks is not None and (looks.ndim != 2 or len(looks) != len(tracks)):
        raise ValueError(f"looks have shape {looks.shape}, expected ({len(tracks)}, d)")
    rate = frame_rate or UNKNOWN_RATE
    known = np.zeros((len(tracks), 0), np.float32) if looks is None else looks
    parts = tracklets(tracks.frames, tracks.ids, tracks.boxes, tracks.classes, *prepared(known, distance))
    people = join(parts, rate, distance) if join_gaps else parts
    ids = tracks.ids.copy()
    for person in people:
        ids[person.rows] = person.identity
    around, share, boxes = filled(tracks.frames, ids, tracks.boxes, round(LONGEST_FILLED * rate))
    before, after = around.T
    frames = np.rint(tracks.frames[before] + share * (tracks.frames[after] - tracks.frames[before])).astype(np.int64)
    scores = tracks.scores[before] * (1 - share) + tracks.scores[after] * share
    rows = np.concatenate((np.arange(len(tracks)), np.full(len(share), -1)))
    both = BoxTable(
        np.concatenate((tracks.frames, frames)),
        np.concatenate((ids, ids[before])),
        np.concatenate((tracks.boxes, boxes)),
        np.concatenate((tracks.scores, scores)),
        np.concatenate((tracks.classes, tracks.classes[before])),
        np.concatenate((tracks.visibility, np.ones(len(share)))),
        tracks.names,
    )
    order = np.lexsort((both.ids, both.frames))
    return Refined(both[order], rows[order], len(parts) - len(people))
