"""Tracks as JSON lines: one object a frame, complete as soon as its line is."""

from __future__ import annotations

import json
from os import PathLike
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from flatsort.data.classes import Names, class_name
from flatsort.data.errors import InputError
from flatsort.data.files.formats.rows import BoxRows
from flatsort.data.files.formats.written import WrittenFrame

_CURE = "write it with `flatsort track --format jsonl`"


class JsonLines:
    """A line a frame: `{"frame": 1, "time": 0.0, "tracks": [{"id": 1, "bbox": [left, top, width, height], ...}]}`.

    A frame without tracks has a line, too. `sequence` stands first where a stream of several needs it.
    """

    def __init__(self, file: Path | TextIO, other: str, names: Names | None, sequence: str | None = None) -> None:
        self._file = file.open("w", encoding="ascii", newline="\n") if isinstance(file, Path) else file
        self._owned = isinstance(file, Path)
        self._other, self._names = f"{other}_bbox", names
        self._head = {} if sequence is None else {"sequence": sequence}

    def write(self, tracks: WrittenFrame) -> None:
        found: list[dict[str, Any]] = []
        others = np.round(tracks.others, 2).tolist()
        for (identity, *box, score, number, detection), other in zip(tracks.rows, others, strict=True):
            row: dict[str, Any] = {"id": int(identity), "bbox": [round(side, 2) for side in box]}
            row["score"] = float(f"{score:.6g}")
            if self._names is not None:
                row |= {"class": int(number), "name": class_name(int(number), self._names)}
            row |= {"detection": int(detection), self._other: None if other[0] != other[0] else other}
            found.append(row)
        time = {} if tracks.time is None else {"time": round(tracks.time, 6)}
        self._file.write(json.dumps({**self._head, "frame": tracks.frame, **time, "tracks": found}) + "\n")

    def close(self) -> None:
        if self._owned:
            self._file.close()


def is_json_lines(content: bytes) -> bool:
    """Whether a file holds JSON lines, by how its first begins."""
    line = content.lstrip().partition(b"\n")[0]
    return line.startswith(b"{") and b'"tracks"' in line and line.rstrip().endswith(b"}")


def read_json_lines(path: str | PathLike[str], content: bytes) -> BoxRows:
    """The tracks of all lines, with the names of their classes.

    Raises InputError naming the first line that is none of these, and where lines of several sequences are mixed.
    """
    found: list[list[float]] = []
    lines: list[int] = []
    names: dict[int, str] = {}
    sequences: set[object] = set()
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            frame = json.loads(line)
            sequences.add(frame.get("sequence"))
            for track in frame["tracks"]:
                values = [frame["frame"], track["id"], *track["bbox"], track["score"], track.get("class", -1)]
                if len(values) != 8 or any(type(value) not in (int, float) for value in values):
                    raise TypeError
                if "class" in track:
                    names[track["class"]] = str(track["name"])
                found.append([float(value) for value in values])
                lines.append(number)
        except (ValueError, RecursionError, KeyError, TypeError, AttributeError, OverflowError):
            problem = "is no JSON object with frame, and tracks that have id, bbox and score"
            raise InputError(path, number, problem, _CURE) from None
        if len(sequences) > 1:
            raise InputError(path, number, "is of another sequence than the rows before", "keep each in its own file")
    array = np.array(found, np.float64).reshape(-1, 8)
    own = {number: name for number, name in names.items() if number >= 0 and name != class_name(number, {})}
    rows = BoxRows(path, array, np.array(lines, np.int64), names=own)
    rows.refuse(np.asarray(~np.isfinite(array).all(axis=1)), "holds NaN or an infinite number", _CURE)
    return rows
