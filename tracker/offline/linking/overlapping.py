"""Cameras that see one place at once: who stands where, as evidence of who is who."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from flatsort.tracker.boxes import Floats
from flatsort.tracker.offline.likelihood import Distance
from flatsort.tracker.offline.linking.common_ground import NEAR, at_once, find_ground
from flatsort.tracker.offline.linking.likeness import likeness
from flatsort.tracker.offline.tracklets import Tracklet

# The log likelihood ratio is a line in the logarithm of the distance: 0 at NEAR, its slope, and how far it is believed.
# It is believed the more the longer two are in view together, wholly from so many seconds. Chosen on drawn scenes
# (data/walkers, seeds 3 to 5) seen by two cameras.
SLOPE, CLIP, BELIEVED = 3.0, 6.0, 2.0
_NEAREST = 0.02  # in heights of a person: nearer than this is as near


def stand_together(
    videos: Sequence[Sequence[Tracklet]], distance: Distance, rates: Sequence[float]
) -> dict[tuple[int, int], Floats]:
    """By pairs of videos whose common ground was found: (n, m) log likelihood ratio of where their tracks stand.

    Above 0 where two tracks stand in one place at the same time, below where they stand apart, 0 where they are never
    in view at once. The videos begin at one moment; rates: frames a second of each.

    A pair of videos is left out where too few people are seen by both at once, or look alike.
    """
    found: dict[tuple[int, int], Floats] = {}
    looks = likeness(videos, distance)
    if looks is None:
        return found
    starts = np.cumsum([0, *(len(video) for video in videos)])
    for one, two in combinations(range(len(videos)), 2):
        pairs = at_once(videos[one], videos[two], (rates[one], rates[two]))
        ratio = looks[starts[one] + pairs.rows, starts[two] + pairs.columns]
        pairs, ratio = pairs.only(~np.isnan(ratio)), ratio[~np.isnan(ratio)]
        ground = find_ground(pairs, ratio)
        if ground is not None:
            apart = np.log(np.maximum(pairs.apart(ground), _NEAREST) / NEAR)
            stands = np.zeros((len(videos[one]), len(videos[two])))
            stands[pairs.rows, pairs.columns] = np.clip(-SLOPE * apart, -CLIP, CLIP) * np.minimum(
                pairs.seconds / BELIEVED, 1
            )
            found[one, two] = stands
    return found
