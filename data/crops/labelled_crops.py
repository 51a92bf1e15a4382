"""Crops of people with their identity, from the ground truth of sequences with images: for supervised training."""

from __future__ import annotations

import os
from collections.abc import Sequence as Ordered
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.data.crops.cutting import cut_crops
from flatsort.data.errors import InputError
from flatsort.data.files.motchallenge import read_ground_truth
from flatsort.data.progress import Bar, Watch, unwatched
from flatsort.data.sequences.opening import open_sequence
from flatsort.data.sequences.sequence import Sequence

SIZE = (128, 64)  # of the crop of a box: DeepSORT, Table 1
# A crop is cut with an eighth of the box around it, so that boxes can be jittered when a batch is drawn.
MARGIN = (16, 8)
PEDESTRIAN = 1  # MOT16's class number
MIN_VISIBILITY = 0.3
PER_IDENTITY = 200  # crops, spread evenly over time: neighbouring frames show the same


@dataclass(frozen=True)
class LabelledCrops:
    """Crops with identities.

    crops: (n, 160, 80, 3) uint8 BGR: the box and a margin of 16 rows and 8 columns on each side. identities: (n,)
    int64, numbered from 0 over all sequences. sequences: (n,) int64, the place in `names`. frames: (n,) int64, from 1.
    """

    names: tuple[str, ...]
    crops: NDArray[np.uint8]
    identities: NDArray[np.int64]
    sequences: NDArray[np.int64]
    frames: NDArray[np.int64]

    @property
    def boxes(self) -> NDArray[np.uint8]:
        """The crops without their margin, (n, 128, 64, 3): what `cut_crops` makes of the boxes."""
        return self.crops[:, MARGIN[0] : -MARGIN[0], MARGIN[1] : -MARGIN[1]]


def load(
    sources: Ordered[str | PathLike[str]],
    *,
    min_visibility: float = MIN_VISIBILITY,
    per_identity: int = PER_IDENTITY,
    watch: Watch = unwatched,
) -> LabelledCrops:
    """Cut the ground truth of these MOTChallenge folders out of their images.

    Taken are pedestrians that count (`conf` is not 0) and are visible enough, at most `per_identity` of each, evenly
    spread over time; MOT15's ground truth knows neither class nor visibility. Identities seen once are left out.
    watch: a bar over the frames of the sequence of that name and length.
    Raises InputError where a source has no ground truth or no images, is given twice, or fewer than 2 identities are
    left in all.
    """
    if len({Path(source).resolve() for source in sources}) < len(sources):
        raise InputError(", ".join(map(str, sources)), None, "holds a sequence twice", "name each sequence once")
    names: list[str] = []
    crops, identities, places, frames = [], [], [], []
    count = 0
    for place, source in enumerate(sources):
        sequence, truth = open_labelled(source)
        kept = usable(truth, min_visibility, per_identity)
        _, numbers = np.unique(kept.ids, return_inverse=True)
        crops.append(cut(sequence, kept, watch(sequence.name, sequence.length)))
        identities.append(numbers.astype(np.int64) + count)
        count += int(numbers.max(initial=-1)) + 1
        places.append(np.full(len(kept), place, np.int64))
        frames.append(kept.frames)
        names.append(sequence.name)
    if count < 2:
        problem = f"{count} identities of pedestrians seen twice, at least 2 are needed"
        raise InputError(", ".join(map(str, sources)) or "SOURCE", None, problem, "name more sequences")
    return LabelledCrops(
        tuple(names), np.concatenate(crops), np.concatenate(identities), np.concatenate(places), np.concatenate(frames)
    )


def open_labelled(source: str | PathLike[str]) -> tuple[Sequence, BoxTable]:
    """Open a MOTChallenge folder with its images and its ground truth. Raises InputError where either is missing."""
    file = Path(source) / "gt" / "gt.txt"
    if not os.path.exists(source):
        raise InputError(source, None, "no such folder", "check the path")
    if not file.is_file():
        cure = "supervised training needs gt/gt.txt; name a labelled sequence, or train without labels"
        raise InputError(source, None, "has no ground truth", cure)
    sequence = open_sequence(source, detections=file)  # its own detections are not needed
    if not sequence.has_images:
        raise InputError(source, None, "has no images to cut crops from", "name a sequence with its images")
    return sequence, read_ground_truth(file, sequence.length)


def usable(truth: BoxTable, min_visibility: float, per_identity: int) -> BoxTable:
    """The rows to cut: visible pedestrians, at most `per_identity` of each, of identities seen at least twice."""
    boxes = truth.boxes
    seen = (truth.visibility >= min_visibility) & np.isin(truth.classes, (PEDESTRIAN, -1)) & (truth.scores > 0)
    rows = np.flatnonzero(seen & (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1]))
    kept: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    for identity in np.unique(truth.ids[rows]):
        own = rows[truth.ids[rows] == identity]
        if len(own) > 1:
            kept.append(own[np.unique(np.linspace(0, len(own) - 1, min(per_identity, len(own))).round().astype(int))])
    return truth[np.sort(np.concatenate(kept))]


def cut(sequence: Sequence, boxes: BoxTable, watch: Bar) -> NDArray[np.uint8]:
    """Crops of these boxes with their margin, (n, 160, 80, 3) uint8 BGR."""
    height, width = SIZE[0] + 2 * MARGIN[0], SIZE[1] + 2 * MARGIN[1]
    crops = np.empty((len(boxes), height, width, 3), np.uint8)
    share = np.array([MARGIN[1] / SIZE[1], MARGIN[0] / SIZE[0]])
    for frame in watch(sequence):
        here = boxes.rows_of(frame.index)
        if here.start < here.stop and frame.image is not None:
            corners = boxes.boxes[here]
            beyond = (corners[:, 2:] - corners[:, :2]) * share
            wide = np.concatenate([corners[:, :2] - beyond, corners[:, 2:] + beyond], axis=1)
            crops[here] = cut_crops(frame.image, wide, (height, width))
        if frame.index >= boxes.last_frame:
            break
    return crops
