"""Crops of person detections from any sequences with images: 64×64, standardised per channel, split by time."""

from __future__ import annotations

from collections.abc import Sequence as Ordered
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.crops.checks import StillPictures, check_count, usable_rows
from flatsort.data.crops.cutting import cut_crops
from flatsort.data.errors import InputError
from flatsort.data.progress import Watch, unwatched
from flatsort.data.sequences.opening import open_sequence
from flatsort.data.sequences.sequence import Sequence

SIDE = 64
MIN_HEIGHT = 32  # pixels; smaller people are blown up to more than twice their size
MOST = 20_000  # crops; 20,000 of them take 1 GB as float32
# Shares of each sequence's frames, in time: training first, then validation, then test.
TRAINING, VALIDATION = 0.9, 0.95


@dataclass(frozen=True)
class PersonCrops:
    """Crops in three splits, and where each comes from.

    train, validation, test: (n, 3, 64, 64) float32, RGB, `(value / 255 - mean) / std` with the training crops' mean and
    deviation (3,) of each channel. `origin` holds for each split an (n, 3) int64 array: the number of the source, the
    frame from 1, the row of the source's detections.
    """

    name: str
    train: NDArray[np.float32]
    validation: NDArray[np.float32]
    test: NDArray[np.float32]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    origin: dict[str, NDArray[np.int64]]

    @property
    def descriptor(self) -> dict[str, Any]:
        """How crops must be prepared for a network trained on these, as checkpoints and ONNX files carry it."""
        return {
            "size": [SIDE, SIDE],
            "channels": "rgb",
            "scale": 255.0,
            "mean": list(self.mean),
            "std": list(self.std),
            "aspect": "stretch",
            "distance": "euclidean",
        }


def load(
    sources: Ordered[str | PathLike[str]],
    *,
    detections: str | PathLike[str] | None = None,
    most: int = MOST,
    min_height: float = MIN_HEIGHT,
    fewest: int = 1,
    watch: Watch = unwatched,
) -> PersonCrops:
    """Cut the detections of these sequences out of their images.

    At most `most` crops, evenly spread over all detections at least `min_height` pixels high. detections: a file to use
    in place of those of a single source. Raises InputError where a source has no images or no detections, its
    detections do not fit it, its picture stands still, fewer than `fewest` crops are found, or a split would be empty.
    """
    found = collect(sources, detections, most, min_height, fewest, watch)
    return standardised(found.crops, found.origin, found.split)


@dataclass(frozen=True)
class Collected:
    """Crops as they were cut, before anything is computed from them.

    crops: (n, 64 + 2 margin, 64 + 2 margin, 3) uint8 BGR. origin: (n, 3) int64, as in `PersonCrops`, sorted by source
    and frame. split: (n,) int64, 0 for training, 1 for validation, 2 for test.
    """

    sequences: list[Sequence]
    crops: NDArray[np.uint8]
    origin: NDArray[np.int64]
    split: NDArray[np.int64]


def collect(
    sources: Ordered[str | PathLike[str]],
    detections: str | PathLike[str] | None,
    most: int,
    min_height: float,
    fewest: int,
    watch: Watch,
    margin: int = 0,
) -> Collected:
    """Cut the crops, with `margin` pixels of the crop around each box. Arguments and errors otherwise as `load`."""
    if detections is not None and len(sources) > 1:
        raise InputError("detections", None, f"is one file for {len(sources)} sources", "take the sources one by one")
    opened = [open_sequence(source, detections=detections) for source in sources]
    rows = [usable_rows(sequence, min_height, fewest) for sequence in opened]
    check_count([sequence.name for sequence in opened], sum(map(len, rows)), fewest, min_height)
    every = max(1.0, sum(map(len, rows)) / most)
    crops, origins, splits = [], [], []
    for number, (sequence, own) in enumerate(zip(opened, rows, strict=True)):
        kept = own[np.unique(np.arange(0, len(own), every).astype(np.int64))]
        crops.append(cut(sequence, kept, watch, margin))
        frames = sequence.detections.frames[kept]
        origins.append(np.stack([np.full_like(frames, number), frames, kept], axis=1))
        place = frames / (frames.max() + 1)
        splits.append(np.digitize(place, [TRAINING, VALIDATION]))
    return Collected(opened, np.concatenate(crops), np.concatenate(origins), np.concatenate(splits))


def cut(sequence: Sequence, rows: NDArray[np.int64], watch: Watch = unwatched, margin: int = 0) -> NDArray[np.uint8]:
    """Crops of these rows of the sequence's detections, (n, 64 + 2 margin, 64 + 2 margin, 3) uint8 BGR.

    Raises InputError where the sequence ends before its detections, or its picture stands still.
    """
    side = SIDE + 2 * margin
    crops = np.empty((len(rows), side, side, 3), np.uint8)
    frames, boxes = sequence.detections.frames[rows], sequence.detections.boxes[rows]
    beyond = (boxes[:, 2:] - boxes[:, :2]) * (margin / SIDE)
    wide = np.concatenate([boxes[:, :2] - beyond, boxes[:, 2:] + beyond], axis=1)
    last, pictures = int(frames.max()), StillPictures()
    for frame in watch(sequence.name, last)(islice(sequence, last)):
        here = np.flatnonzero(frames == frame.index)
        if frame.image is not None:
            pictures.see(frame.image)
            crops[here] = cut_crops(frame.image, wide[here], (side, side))
    pictures.refuse(str(sequence.source))
    return crops


def standardised(crops: NDArray[np.uint8], origin: NDArray[np.int64], split: NDArray[np.int64]) -> PersonCrops:
    """Turn BGR bytes into standardised RGB planes, with the training split's mean and deviation."""
    names = ("train", "validation", "test")
    for number, name in enumerate(names):
        if not (split == number).any():
            raise InputError("person crops", None, f"the {name} split is empty", "name longer sequences")
    rgb = crops[..., ::-1]
    training = rgb[split == 0]
    # Moments from the histogram of bytes: exact, and without a copy in floats.
    values = np.arange(256) / 255
    counts = np.stack([np.bincount(training[..., channel].ravel(), minlength=256) for channel in range(3)])
    weights = counts / counts.sum(1, keepdims=True)
    mean = weights @ values
    std = np.sqrt(np.maximum(weights @ values**2 - mean**2, 1e-12))
    planes = {
        name: np.ascontiguousarray(
            ((rgb[split == number] / np.float32(255) - mean.astype(np.float32)) / std.astype(np.float32)).transpose(
                0, 3, 1, 2
            )
        )
        for number, name in enumerate(names)
    }
    return PersonCrops(
        "person-crops",
        planes["train"],
        planes["validation"],
        planes["test"],
        (float(mean[0]), float(mean[1]), float(mean[2])),
        (float(std[0]), float(std[1]), float(std[2])),
        {name: origin[split == number] for number, name in enumerate(names)},
    )
