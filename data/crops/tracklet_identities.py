"""Who the tracklets of many sources are, where a table says it: for the supervised comparison alone."""

from __future__ import annotations

from collections.abc import Sequence as Ordered
from dataclasses import dataclass
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from flatsort.data.crops.crop_folder import is_tracklet_folder, open_tracklet_folder
from flatsort.data.crops.identified_crops import identities_of
from flatsort.data.crops.tracklet_sources import Tracklets
from flatsort.data.errors import InputError

UNKNOWN = -1


@dataclass(frozen=True)
class TrackletIdentities:
    """people: (t,) int64, alike for tracklets of one person and no other. cameras: (t,) int64 from 0.

    Both are `UNKNOWN` for tracklets of sequences.
    """

    people: NDArray[np.int64]
    cameras: NDArray[np.int64]


def tracklet_identities(sources: Ordered[str], data: Tracklets, path: str | PathLike[str]) -> TrackletIdentities:
    """Identity and camera of `data`'s tracklets, which were read from these sources.

    path: a CSV file (tracklet, identity, camera) that holds every tracklet of the folders; the same identity in two
    folders is two people. Raises InputError as `identities_of`, and where no source is a folder of tracklets.
    """
    people = np.full(len(data), UNKNOWN, np.int64)
    cameras = people.copy()
    folders = [place for place, source in enumerate(sources) if is_tracklet_folder(source)]
    if not folders:
        problem = "says who the tracklets of a folder are, and --data has no such folder"
        raise InputError(path, None, problem, "name the folder, or leave --identities out")
    for place in folders:
        own = data.sources == place
        table = identities_of(open_tracklet_folder(sources[place]), path)
        people[own] = np.unique(table[:, 0], return_inverse=True)[1] + people.max() + 1
        cameras[own] = np.unique(table[:, 1], return_inverse=True)[1]
    return TrackletIdentities(people, cameras)
