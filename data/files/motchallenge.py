"""MOTChallenge text files: detections, ground truth and tracks as tables of boxes.

A row is `frame, id, left, top, width, height[, confidence[, ...]]`, 6 to 10 columns; rows stand in any order.
Formats: Leal-Taixé et al., "MOTChallenge 2015" (10 columns, the last three a position in the world), and Milan et
al., "MOT16" (ground truth of 9 columns: `..., conf, class, visibility`).
"""

from __future__ import annotations

from os import PathLike

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable
from flatsort.data.errors import remark
from flatsort.data.files.text_table import TextTable, read_text_table
from flatsort.data.limits import FARTHEST_BOX, FARTHEST_DETECTION, LAST_FRAME, MOST_IN_A_FRAME

LEAST_COLUMNS, MOST_COLUMNS = 6, 10
_MOST_CLASSES = 100  # COCO's names go to 90
# The highest whole number that float64 and its neighbours still tell apart.
LAST_ID = 2**53


def read_detections(path: str | PathLike[str], length: int | None = None) -> BoxTable:
    """Read detections. Scores are column 7, or 1 where there is none; later columns are not used.

    length: the number of frames of the sequence, where known. An empty file is valid.
    Raises InputError naming the first row at fault: columns, text, NaN, infinite values, negative width or height,
    a frame below 1 or beyond the sequence.
    """
    table = read_text_table(path, LEAST_COLUMNS, MOST_COLUMNS)
    _check(table, length, FARTHEST_DETECTION)
    if table.values.shape[1] > 7 and _is_class(table.values[:, 7]):
        remark(path, "column 8 looks like a class; it is not used, and boxes of all classes are tracked together")
    return _box_table(table.values)


def read_ground_truth(path: str | PathLike[str], length: int | None = None) -> BoxTable:
    """Read ground truth. Scores are the `conf` flag; classes and visibility are read from files of 8 or 9 columns.

    Files of 10 columns are MOT15's: their last columns are a position in the world, and classes are -1.
    Raises InputError as `read_detections`, and for a negative id or the same (frame, id) twice.
    """
    table = read_text_table(path, LEAST_COLUMNS, MOST_COLUMNS)
    _check(table, length, FARTHEST_BOX)
    _check_identities(table)
    columns = table.values.shape[1]
    if columns not in (8, 9):
        if columns == 10 and _is_class(table.values[:, 7]):
            remark(path, "has 10 columns, as MOT15's; column 8 looks like VisDrone's class, and is not used")
        return _box_table(table.values)
    classes = table.values[:, 7]
    unfit = (classes != np.floor(classes)) | (np.abs(classes) > LAST_ID)
    table.refuse(unfit, "class is {7}, not a whole number", "write MOT16's class number in column 8")
    visibility = table.values[:, 8] if columns == 9 else None
    return _box_table(table.values, classes.astype(np.int64), visibility)


def tracks_of(table: TextTable, length: int | None = None) -> BoxTable:
    """A tracker's output from its table. Raises InputError as `read_detections`, and for a negative or repeated id."""
    _check(table, length, FARTHEST_BOX)
    _check_identities(table)
    return _box_table(table.values)


def _is_class(column: NDArray[np.float64]) -> bool:
    """Whether a column is small whole numbers of which one differs, where others write -1 or a position in metres."""
    whole = bool(((column == np.floor(column)) & (column >= 0) & (column <= _MOST_CLASSES)).all())
    return whole and len(column) > 0 and bool((column != column[0]).any())


def _check(table: TextTable, length: int | None, farthest: float) -> None:
    values = table.values
    frame, identity, width, height = values[:, 0], values[:, 1], values[:, 4], values[:, 5]
    table.refuse(frame != np.floor(frame), "frame is {0}, not a whole number", "count frames 1, 2, 3, ...")
    table.refuse(frame < 1, "frame is {0}, below 1", "count frames from 1")
    if length is not None:
        problem = f"frame is {{0}}, beyond the sequence's {length} frames"
        table.refuse(frame > length, problem, "remove the row or correct the sequence's length")
    table.refuse(frame > LAST_FRAME, f"frame is {{0}}, beyond {LAST_FRAME}", "put the frame number in column 1")
    unfit = (identity != np.floor(identity)) | (np.abs(identity) > LAST_ID)
    table.refuse(unfit, "id is {1}, not a whole number", "write a whole number in column 2, -1 where there is none")
    table.refuse(width < 0, "width is {4}, negative", "write left, top, width, height in columns 3 to 6")
    table.refuse(height < 0, "height is {5}, negative", "write left, top, width, height in columns 3 to 6")
    boxes = np.abs(values[:, 2:6]).max(axis=1, initial=0)
    problem = f"the box {{2}}, {{3}}, {{4}}, {{5}} reaches beyond {farthest:g} pixels"
    if len(values) > MOST_IN_A_FRAME:
        _, of_row, counts = np.unique(frame, return_inverse=True, return_counts=True)
        full = counts > MOST_IN_A_FRAME
        table.refuse(full[of_row], f"frame {{0}} has more than {MOST_IN_A_FRAME} boxes", "put the frame in column 1")
    table.refuse(boxes > farthest, problem, "write pixels, or remove the row")


def _check_identities(table: TextTable) -> None:
    values = table.values
    table.refuse(values[:, 1] < 0, "id is {1}, negative", "give every box the number of its identity")
    order = np.lexsort((values[:, 1], values[:, 0]))
    same = (np.diff(values[order, :2], axis=0) == 0).all(axis=1)
    again = np.zeros(len(values), dtype=bool)
    again[order[1:][same]] = True
    table.refuse(again, "frame {0} has id {1} twice", "keep one box for each frame and id")


def _box_table(
    values: NDArray[np.float64],
    classes: NDArray[np.int64] | None = None,
    visibility: NDArray[np.float64] | None = None,
) -> BoxTable:
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
    )
    in_order = bool((np.diff(table.frames) >= 0).all())
    return table if in_order else table[np.argsort(table.frames, kind="stable")]
