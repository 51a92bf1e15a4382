"""Tracks to a file, frame by frame: MOTChallenge text, CSV, COCO-style JSON or Parquet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.files.atomic import atomic_path

# Rows held back before Parquet writes a group of them; a few megabytes.
_PARQUET_GROUP = 65_536
# Pixels, two decimals: a side below it would be written as 0, and a box without area is no box.
_RESOLUTION = 0.01


class TrackWriter(Protocol):
    """Takes the tracks of one frame after another."""

    def write(
        self, frame_index: int, ids: NDArray[np.int64], boxes: NDArray[np.float64], scores: NDArray[np.float64]
    ) -> None:
        """Write the tracks of a frame: ids (n,), boxes (n, 4) `xyxy`, scores (n,); n may be 0.

        Raises ValueError where a shape differs, a value is not finite, or a side is negative.
        """
        ...


@contextmanager
def open_writer(path: str | PathLike[str], format: str | None = None) -> Iterator[TrackWriter]:
    """Open a file for tracks; it takes its name when it is closed.

    format: "mot", "csv", "json" or "parquet"; by default what the suffix says: .txt, .csv, .json, .parquet.
    Where the body raises, the rows written so far are kept under the name, and the error goes on.
    Raises InputError where the format is not known, its library is missing, or the folder cannot be written.
    """
    kind = _format(Path(path), format)
    failure: BaseException | None = None
    with atomic_path(path) as temporary:
        writer = _WRITERS[kind](temporary)
        try:
            yield writer
        except BaseException as error:
            failure = error
        writer.close()
    if failure is not None:
        raise failure


def _format(path: Path, format: str | None) -> str:
    if format is None:
        kinds = {".txt": "mot", ".csv": "csv", ".json": "json", ".parquet": "parquet"}
        if path.suffix.lower() not in kinds:
            raise InputError(path, None, f"no format has the suffix {path.suffix!r}", f"use {', '.join(kinds)}")
        return kinds[path.suffix.lower()]
    if format not in _WRITERS:
        raise InputError(path, None, f"format {format!r} is not known", f"use {', '.join(_WRITERS)}")
    return format


def _rows(ids: NDArray[np.int64], boxes: NDArray[np.float64], scores: NDArray[np.float64]) -> list[list[float]]:
    """[[id, left, top, width, height, score], ...] of a frame, checked."""
    count = len(ids)
    shapes = {"ids": (np.shape(ids), (count,)), "boxes": (np.shape(boxes), (count, 4))}
    shapes["scores"] = (np.shape(scores), (count,))
    for name, (shape, expected) in shapes.items():
        if shape != expected:
            raise ValueError(f"{name} has the shape {shape}; expected {expected}")
    rows = np.empty((count, 6))
    rows[:, 0] = ids
    rows[:, 1:3] = boxes[:, :2]
    rows[:, 3:5] = boxes[:, 2:] - boxes[:, :2]
    rows[:, 5] = scores
    if not np.isfinite(rows).all():
        raise ValueError("boxes and scores must be finite")
    if (rows[:, 3:5] < 0).any():
        raise ValueError(f"boxes row {int((rows[:, 3:5] < 0).any(axis=1).argmax())} has a negative side")
    np.maximum(rows[:, 3:5], _RESOLUTION, out=rows[:, 3:5])
    found: list[list[float]] = rows.tolist()
    return found


class _Text:
    """MOTChallenge text: `frame,id,left,top,width,height,score,-1,-1,-1`."""

    header = ""
    line = "%d,%d,%.2f,%.2f,%.2f,%.2f,%.6g,-1,-1,-1\n"

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="ascii", newline="\n")
        self._file.write(self.header)

    def write(
        self, frame_index: int, ids: NDArray[np.int64], boxes: NDArray[np.float64], scores: NDArray[np.float64]
    ) -> None:
        self._file.write("".join([self.line % (frame_index, *row) for row in _rows(ids, boxes, scores)]))

    def close(self) -> None:
        self._file.close()


class _Csv(_Text):
    """The same columns under a header."""

    header = "frame,id,left,top,width,height,score\n"
    line = "%d,%d,%.2f,%.2f,%.2f,%.2f,%.6g\n"


class _Json:
    """COCO's layout (Lin et al. 2014): images, annotations with `track_id` and `score`, one category."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="ascii", newline="\n")
        self._file.write('{"categories": [{"id": 1, "name": "person"}],\n"annotations": [')
        self._frames: list[int] = []
        self._count = 0

    def write(
        self, frame_index: int, ids: NDArray[np.int64], boxes: NDArray[np.float64], scores: NDArray[np.float64]
    ) -> None:
        rows = _rows(ids, boxes, scores)
        self._frames.append(int(frame_index))
        for identity, left, top, width, height, score in rows:
            self._file.write(",\n" if self._count else "\n")
            self._count += 1
            self._file.write(
                f'{{"id": {self._count}, "image_id": {frame_index:d}, "category_id": 1, "track_id": {identity:.0f}, '
                f'"bbox": [{left:.2f}, {top:.2f}, {width:.2f}, {height:.2f}], "area": {width * height:.2f}, '
                f'"iscrowd": 0, "score": {score:.6g}}}'
            )

    def close(self) -> None:
        images = ",\n".join(f'{{"id": {frame}}}' for frame in self._frames)
        self._file.write(f'],\n"images": [{images}]}}\n')
        self._file.close()


class _Parquet:
    """Columns frame, id, left, top, width, height, score; floats are not rounded."""

    def __init__(self, path: Path) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise InputError(path, None, "Parquet needs pyarrow", "pip install 'flatsort[parquet]'") from None
        self._arrow: Any = pyarrow
        whole = [(name, pyarrow.int64()) for name in ("frame", "id")]
        real = [(name, pyarrow.float64()) for name in ("left", "top", "width", "height", "score")]
        self._schema = pyarrow.schema(whole + real)
        self._writer = pyarrow.parquet.ParquetWriter(path, self._schema)
        self._held: list[list[float]] = []

    def write(
        self, frame_index: int, ids: NDArray[np.int64], boxes: NDArray[np.float64], scores: NDArray[np.float64]
    ) -> None:
        self._held += [[frame_index, *row] for row in _rows(ids, boxes, scores)]
        if len(self._held) >= _PARQUET_GROUP:
            self._flush()

    def _flush(self) -> None:
        table = np.array(self._held, dtype=np.float64).reshape(-1, 7)
        columns = [table[:, :2].astype(np.int64)[:, k] for k in range(2)] + [table[:, k] for k in range(2, 7)]
        self._writer.write_table(self._arrow.table(columns, schema=self._schema))
        self._held = []

    def close(self) -> None:
        self._flush()
        self._writer.close()


_WRITERS: dict[str, type[_Text] | type[_Json] | type[_Parquet]] = {
    "mot": _Text,
    "csv": _Csv,
    "json": _Json,
    "parquet": _Parquet,
}
