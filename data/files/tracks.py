"""Tracks in each format that `writers` writes, and every other that holds boxes with ids."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

from flatsort.data.boxtable import BoxTable
from flatsort.data.files.formats.reading import read_boxes
from flatsort.data.limits import FARTHEST_BOX

# What the writers write, in the order in which a folder is searched.
TRACK_SUFFIXES = (".txt", ".csv", ".json", ".jsonl", ".parquet")


def read_tracks(
    path: str | PathLike[str],
    length: int | None = None,
    *,
    format: str | None = None,
    size: tuple[int, int] | None = None,
    images: Sequence[str] = (),
) -> BoxTable:
    """Read a tracker's output, in whatever format its content shows; parameters and classes as `read_detections`.

    Raises InputError as `read_detections`, and for a row without id or an id that occurs twice in a frame.
    """
    return read_boxes(path, length, FARTHEST_BOX, identities=True, format=format, size=size, images=images)
