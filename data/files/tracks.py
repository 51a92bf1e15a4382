"""Tracks in each format that `writers` writes: MOTChallenge text, CSV, COCO-style JSON and Parquet."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.data.classes import Names, class_name
from flatsort.data.errors import InputError
from flatsort.data.files.motchallenge import LEAST_COLUMNS, MOST_COLUMNS, tracks_of
from flatsort.data.files.text_file import read_text_bytes
from flatsort.data.files.text_table import TextTable, parse_text_table, read_text_table

# What the writers write, in the order in which a folder is searched.
TRACK_SUFFIXES = (".txt", ".csv", ".json", ".parquet")
_COLUMNS = ("frame", "id", "left", "top", "width", "height", "score")
_CLASS = "class"  # the column behind them, where tracks have classes
_CURE = "write it with `flatsort track`"


def read_tracks(path: str | PathLike[str], length: int | None = None) -> BoxTable:
    """Read a tracker's output, in whatever format its content shows; classes as `read_detections`.

    length: the number of frames of the sequence, where known. Raises InputError as `read_detections`, for a negative
    or repeated (frame, id), and where a file of another format lacks what `writers` writes.
    """
    file = Path(path)
    if _starts_with(file, b"PAR1"):
        return tracks_of(_read_parquet(file), length)
    content = read_text_bytes(file)
    start = content[:64].lstrip()
    if start.startswith(b"{"):
        table, names = _read_json(file, content)
        return replace(tracks_of(table, length), names=names)
    if start.startswith(b"frame,"):
        return tracks_of(_read_csv(file, content), length)
    return tracks_of(read_text_table(file, LEAST_COLUMNS, MOST_COLUMNS), length)


def _starts_with(file: Path, mark: bytes) -> bool:
    if not os.path.isfile(file):
        return False  # the text reader says what is wrong
    try:
        with file.open("rb") as opened:
            return opened.read(len(mark)) == mark
    except OSError:
        return False


def _read_csv(file: Path, content: bytes) -> TextTable:
    head, _, rows = content.lstrip().partition(b"\n")
    named = [name.strip() for name in head.decode("ascii", "replace").split(",")]
    wanted = [*_COLUMNS, _CLASS] if named[len(_COLUMNS) :][:1] == [_CLASS] else list(_COLUMNS)
    if named[: len(wanted)] != wanted:
        raise InputError(file, 1, f"has the columns {', '.join(named)}", f"write {','.join(_COLUMNS)}")
    if len(named) > len(wanted):  # of which some may be empty
        rows = b"\n".join(b",".join(row.split(b",")[: len(wanted)]) for row in rows.split(b"\n"))
    # MOTChallenge's rows stand below such a header, too, and have columns more.
    return parse_text_table(file, rows, len(wanted), MOST_COLUMNS, first_row=2)


def _read_json(file: Path, content: bytes) -> tuple[TextTable, Names]:
    """The rows, with a class as the last column where categories are classes, and the names of those."""
    try:
        found: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(file, None, f"is no JSON ({type(error).__name__})", _CURE) from None
    annotations = found.get("annotations")
    if not isinstance(annotations, list):
        raise InputError(file, None, "has no list `annotations`", _CURE)
    names = _categories(file, found.get("categories"))
    values = np.empty((len(annotations), len(_COLUMNS) + (names is not None)))
    for row, annotation in enumerate(annotations, start=1):
        try:
            box, score = annotation["bbox"], annotation.get("score", 1)
            numbers = [annotation["image_id"], annotation["track_id"], *box, score]
            if names is not None:
                numbers.append(annotation["category_id"])
            if any(isinstance(number, bool) or not isinstance(number, int | float) for number in numbers):
                raise TypeError
            values[row - 1] = numbers
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            problem = "has no image_id, track_id and bbox of four numbers"
            raise InputError(file, None, f"annotation {row} {problem}", _CURE) from None
    return _finite(file, values), names or {}


def _categories(file: Path, found: object) -> Names | None:
    """The names of the classes; None where there are none, and the only category has no `supercategory`."""
    if not isinstance(found, list):
        return None
    try:
        if not any("supercategory" in category for category in found):
            return None
        names = {category["id"]: category["name"] for category in found}
    except (KeyError, TypeError):
        raise InputError(file, None, "has categories without id or name", _CURE) from None
    if any(type(number) is not int or not isinstance(name, str) for number, name in names.items()):
        raise InputError(file, None, "has categories whose id is no number or whose name is no text", _CURE)
    return {number: name for number, name in names.items() if name != class_name(number, {})}


def _read_parquet(file: Path) -> TextTable:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise InputError(file, None, "Parquet needs pyarrow", "pip install 'flatsort[parquet]'") from None
    try:
        there = pyarrow.parquet.read_schema(file).names
        wanted = [*_COLUMNS, *([_CLASS] if _CLASS in there else [])]
        table = pyarrow.parquet.read_table(file, columns=wanted)
        columns = [table[name].to_numpy().astype(np.float64) for name in wanted]
    except (pyarrow.ArrowException, OSError, ValueError, TypeError, KeyError, MemoryError) as error:
        problem = f"is damaged, or no table of tracks ({type(error).__name__})"
        raise InputError(file, None, problem, _CURE) from None
    return _finite(file, np.stack(columns, axis=1))


def _finite(file: Path, values: NDArray[np.float64]) -> TextTable:
    table = TextTable(file, values, np.arange(1, len(values) + 1))
    table.refuse(np.isnan(values.sum(axis=1)) | np.isinf(values).any(axis=1), "holds NaN or an infinite number", _CURE)
    return table
