"""A whole table of tracks into a file."""

from __future__ import annotations

from pathlib import Path

from flatsort.data import BoxTable, open_writer
from flatsort.tracker.boxes import Floats, Integers


def write_table(path: Path, tracks: BoxTable, length: int | None, places: Integers, detected: Floats) -> None:
    """Write n rows of tracks, frame by frame, in the format of the suffix.

    length: frames of the sequence, where known. places: (n,), detected: (n, 4): as of `TrackWriter.write`.
    Raises InputError as `open_writer`.
    """
    with open_writer(path, names=tracks.names if tracks.has_classes else None) as writer:
        for frame in range(1, max(tracks.last_frame, length or 0) + 1):
            at = tracks.rows_of(frame)
            found = (places[at], detected[at], tracks.classes[at])
            writer.write(frame, tracks.ids[at], tracks.boxes[at], tracks.scores[at], *found)
