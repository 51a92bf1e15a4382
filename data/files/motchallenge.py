"""MOTChallenge text files: detections, ground truth and tracks as tables of boxes.

A row is `frame, id, left, top, width, height[, confidence[, ...]]`, 6 to 10 columns; rows stand in any order.
Formats: Leal-Taixé et al., "MOTChallenge 2015" (10 columns, the last three a position in the world), and Milan et
al., "MOT16" (ground truth of 9 columns: `..., conf, class, visibility`).
"""

from __future__ import annotations

from os import PathLike
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.data.classes import MOT_NAMES, Names
from flatsort.data.errors import remark
from flatsort.data.files.text_table import read_text_table
from flatsort.data.limits import FARTHEST_BOX, LAST_FRAME, MOST_IN_A_FRAME

LEAST_COLUMNS, MOST_COLUMNS = 6, 10
_MOST_CLASSES = 10_000  # COCO's go to 90, those of LVIS to 1203
# The highest whole number that float64 and its neighbours still tell apart.
LAST_ID = 2**53


def read_ground_truth(path: str | PathLike[str], length: int | None = None, *, classes: bool = False) -> BoxTable:
    """Read ground truth. Scores are the `conf` flag; classes and visibility are read from files of 8 or 9 columns.

    Files of 10 columns are MOT15's: their last columns are a position in the world, and classes are -1.
    classes: read VisDrone's class too, which stands in column 8 of ten (`class_column`), and give `names`:
        MOTChallenge's where all classes are of its numbers, of ten columns pedestrian alone. Rows of flag 0, and those
        of different classes, may share ids.
    Raises InputError as `read_detections`, and for a negative id or the same (frame, id) twice.
    """
    table = read_text_table(path, LEAST_COLUMNS, MOST_COLUMNS)
    check_boxes(table, length, FARTHEST_BOX)
    columns = table.values.shape[1]
    if classes and columns >= 8:
        check_identities(table, np.trunc(table.values[:, 6]) != 0)
    else:
        check_identities(table)
    if columns not in (8, 9):
        if classes:
            return box_table(table.values, class_column(table.values), names={1: MOT_NAMES[1]})
        if columns == 10 and columns_vary(table.values):
            problem = "has 10 columns, as MOT15's; column 8 looks like VisDrone's class, and is not used"
            remark(path, f"{problem} without --classes")
        return box_table(table.values)
    column = table.values[:, 7]
    unfit = (column != np.floor(column)) | (np.abs(column) > LAST_ID)
    table.refuse(unfit, "class is {7}, not a whole number", "write MOT16's class number in column 8")
    numbers = column.astype(np.int64)
    visibility = table.values[:, 8] if columns == 9 else None
    usual = MOT_NAMES if classes and np.isin(numbers, list(MOT_NAMES)).all() else None
    return box_table(table.values, numbers, visibility, usual)


def columns_vary(values: NDArray[np.float64]) -> bool:
    """Whether column 8 is small whole numbers of which one differs, where others write -1 or a position in metres."""
    column = values[:, 7] if values.shape[1] > 7 else np.empty(0)
    return _whole(column) and bool((column != column[:1]).any())


def class_column(values: NDArray[np.float64]) -> NDArray[np.int64] | None:
    """(n,) column 8 of rows `(n, c)` where it is a class, -1 in rows without; None where it is none.

    Trackers and detectors write a class there, MOT15 a position in the world or -1, others fill it up with zeros. It is
    taken for a class where it holds whole numbers up to 10,000, not all of them -1, and what stands behind it is no
    position: visibility, truncation, occlusion (from -1 to 2) or one number everywhere, or the index of a detection.
    Where all rows have one number in all these columns, they are filled up.
    """
    rows, columns = values.shape
    if columns < 8 or not rows or not _whole(values[:, 7]) or (values[:, 7] < 0).all():
        return None
    behind = values[:, 8:]
    no_position = (behind == behind[:1]).all() or ((behind >= -1) & (behind <= 2)).all()
    if not no_position:
        index = behind[:, 0]
        no_position = bool(((index == np.floor(index)) & (index >= -1)).all() and (behind[:, 1:] == -1).all())
    filled_up = columns > 8 and (values[:, 7:] == values[0, 7]).all()
    return values[:, 7].astype(np.int64) if no_position and not filled_up else None


def _whole(column: NDArray[np.float64]) -> bool:
    return bool(((column == np.floor(column)) & (column >= -1) & (column <= _MOST_CLASSES)).all())


class Cures(NamedTuple):
    """What to do about a row whose frame is below the first or not one of the sequence's, about an id, about a box."""

    first: str
    frame: str
    identity: str
    box: str


MOT_CURES = Cures(
    "count frames from 1",
    "put the frame number in column 1",
    "write a whole number in column 2, -1 where there is none",
    "write left, top, width, height in columns 3 to 6",
)


class Rows(Protocol):
    """Rows of boxes that know where they stand: `TextTable`, or what another format's reader hands over."""

    @property
    def values(self) -> NDArray[np.float64]:
        """(n, c) frame, id, left, top, width, height, and more."""
        ...

    def refuse(self, bad: NDArray[np.bool_], problem: str, cure: str) -> None:
        """Raise InputError for the first row that `bad` (n,) marks."""
        ...


def check_boxes(table: Rows, length: int | None, farthest: float, cures: Cures = MOT_CURES) -> None:
    """Raise InputError for a frame, an id or a box that cannot be.

    length: the number of frames, where known. farthest: pixels beyond which no box reaches.
    """
    values = table.values
    frame, identity, width, height = values[:, 0], values[:, 1], values[:, 4], values[:, 5]
    table.refuse(frame != np.floor(frame), "frame is {0}, not a whole number", "count frames 1, 2, 3, ...")
    table.refuse(frame < 1, "frame is {0}, below 1", cures.first)
    if length is not None:
        problem = f"frame is {{0}}, beyond the sequence's {length} frames"
        cure = "remove the row or correct the sequence's length"
        table.refuse(frame > length, problem, cure if cures is MOT_CURES else f"{cure}; or {cures.frame}")
    table.refuse(frame > LAST_FRAME, f"frame is {{0}}, beyond {LAST_FRAME}", cures.frame)
    unfit = (identity != np.floor(identity)) | (np.abs(identity) > LAST_ID)
    table.refuse(unfit, "id is {1}, not a whole number", cures.identity)
    table.refuse(width < 0, "width is {4}, negative", cures.box)
    table.refuse(height < 0, "height is {5}, negative", cures.box)
    boxes = np.abs(values[:, 2:6]).max(axis=1, initial=0)
    problem = f"the box {{2}}, {{3}}, {{4}}, {{5}} reaches beyond {farthest:g} pixels"
    if len(values) > MOST_IN_A_FRAME:
        _, of_row, counts = np.unique(frame, return_inverse=True, return_counts=True)
        full = counts > MOST_IN_A_FRAME
        table.refuse(full[of_row], f"frame {{0}} has more than {MOST_IN_A_FRAME} boxes", cures.frame)
    table.refuse(boxes > farthest, problem, "write pixels, or remove the row")


def check_identities(table: Rows, counts: NDArray[np.bool_] | None = None) -> None:
    """Raise InputError for a negative id, or the same (frame, id) twice.

    counts: (n,) the rows looked at, where each class (column 8) has ids of its own.
    """
    values = table.values
    looked_at = np.ones(len(values), bool) if counts is None else counts
    problem = "give every box the number of its identity"
    table.refuse((values[:, 1] < 0) & looked_at, "id is {1}, negative", problem)
    key = values[:, [0, 1]] if counts is None else np.column_stack((values[:, [0, 1, 7]], np.cumsum(~counts) * ~counts))
    order = np.lexsort(key.T[::-1])
    same = (np.diff(key[order], axis=0) == 0).all(axis=1)
    again = np.zeros(len(values), dtype=bool)
    again[order[1:][same]] = True
    table.refuse(again, "frame {0} has id {1} twice", "keep one box for each frame and id")


def box_table(
    values: NDArray[np.float64],
    classes: NDArray[np.int64] | None = None,
    visibility: NDArray[np.float64] | None = None,
    names: Names | None = None,
) -> BoxTable:
    """Rows (n, c) that were checked, sorted by frame."""
    boxes = values[:, 2:6].copy()
    boxes[:, 2:] += boxes[:, :2]
    rows = len(values)
    table = BoxTable(
        frames=values[:, 0].astype(np.int64),
        ids=values[:, 1].astype(np.int64),
        boxes=boxes,
        scores=values[:, 6].copy() if values.shape[1] > 6 else np.ones(rows),
        classes=np.full(rows, -1, dtype=np.int64) if classes is None else classes,
        visibility=np.ones(rows) if visibility is None else visibility.copy(),
        names=names or {},
    )
    in_order = bool((np.diff(table.frames) >= 0).all())
    return table if in_order else table[np.argsort(table.frames, kind="stable")]
