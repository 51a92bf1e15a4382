"""Tracklets of people from many sources: folders of crops, and sequences whose detections are mined."""

from __future__ import annotations

from collections.abc import Sequence as Ordered
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.crops.checks import usable_rows
from flatsort.data.crops.crop_folder import is_tracklet_folder, open_tracklet_folder, read_crops
from flatsort.data.crops.cutting import cut_crops
from flatsort.data.crops.person_crops import MIN_HEIGHT
from flatsort.data.crops.tracklets import MIN_CONFIDENCE, mine_tracklets
from flatsort.data.errors import InputError
from flatsort.data.progress import Bar, Watch, unwatched
from flatsort.data.sequences.opening import open_sequence
from flatsort.data.sequences.sequence import Sequence

SIZE = (128, 64)
# Of a sequence: shorter tracklets teach little, and neighbouring frames of longer ones show the same.
FEWEST, MOST = 4, 30


@dataclass(frozen=True)
class Tracklets:
    """Crops by tracklet, and what is known of who is who.

    crops: (n, 128, 64, 3) uint8 BGR. tracklets: (n,) int64 from 0 to t - 1, numbered over all sources. sources: (t,)
    int64, the place in `names`. of_folder: (t,) bool, from a folder, where a person has one tracklet a camera.
    together: (t, t) bool, seen side by side in one frame of a sequence, and so two people.
    """

    names: tuple[str, ...]
    crops: NDArray[np.uint8]
    tracklets: NDArray[np.int64]
    sources: NDArray[np.int64]
    of_folder: NDArray[np.bool_]
    together: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.sources)


def load_tracklets(sources: Ordered[str], *, watch: Watch = unwatched) -> Tracklets:
    """Read folders of tracklets (`crop_folder`), and mine sequences with images and detections.

    watch: a bar over the frames, or crops, of the source of that name and length. Raises InputError where a source
    cannot be read or gives no tracklet, or is given twice.
    """
    if len({Path(source).resolve() for source in sources}) < len(sources):
        raise InputError(", ".join(sources), None, "holds a source twice", "name each source once")
    for source in sources:  # before any image is decoded
        _ = None if is_tracklet_folder(source) else usable_rows(open_sequence(source), MIN_HEIGHT, fewest=2)
    names: list[str] = []
    crops, numbers, places, folders = [], [], [], []
    beside: list[NDArray[np.bool_]] = []
    count = 0
    for place, source in enumerate(sources):
        folder = is_tracklet_folder(source)
        name, cut, own, together = _of_folder(source, watch) if folder else mine_crops(open_sequence(source), watch)
        names.append(name)
        crops.append(cut)
        numbers.append(own + count)
        found = int(own.max()) + 1
        places.append(np.full(found, place, np.int64))
        folders.append(np.full(found, folder))
        beside.append(together)
        count += found
    if count < 2:
        raise InputError(", ".join(sources) or "SOURCE", None, f"{count} tracklets, at least 2 are needed", "name more")
    whole = np.zeros((count, count), bool)
    start = 0
    for together in beside:
        whole[start : start + len(together), start : start + len(together)] = together
        start += len(together)
    return Tracklets(
        tuple(names), np.concatenate(crops), np.concatenate(numbers), np.concatenate(places), np.concatenate(folders),
        whole,
    )  # fmt: skip


def _of_folder(source: str, watch: Watch) -> tuple[str, NDArray[np.uint8], NDArray[np.int64], NDArray[np.bool_]]:
    folder = open_tracklet_folder(source)
    crops = np.empty((len(folder), *SIZE, 3), np.uint8)
    for place, image in enumerate(read_crops(folder.files)):
        height, width = image.shape[:2]
        crops[place] = cut_crops(image, np.array([[0.0, 0.0, width, height]]), SIZE)[0]
    count = int(folder.tracklets.max()) + 1
    return folder.name, crops, folder.tracklets, np.zeros((count, count), bool)


def tracklets_of(sequence: Sequence, *, watch: Watch = unwatched) -> Tracklets:
    """Mine one sequence with images and detections. Raises InputError where it gives no tracklet."""
    name, crops, numbers, together = mine_crops(sequence, watch)
    places = np.zeros(len(together), np.int64)
    return Tracklets((name,), crops, numbers, places, np.zeros(len(together), bool), together)


def mine_crops(sequence: Sequence, watch: Watch) -> tuple[str, NDArray[np.uint8], NDArray[np.int64], NDArray[np.bool_]]:
    """A sequence's name, and crops, tracklets and who was seen side by side, as of `Tracklets`."""
    rows = usable_rows(sequence, MIN_HEIGHT, fewest=2)
    table = sequence.detections
    mined = mine_tracklets(table, min_confidence=MIN_CONFIDENCE)[rows]
    kept: list[NDArray[np.int64]] = []
    for number in np.unique(mined[mined >= 0]).tolist():
        own = rows[mined == number]
        if len(own) >= FEWEST:
            kept.append(own[np.unique(np.linspace(0, len(own) - 1, min(MOST, len(own))).round().astype(int))])
    if not kept:
        problem = f"no person is followed over {FEWEST} frames by detections of {MIN_HEIGHT} pixels and more"
        raise InputError(
            str(sequence.source), None, problem, "name a sequence with larger people, or more frames a second"
        )
    chosen = np.concatenate(kept)
    tracklets = np.repeat(np.arange(len(kept)), [len(own) for own in kept])
    first, last = (np.array([table.frames[own[end]] for own in kept]) for end in (0, -1))
    together = (first[:, None] <= last[None]) & (first[None] <= last[:, None])
    np.fill_diagonal(together, False)
    last_frame = int(table.frames[chosen].max())
    crops = _cut(sequence, chosen, last_frame, watch(sequence.name, last_frame))
    return sequence.name, crops, tracklets.astype(np.int64), together


def _cut(sequence: Sequence, rows: NDArray[np.int64], last: int, bar: Bar) -> NDArray[np.uint8]:
    """Crops of these rows of the sequence's detections, in their order."""
    frames, boxes = sequence.detections.frames[rows], sequence.detections.boxes[rows]
    crops = np.zeros((len(rows), *SIZE, 3), np.uint8)
    for frame in bar(islice(sequence, last)):
        here = np.flatnonzero(frames == frame.index)
        if len(here) and frame.image is not None:
            crops[here] = cut_crops(frame.image, boxes[here], SIZE)
    return crops
