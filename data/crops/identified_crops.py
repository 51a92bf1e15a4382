"""Crops of people in folders with their identity and camera: from the names, or from a table of tracklets."""

from __future__ import annotations

import csv
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.crops.crop_folder import (
    TrackletFolder,
    is_tracklet_folder,
    open_labelled_folder,
    open_tracklet_folder,
    read_crops,
)
from flatsort.data.crops.cutting import cut_crops
from flatsort.data.crops.labelled_crops import MARGIN, SIZE, LabelledCrops
from flatsort.data.errors import InputError
from flatsort.data.progress import Watch, unwatched

COLUMNS = ["tracklet", "identity", "camera"]
# Crops of two cameras lie this many moments apart, so that what is compared over a gap is compared across cameras.
CAMERAS_APART = 1000


def load_identified(
    folder: str | PathLike[str], identities: str | PathLike[str] | None = None, *, watch: Watch = unwatched
) -> LabelledCrops:
    """Read a folder of crops, each cut to the box with its edge repeated as margin.

    identities: the CSV file (tracklet, identity, camera) of a folder of tracklets; names of other folders hold both.
    `frames` are moments: 1,000 for every camera, and the crop's place within identity and camera.
    Raises InputError where a name, a row or an image cannot be read, or a tracklet has no row.
    """
    if is_tracklet_folder(folder):
        if identities is None:
            cure = "name the CSV file (tracklet,identity,camera) with --identities"
            raise InputError(folder, None, "does not say who its tracklets are", cure)
        found = open_tracklet_folder(folder)
        rows = identities_of(found, identities)[found.tracklets]
        name, files, people, cameras = found.name, found.files, rows[:, 0], rows[:, 1]
    else:
        named = open_labelled_folder(folder)
        name, files, people, cameras = named.name, named.files, named.identities, named.cameras
    height, width = (size + 2 * margin for size, margin in zip(SIZE, MARGIN, strict=True))
    crops = np.empty((len(files), height, width, 3), np.uint8)
    beyond = np.array([MARGIN[1] / SIZE[1], MARGIN[0] / SIZE[0]])
    for place, file in enumerate(watch(name, len(files))(files)):
        image = read_crops((file,), first=place + 1)[0]
        size = np.array([image.shape[1], image.shape[0]], float)
        crops[place] = cut_crops(image, np.concatenate([-beyond * size, (1 + beyond) * size])[None], (height, width))[0]
    numbers = np.unique(people, return_inverse=True)[1].astype(np.int64)
    zeros = np.zeros(len(files), np.int64)
    return LabelledCrops((name,), crops, numbers, zeros, moments(numbers, cameras))


def identities_of(folder: TrackletFolder, path: str | PathLike[str]) -> NDArray[np.int64]:
    """Identity and camera of each tracklet of a folder, (t, 2).

    Raises InputError as `read_identities`, and where a tracklet has no row.
    """
    table = read_identities(path)
    missing = [number for number in folder.numbers.tolist() if number not in table]
    if missing:
        problem = f"has no row for tracklet {missing[0]} of {folder.name}"
        raise InputError(path, None, problem, "add it, or name the folder that the file belongs to")
    return np.array([table[number] for number in folder.numbers.tolist()], np.int64)


def read_identities(path: str | PathLike[str]) -> dict[int, tuple[int, int]]:
    """Identity and camera of each tracklet. Raises InputError naming the row that cannot be read."""
    try:
        with Path(path).open(newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            path, None, f"cannot be read ({error})", "name a CSV file of tracklet,identity,camera"
        ) from None
    if not rows or rows[0] != COLUMNS:
        raise InputError(path, 1, f"is not the header {','.join(COLUMNS)}", "add it above the rows")
    found: dict[int, tuple[int, int]] = {}
    for number, row in enumerate(rows[1:], start=2):
        try:
            tracklet, identity, camera = map(int, row)
        except ValueError:
            raise InputError(
                path, number, "is no row of three whole numbers", "write tracklet,identity,camera"
            ) from None
        if tracklet in found:
            raise InputError(path, number, f"names tracklet {tracklet} again", "keep one row of it")
        found[tracklet] = identity, camera
    return found


def moments(identities: NDArray[np.int64], cameras: NDArray[np.int64]) -> NDArray[np.int64]:
    """1,000 for every camera and the place, from 1, within identity and camera, (n,)."""
    places = np.zeros(len(identities), np.int64)
    for pair in np.unique(np.stack([identities, cameras]), axis=1).T.tolist():
        own = np.flatnonzero((identities == pair[0]) & (cameras == pair[1]))
        places[own] = np.arange(1, len(own) + 1)
    return np.asarray(places + CAMERAS_APART * cameras)


def joined(parts: list[LabelledCrops]) -> LabelledCrops:
    """Crops of several sources as one, identities and sources numbered on. Memory of the parts is given back."""
    names: list[str] = []
    identities, sequences = [], []
    count = 0
    for part in parts:
        identities.append(part.identities + count)
        sequences.append(part.sequences + len(names))
        count += int(part.identities.max()) + 1
        names += part.names
    crops = np.concatenate([part.crops for part in parts])
    frames = np.concatenate([part.frames for part in parts])
    return LabelledCrops(tuple(names), crops, np.concatenate(identities), np.concatenate(sequences), frames)
