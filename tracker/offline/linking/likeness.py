"""How much alike two tracks look: a log likelihood ratio that is learnt from the videos, without labels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from flatsort.tracker.boxes import Floats
from flatsort.tracker.offline.likelihood import (
    FEWEST_LOOKS,
    FEWEST_PAIRS,
    Distance,
    between,
    learn_looks,
    mean_looks,
    seen_together,
)
from flatsort.tracker.offline.tracklets import Tracklet


def likeness(videos: Sequence[Sequence[Tracklet]], distance: Distance) -> Floats | None:
    """(n, n) of the n tracks of all videos, one video after the other: log p(d | same) / p(d | different).

    d: between mean looks; NaN where a track has too few of them. None where there is too little to learn from.

    Before two cameras a person looks less alike than before one. Nearly all pairs of tracks of two videos are different
    people; where these are farther apart than different people of one video are, by their medians, the difference is
    the cameras' and is taken off.
    """
    line = learn_looks(videos, distance)
    if line is None:
        return None
    parts = [part for video in videos for part in video]
    of_video = np.repeat(np.arange(len(videos)), [len(video) for video in videos])
    looks = mean_looks(parts, distance)
    looks[[len(part.looks) < FEWEST_LOOKS for part in parts]] = np.nan
    apart = between(looks, looks, distance)
    seen = seen_together(parts, of_video)
    np.fill_diagonal(seen, False)
    within = [apart[np.ix_(of_video == video, of_video == video)] for video in range(len(videos))]
    beside = [seen[np.ix_(of_video == video, of_video == video)] for video in range(len(videos))]
    for one, two in combinations(range(len(videos)), 2):
        block = np.ix_(of_video == one, of_video == two)
        across = _known(apart[block])
        different = _known(np.concatenate((within[one][beside[one]], within[two][beside[two]])))
        if min(len(across), len(different)) >= FEWEST_PAIRS:
            farther = max(np.median(across) - np.median(different), 0.0)
            apart[block] -= farther
            apart.T[block] -= farther
    return np.asarray(line[0] + line[1] * apart)


def _known(values: Floats) -> Floats:
    return np.asarray(values[~np.isnan(values)])
