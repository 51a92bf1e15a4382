"""Folders of crops of people, one image a file: who is seen, and by which camera, stands in the names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.files.image_file import read_image
from flatsort.data.sequences.image_folder import list_images

# Market-1501's `0002_c1s1_000451_03`, DukeMTMC's `0005_c2_f0046985`, and the short `0002_c1_3`: identity and camera.
_LABELLED = re.compile(r"(-?\d+)_c(\d+)(?:s\d+)?_\w+")
# `0002_l3`: the tracklet, the kind of its box, the moment. Nothing tells who it is, or which camera saw it.
_TRACKLET = re.compile(r"(\d+)_[a-z](\d+)")
# Market-1501: a box with nobody, or half of somebody, in it. It counts neither for nor against a ranking.
JUNK = -1


@dataclass(frozen=True)
class LabelledFolder:
    """files: (n,) in natural order. identities, cameras: (n,) int64, as their names say."""

    name: str
    files: tuple[Path, ...]
    identities: NDArray[np.int64]
    cameras: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.files)


@dataclass(frozen=True)
class TrackletFolder:
    """files: (n,) in natural order. tracklets: (n,) int64, numbered from 0; moments: (n,) int64, as the names say.

    numbers: (t,) int64, what the names call each tracklet.

    A tracklet is one person before one camera; which tracklets are one person nobody says.
    """

    name: str
    files: tuple[Path, ...]
    tracklets: NDArray[np.int64]
    moments: NDArray[np.int64]
    numbers: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.files)


def is_labelled_folder(folder: str | PathLike[str]) -> bool:
    """Whether the first image of a folder is named by identity and camera."""
    files = list_images(folder) if Path(folder).is_dir() else []
    return bool(files) and _LABELLED.fullmatch(files[0].stem) is not None


def is_tracklet_folder(folder: str | PathLike[str]) -> bool:
    """Whether the first image of a folder is named by tracklet and moment."""
    files = list_images(folder) if Path(folder).is_dir() else []
    return bool(files) and _TRACKLET.fullmatch(files[0].stem) is not None


def open_labelled_folder(folder: str | PathLike[str]) -> LabelledFolder:
    """List the crops of a folder, junk left out (identity -1, as in Market-1501).

    Raises InputError where the folder cannot be listed or is empty, or a name gives no identity and camera.
    """
    cure = "name files IDENTITY_cCAMERA_NUMBER.jpg, such as 0002_c1_3.jpg, or as Market-1501"
    files, numbers = _numbered(folder, _LABELLED, cure)
    seen = np.flatnonzero(numbers[:, 0] != JUNK)
    kept = tuple(files[place] for place in seen.tolist())
    return LabelledFolder(Path(folder).resolve().name, kept, numbers[seen, 0], numbers[seen, 1])


def open_tracklet_folder(folder: str | PathLike[str]) -> TrackletFolder:
    """List the crops of a folder of tracklets. Raises InputError as `open_labelled_folder`."""
    cure = "name files TRACKLET_KIND+MOMENT.jpg, such as 0002_l3.jpg, the kind a letter of your own"
    files, numbers = _numbered(folder, _TRACKLET, cure)
    names, tracklets = np.unique(numbers[:, 0], return_inverse=True)
    return TrackletFolder(Path(folder).resolve().name, tuple(files), tracklets.astype(np.int64), numbers[:, 1], names)


def read_crops(files: tuple[Path, ...], *, first: int = 1) -> list[NDArray[np.uint8]]:
    """The images, each (h, w, 3) uint8 BGR. Raises InputError naming the file, and its place, that is broken.

    first: the place of the first of them.
    """
    return [read_image(file, place) for place, file in enumerate(files, start=first)]


def _numbered(folder: str | PathLike[str], pattern: re.Pattern[str], cure: str) -> tuple[list[Path], NDArray[np.int64]]:
    """The images and the two numbers in each name, (n, 2). Raises InputError at the name that does not fit."""
    files = list_images(folder)
    if not files:
        raise InputError(folder, None, "holds no images", "name a folder of crops")
    found = [pattern.fullmatch(file.stem) for file in files]
    numbers = [match.groups() for match in found if match is not None]
    if len(numbers) < len(files):
        wrong = files[next(place for place, match in enumerate(found) if match is None)]
        raise InputError(wrong, None, "is no name of a crop", cure)
    return files, np.array(numbers, np.int64)
