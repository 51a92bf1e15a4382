"""The formats that tracks are written in: MOTChallenge text, CSV, COCO-style JSON and Parquet."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flatsort.data.classes import Names, class_name
from flatsort.data.errors import InputError

# Rows held back before Parquet writes a group of them; a few megabytes.
_PARQUET_GROUP = 65_536
_SIDES = ("left", "top", "width", "height")


class WrittenFrame(NamedTuple):
    """The tracks of a frame, checked.

    rows: [[id, left, top, width, height, score, class, detection], ...], class -1 where it is not known, detection -1
    where the track was not seen.
    others: (n, 4) the box of each that is not in its row, left, top, width, height; NaN where there is none.
    time: of the frame, in seconds from the first, None where it is not known.
    """

    frame: int
    rows: list[list[float]]
    others: NDArray[np.float64]
    time: float | None = None


class Text:
    """MOTChallenge text: `frame,id,left,top,width,height,score,class,detection,-1`."""

    line = "%d,%d,%.2f,%.2f,%.2f,%.2f,%.6g,%d,%d,-1\n"

    def __init__(self, path: Path, other: str, names: Names | None) -> None:
        self._file = path.open("w", encoding="ascii", newline="\n")

    def write(self, tracks: WrittenFrame) -> None:
        self._file.write("".join([self.line % (tracks.frame, *row) for row in tracks.rows]))

    def close(self) -> None:
        self._file.close()


class Csv:
    """Columns under a header; the other box is left empty where there is none."""

    line = "%d,%d,%.2f,%.2f,%.2f,%.2f,%.6g,%d,%d,%s\n"

    def __init__(self, path: Path, other: str, names: Names | None) -> None:
        self._file = path.open("w", encoding="ascii", newline="\n")
        self._file.write(",".join(["frame", "id", *_SIDES, "score", "class", "detection", *_names(other)]) + "\n")

    def write(self, tracks: WrittenFrame) -> None:
        rows = zip(tracks.rows, _texts(tracks.others, ",", ",,,"), strict=True)
        self._file.write("".join([self.line % (tracks.frame, *row, box) for row, box in rows]))

    def close(self) -> None:
        self._file.close()


class Json:
    """COCO's layout (Lin et al. 2014): images, annotations with `track_id`, `score` and `detection`.

    Each class is a category. Where tracks have no classes, there is one category, person, without `supercategory`.
    """

    def __init__(self, path: Path, other: str, names: Names | None) -> None:
        self._file = path.open("w", encoding="ascii", newline="\n")
        self._names = names
        self._classes = set(names or ())
        self._file.write("{" if names is not None else '{"categories": [{"id": 1, "name": "person"}],\n')
        self._file.write('"annotations": [')
        self._frames: list[int] = []
        self._other = f"{other}_bbox"
        self._count = 0

    def write(self, tracks: WrittenFrame) -> None:
        self._frames.append(tracks.frame)
        boxes = _texts(tracks.others, ", ", "null")
        for (identity, left, top, width, height, score, number, detection), box in zip(tracks.rows, boxes, strict=True):
            category = 1 if self._names is None else int(number)
            self._classes.add(category)
            other = box if box == "null" else f"[{box}]"
            self._file.write(",\n" if self._count else "\n")
            self._count += 1
            self._file.write(
                f'{{"id": {self._count}, "image_id": {tracks.frame:d}, "category_id": {category}, '
                f'"track_id": {identity:.0f}, "bbox": [{left:.2f}, {top:.2f}, {width:.2f}, {height:.2f}], '
                f'"area": {width * height:.2f}, "iscrowd": 0, "score": {score:.6g}, '
                f'"detection": {detection:.0f}, "{self._other}": {other}}}'
            )

    def close(self) -> None:
        if self._names is not None:
            categories = ",\n".join(
                json.dumps({"id": number, "name": class_name(number, self._names), "supercategory": "object"})
                for number in sorted(self._classes)
            )
            self._file.write(f'],\n"categories": [{categories}')
        images = ",\n".join(f'{{"id": {frame}}}' for frame in self._frames)
        self._file.write(f'],\n"images": [{images}]}}\n')
        self._file.close()


class Parquet:
    """The columns of CSV; floats are not rounded, and null stands for the other box where there is none."""

    def __init__(self, path: Path, other: str, names: Names | None) -> None:
        try:
            import pyarrow
            import pyarrow.parquet
        except ImportError:
            raise InputError(path, None, "Parquet needs pyarrow", "pip install 'flatsort[parquet]'") from None
        self._arrow: Any = pyarrow
        whole, real = pyarrow.int64(), pyarrow.float64()
        kinds = [
            ("frame", whole),
            ("id", whole),
            *((name, real) for name in (*_SIDES, "score")),
            ("class", whole),
            ("detection", whole),
        ]
        self._schema = pyarrow.schema([*kinds, *((name, real) for name in _names(other))])
        self._file = path.open("wb")  # which pyarrow would leave open where it cannot write
        self._writer = pyarrow.parquet.ParquetWriter(self._file, self._schema)
        self._rows: list[list[float]] = []
        self._others: list[NDArray[np.float64]] = []

    def write(self, tracks: WrittenFrame) -> None:
        self._rows += [[tracks.frame, *row] for row in tracks.rows]
        self._others.append(tracks.others)
        if len(self._rows) >= _PARQUET_GROUP:
            self._flush()

    def _flush(self) -> None:
        width = len(self._schema) - len(_SIDES)
        table = np.array(self._rows, dtype=np.float64).reshape(-1, width)
        others = np.concatenate([np.empty((0, len(_SIDES))), *self._others])
        columns = [
            self._arrow.array(column, kind, from_pandas=True)  # NaN is null
            for column, kind in zip([*table.T, *others.T], self._schema.types, strict=True)
        ]
        self._writer.write_table(self._arrow.table(columns, schema=self._schema))
        self._rows, self._others = [], []

    def close(self) -> None:
        try:
            self._flush()
            self._writer.close()
        finally:
            self._file.close()


def _texts(boxes: NDArray[np.float64], comma: str, missing: str) -> list[str]:
    return [missing if box[0] != box[0] else comma.join(f"{side:.2f}" for side in box) for box in boxes.tolist()]


def _names(other: str) -> list[str]:
    return [f"{other}_{side}" for side in _SIDES]
