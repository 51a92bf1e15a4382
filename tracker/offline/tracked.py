"""Tracks of a video with how they look: what refinement and linking start from."""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import dataclass
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from flatsort.data import BoxTable, InputError, Sequence, open_sequence, read_tracks
from flatsort.data.detection.sources import has_detections
from flatsort.data.files.partial import remark_early_end
from flatsort.data.progress import Watch, unwatched
from flatsort.data.sequences.naming import is_live
from flatsort.embedding import load_descriptor
from flatsort.embedding.descriptor import FrameDescriptor
from flatsort.tracker.boxes import Floats, Integers
from flatsort.tracker.offline.described import follow
from flatsort.tracker.offline.likelihood import Distance
from flatsort.tracker.offline.tracklets import Tracklet, Vectors, tracklets


@dataclass(frozen=True)
class Tracked:
    """A video's tracks, n rows.

    sequence: the video. tracks: as they were read. distance: between looks.
    looks: (n, d) float32, NaN where they are not known; None without a descriptor.
    places: (n,) int64, of each row's detection in its frame, -1 where it has none. detected: (n, 4) `xyxy`, its box, or
    NaN.
    """

    sequence: Sequence
    tracks: BoxTable
    distance: Distance
    looks: Vectors | None
    places: Integers
    detected: Floats

    def tracklets(self) -> list[Tracklet]:
        """Each track by itself, in the order of their ids."""
        known = np.zeros((len(self.tracks), 0), np.float32) if self.looks is None else self.looks
        return tracklets(
            self.tracks.frames, self.tracks.ids, self.tracks.boxes, self.tracks.classes, *prepared(known, self.distance)
        )


def prepared(looks: Vectors, distance: Distance) -> tuple[Vectors, NDArray[np.bool_]]:
    """Looks (n, d) as they are compared, of unit length under cosine distance; and which are known, (n,)."""
    known: NDArray[np.bool_] = ~np.isnan(looks.sum(axis=1))
    if distance == "cosine":
        looks = looks / np.maximum(np.linalg.norm(looks, axis=1, keepdims=True), np.float32(1e-12))
    return looks, known


def open_tracked(
    tracks: str | PathLike[str],
    source: str,
    descriptor: str,
    detections: str | PathLike[str] | None = None,
    watch: Watch = unwatched,
    *,
    own_boxes: bool = False,
) -> Tracked:
    """Read tracks, and describe them by the detections that they follow; without any, by their own boxes.

    watch: a bar over the frames, where images are read. own_boxes: describe the tracks' own boxes, whatever detections
    the source has: they were made of others. Raises InputError where the source is live, and as
    `open_sequence`, `read_tracks` and `load_descriptor`.
    """
    if is_live(source):
        raise InputError(source, None, "is live", "record it and track the recording")
    images = descriptor != "none"
    own = has_detections(source, detections) and not own_boxes
    sequence = open_sequence(source, detections=detections, images=images, boxes=own)
    table = read_tracks(tracks, sequence.length)
    remark_early_end(tracks, table, sequence.length)
    if not own:
        sequence = open_sequence(source, detections=table, images=images)
    loaded = load_descriptor(descriptor, sequence=sequence)
    stored = isinstance(loaded, FrameDescriptor)
    if stored and not own:
        problem = "holds vectors of detections, and the source has none"
        raise InputError(f"descriptor {descriptor}", None, problem, "name them with --detections FILE")
    if stored:
        sequence = open_sequence(source, detections=detections, images=False)
    elif loaded is not None and not sequence.has_images:
        problem = f"has no images, which descriptor {descriptor} needs"
        raise InputError(source, None, problem, "add them, or leave it out")
    followed = follow(table, sequence, loaded, watch(sequence.name, sequence.length))
    count = len(table)
    places = followed.places if own else np.full(count, -1)
    boxes = followed.boxes if own else np.full((count, 4), np.nan)
    distance: Distance = "cosine" if loaded is None else loaded.distance
    return Tracked(sequence, table, distance, followed.looks, places, boxes)


def open_all_tracked(
    tracks: Several[str | PathLike[str]], sources: Several[str], descriptor: str, watch: Watch = unwatched
) -> list[Tracked]:
    """Read and describe the tracks of several videos, to be compared by their looks.

    Raises InputError as `open_tracked`, and where stored vectors of two videos cannot be compared.
    """
    videos = [open_tracked(file, source, descriptor, None, watch) for file, source in zip(tracks, sources, strict=True)]
    kinds = [(0 if video.looks is None else video.looks.shape[1], video.distance) for video in videos]
    for source, (size, distance) in zip(sources, kinds, strict=True):
        if (size, distance) != kinds[0]:
            problem = f"has vectors of {size} numbers by {distance} distance for {source}"
            others = f"{sources[0]} has {kinds[0][0]} by {kinds[0][1]}"
            raise InputError(
                f"descriptor {descriptor}", None, f"{problem}, and {others}", "store them by one descriptor"
            )
    return videos
