"""Person crops with the tracklet that each belongs to: what an embedding learns identity from without labels."""

from __future__ import annotations

from collections.abc import Sequence as Ordered
from dataclasses import dataclass
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from flatsort.data.crops.person_crops import MIN_HEIGHT, MOST, PersonCrops, collect, standardised
from flatsort.data.crops.tracklets import MIN_CONFIDENCE, mine_tracklets
from flatsort.data.errors import InputError
from flatsort.data.progress import Watch, unwatched

# A crop is cut with an eighth of the box around it, so that boxes can be jittered when a batch is drawn.
MARGIN = 8


@dataclass(frozen=True)
class TrackletCrops(PersonCrops):
    """Person crops, and for the training part of each source its detections by tracklet.

    wide: (n, 80, 80, 3) uint8 BGR, the box (64×64 inside) with a margin of 8 pixels of the crop on each side.
    sources, frames, tracklets: (n,) int64; tracklets are numbered over all sources, and a detection without a link is a
    tracklet of its own. boxes: (n, 4) `xyxy` in pixels. Rows are sorted by source, then by frame.
    """

    wide: NDArray[np.uint8]
    sources: NDArray[np.int64]
    frames: NDArray[np.int64]
    boxes: NDArray[np.float64]
    tracklets: NDArray[np.int64]


def load(
    sources: Ordered[str | PathLike[str]],
    *,
    detections: str | PathLike[str] | None = None,
    most: int = MOST,
    min_height: float = MIN_HEIGHT,
    fewest: int = 1,
    watch: Watch = unwatched,
) -> TrackletCrops:
    """As `data.person_crops.load`, and mine the tracklets.

    Raises InputError as that, and where all detections could be one person: nobody is seen beside another.
    """
    found = collect(sources, detections, most, min_height, fewest, watch, MARGIN)
    crops = standardised(found.crops[:, MARGIN:-MARGIN, MARGIN:-MARGIN], found.origin, found.split)
    tracklets = np.full(len(found.origin), -1, np.int64)
    boxes = np.empty((len(found.origin), 4))
    count = 0
    for number, sequence in enumerate(found.sequences):
        own = np.flatnonzero(found.origin[:, 0] == number)
        rows = found.origin[own, 2]
        mined = mine_tracklets(sequence.detections, min_confidence=MIN_CONFIDENCE)
        alone = (mined < 0) & (sequence.detections.scores >= MIN_CONFIDENCE)
        mined[alone] = mined.max(initial=-1) + 1 + np.arange(alone.sum())
        tracklets[own] = np.where(mined[rows] < 0, -1, mined[rows] + count)
        count += int(mined.max(initial=-1)) + 1
        boxes[own] = sequence.detections.boxes[rows]
    kept = np.flatnonzero((tracklets >= 0) & (found.split == 0))
    place = found.origin[kept, :2]
    same_frame = (np.diff(place, axis=0) == 0).all(axis=1)
    if not same_frame.any():
        names = ", ".join(sequence.name for sequence in found.sequences)
        problem = "never shows two people at once, and so nothing tells one person from another"
        raise InputError(names, None, problem, "add a sequence with several people, or train with --method fmvae")
    return TrackletCrops(
        **vars(crops),
        wide=found.crops[kept],
        sources=place[:, 0],
        frames=place[:, 1],
        boxes=boxes[kept],
        tracklets=np.unique(tracklets[kept], return_inverse=True)[1].astype(np.int64),
    )
