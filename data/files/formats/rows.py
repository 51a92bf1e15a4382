"""Rows of boxes as each format's reader hands them over, and where in the file each stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError

# Columns of `BoxRows.values`.
COLUMNS = ("frame", "id", "left", "top", "width", "height", "score", "class")
FRAME, ID, BOX, SCORE, CLASS = 0, 1, slice(2, 6), 6, 7
LAYOUTS = ("xyxy", "ltwh", "cxcywh")


@dataclass(frozen=True)
class BoxRows:
    """What a file of boxes holds, whatever its format, in its order.

    values: (n, 8) float64, `COLUMNS`, boxes in pixels; id and class are -1 and score 1 where there is none.
    rows: (n,) int64, where each stands: a line or row from 1, or an index from 0 into the list that `within` names.
    within: the list of a JSON file that holds the rows, None for files of lines or rows.
    files, file_of: in a folder, its files and, (n,), which of them each row stands in.
    names: of the classes that have one.
    """

    source: str | PathLike[str]
    values: NDArray[np.float64]
    rows: NDArray[np.int64]
    within: str | None = None
    files: tuple[Path, ...] = ()
    file_of: NDArray[np.int64] | None = None
    names: Mapping[int, str] = field(default_factory=dict)

    def error(self, index: int, problem: str, cure: str) -> InputError:
        """The error over the row of this index."""
        row = int(self.rows[index])
        if self.within is not None:
            return InputError(self.source, None, f"{self.within}[{row}] {problem}", cure)
        source = self.source if self.file_of is None else self.files[int(self.file_of[index])]
        return InputError(source, row, problem, cure)

    def refuse(self, bad: NDArray[np.bool_], problem: str, cure: str) -> None:
        """Raise InputError for the first row that `bad` (n,) marks; `{}` in the problem is filled with its values."""
        if bad.any():
            first = int(bad.argmax())
            raise self.error(first, problem.format(*(f"{value:.15g}" for value in self.values[first])), cure)


def ltwh_of(boxes: NDArray[np.float64], layout: str) -> NDArray[np.float64]:
    """(n, 4) boxes of one of `LAYOUTS` as left, top, width, height."""
    found = boxes.copy()
    if layout == "xyxy":
        found[:, 2:] -= found[:, :2]
    elif layout == "cxcywh":
        found[:, :2] -= found[:, 2:] / 2
    return found
