"""Tracks to a file, frame by frame: MOTChallenge text, CSV, COCO-style JSON, JSON lines or Parquet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from pathlib import Path
from typing import Protocol, TextIO

import numpy as np
from numpy.typing import NDArray

from flatsort.data.classes import UNKNOWN, Names
from flatsort.data.errors import InputError
from flatsort.data.files.atomic import atomic_path
from flatsort.data.files.class_names import keep_names
from flatsort.data.files.formats.json_lines import JsonLines
from flatsort.data.files.formats.written import Csv, Json, Parquet, Text, WrittenFrame
from flatsort.data.files.partial import note_kept, partial_path
from flatsort.data.uninterrupted import uninterrupted

Format = Text | Csv | Json | JsonLines | Parquet
WRITTEN: dict[str, type[Format]] = {"mot": Text, "csv": Csv, "json": Json, "jsonl": JsonLines, "parquet": Parquet}
SUFFIXES = {"mot": ".txt", "csv": ".csv", "json": ".json", "jsonl": ".jsonl", "parquet": ".parquet"}
# Which box of a track stands in its place: the tracker's, or that of its detection.
BOXES = ("filtered", "detected")
# Pixels, two decimals: a side below it would be written as 0, and a box without area is no box.
_RESOLUTION = 0.01


class TrackWriter(Protocol):
    """Takes the tracks of one frame after another."""

    def write(
        self,
        frame_index: int,
        ids: NDArray[np.int64],
        boxes: NDArray[np.float64],
        scores: NDArray[np.float64],
        detections: NDArray[np.int64] | None = None,
        detected: NDArray[np.float64] | None = None,
        classes: NDArray[np.int64] | None = None,
        time: float | None = None,
    ) -> None:
        """Write the tracks of a frame; n may be 0.

        ids: (n,). boxes: (n, 4) `xyxy`, as the tracker filters them. scores: (n,).
        detections: (n,) the place of each track's detection in its frame, from 0; -1 where it was not seen.
        detected: (n, 4) `xyxy`, the detection's own box, NaN where it was not seen.
        classes: (n,), -1 for one that is not known, as they all are by default.
        time: of the frame, in seconds from the first; JSON lines hold it.

        Raises ValueError where a shape differs, a value is not finite, a side is negative, or classes are given to a
        writer that was opened without names.
        """
        ...


@contextmanager
def open_writer(
    path: str | PathLike[str],
    format: str | None = None,
    *,
    boxes: str = "filtered",
    names: Names | None = None,
    part_of: Path | None = None,
) -> Iterator[TrackWriter]:
    """Open a file for tracks; it takes its name when it is closed.

    format: a key of `SUFFIXES`; by default what the suffix says: .txt, .csv, .json, .jsonl, .parquet.
    boxes: "filtered", or "detected" for a track's box to be that of its detection, where it was seen. All formats but
        "mot" hold the other box, too.
    names: of the classes, empty where they have none; None: tracks have no classes. JSON holds them itself, of the
        other formats `FILE.names.txt` beside.
    part_of: the result that a part is named after, in the same file system; by default `path`.
    Where the body raises, `path` stays as it was, and the frames written so far are kept as a part (`partial_path`);
    the error goes on and notes where they are.
    Raises InputError where the format is not known, its library is missing, or the file cannot be written; ValueError
    for other boxes.
    """
    if boxes not in BOXES:
        raise ValueError(f"boxes is {boxes!r}; use one of {', '.join(BOXES)}")
    target = Path(path)
    kind = _format(target, format)
    with atomic_path(target) as temporary:
        writer = _WholeFrames(WRITTEN[kind](temporary, _other(boxes), names), boxes, names is not None)
        try:
            yield writer
        except BaseException as error:
            writer.keep(temporary, part_of or target, error)
            raise
        writer.close()
    keep_names(target, None if kind in ("json", "jsonl") else names)


@contextmanager
def stream_writer(file: TextIO, sequence: str, boxes: str, names: Names | None) -> Iterator[TrackWriter]:
    """Write tracks as JSON lines to a file that is open, such as standard output; each frame is there at once.

    sequence: its name, in each line. boxes, names: as of `open_writer`.
    """
    writer = _WholeFrames(JsonLines(file, _other(boxes), names, sequence), boxes, names is not None, file.flush)
    yield writer


class _WholeFrames:
    """Writes whole frames and counts them. after: called after each."""

    def __init__(self, writer: Format, boxes: str, classes: bool, after: Callable[[], None] | None = None) -> None:
        self._writer = writer
        self._after = after
        self._boxes = boxes
        self._classes = classes
        self._frames = 0
        self._whole = True

    def write(
        self,
        frame_index: int,
        ids: NDArray[np.int64],
        boxes: NDArray[np.float64],
        scores: NDArray[np.float64],
        detections: NDArray[np.int64] | None = None,
        detected: NDArray[np.float64] | None = None,
        classes: NDArray[np.int64] | None = None,
        time: float | None = None,
    ) -> None:
        count = len(ids)
        places = np.full(count, -1) if detections is None else np.asarray(detections)
        found = np.full((count, 4), np.nan) if detected is None else np.asarray(detected, np.float64)
        kinds = np.full(count, UNKNOWN) if classes is None else np.asarray(classes)
        _check_shapes(count, ids=ids, boxes=boxes, scores=scores, detections=places, detected=found, classes=kinds)
        if not self._classes and (kinds != UNKNOWN).any():
            raise ValueError("classes are given, and the writer was opened without names")
        # A track that was not seen has the tracker's box alone.
        shown = np.where(np.isnan(found), boxes, found) if self._boxes == "detected" else boxes
        rows = _rows(ids, shown, scores, kinds, places)
        others = _ltwh(_other(self._boxes), found if self._boxes == "filtered" else boxes)
        with uninterrupted():
            self._whole = False
            self._writer.write(WrittenFrame(int(frame_index), rows, others, time))
            self._whole = True
            self._frames += 1
        if self._after is not None:  # it may wait for who reads, and an interrupt must not
            self._after()

    def close(self) -> None:
        self._writer.close()

    def keep(self, temporary: Path, target: Path, error: BaseException) -> None:
        """Keep what was written before an error, where that is any frame and all of it is whole."""
        with suppress(Exception):  # the disk may be full, and the error that came first says so
            self.close()
            if self._frames and self._whole:
                part = partial_path(target, self._frames)
                os.replace(temporary, part)
                note_kept(error, part, self._frames)


def _format(path: Path, format: str | None) -> str:
    if format is None:
        kinds = {suffix: kind for kind, suffix in SUFFIXES.items()}
        if path.suffix.lower() not in kinds:
            raise InputError(path, None, f"no format has the suffix {path.suffix!r}", f"use {', '.join(kinds)}")
        return kinds[path.suffix.lower()]
    if format not in WRITTEN:
        raise InputError(path, None, f"format {format!r} is not known", f"use {', '.join(WRITTEN)}")
    return format


def _other(boxes: str) -> str:
    return BOXES[1 - BOXES.index(boxes)]


def _check_shapes(count: int, **arrays: NDArray[np.float64] | NDArray[np.int64]) -> None:
    for name, array in arrays.items():
        expected = (count, 4) if name in ("boxes", "detected") else (count,)
        if np.shape(array) != expected:
            raise ValueError(f"{name} has the shape {np.shape(array)}; expected {expected}")


def _rows(
    ids: NDArray[np.int64],
    boxes: NDArray[np.float64],
    scores: NDArray[np.float64],
    classes: NDArray[np.int64],
    detections: NDArray[np.int64],
) -> list[list[float]]:
    """[[id, left, top, width, height, score, class, detection], ...] of a frame, checked."""
    rows = np.empty((len(ids), 8))
    rows[:, 0] = ids
    rows[:, 1:5] = _ltwh("boxes", boxes)
    rows[:, 5] = scores
    rows[:, 6] = classes
    rows[:, 7] = detections
    if not np.isfinite(rows).all():
        raise ValueError("boxes and scores must be finite")
    found: list[list[float]] = rows.tolist()
    return found


def _ltwh(name: str, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 4) left, top, width, height, as wide and high as they are written at least; NaN stays."""
    found = np.array(boxes, np.float64)
    found[:, 2:] -= found[:, :2]
    if (found[:, 2:] < 0).any():
        raise ValueError(f"{name} row {int((found[:, 2:] < 0).any(axis=1).argmax())} has a negative side")
    if np.isinf(found).any():
        raise ValueError(f"{name} must be finite")
    np.maximum(found[:, 2:], _RESOLUTION, out=found[:, 2:])
    return found
