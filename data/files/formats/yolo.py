"""A folder of YOLO labels: one text a frame, `class cx cy w h [confidence] [id]`, as fractions of the picture."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.files.class_names import read_names
from flatsort.data.files.formats.frame_names import FrameNames
from flatsort.data.files.formats.rows import BoxRows, ltwh_of
from flatsort.data.files.text_table import read_text_table
from flatsort.data.limits import LAST_FRAME

SIXTH = ("score", "id")
# Of labels and classes' names in one folder, or the one above it.
_NAMES = ("classes.txt", "names.txt", "labels.txt", "obj.names")
# Of a coordinate; boxes may reach a little out of the picture.
_FRACTION = 2.0
_COLUMNS = "class cx cy w h, then confidence or id or both"


def read_yolo(
    path: str | PathLike[str],
    frames: FrameNames,
    size: tuple[int, int] | None,
    sixth: str | None = None,
    names: str | PathLike[str] | None = None,
) -> BoxRows:
    """Read the labels of a folder.

    frames: from names of files to frames. size: (width, height) of the pictures in pixels.
    sixth: "score" or "id": what column 6 is, where there are six.
    names: the file of the classes' names; by default classes.txt, names.txt, labels.txt or obj.names in the folder or
        above it.

    Raises InputError where there are no labels, the size is not known, and naming the first row at fault.
    """
    folder = Path(path)
    try:
        files = sorted(file for file in folder.iterdir() if _is_label(file))
    except OSError as error:
        raise InputError(folder, None, f"cannot be listed ({error.strerror})", "check the folder") from None
    if not files:
        raise InputError(folder, None, "holds no labels", "name the folder that holds a text for each frame")
    if len(files) > LAST_FRAME:
        raise InputError(folder, None, f"holds {len(files)} labels, more than {LAST_FRAME}", "split it")
    if size is None:
        cure = "use a source that tells its size, or pixels in another format"
        raise InputError(folder, None, "labels are fractions of a picture whose size is not known", cure)
    tables = [read_text_table(file, 5, 7) for file in files]
    frame_of_file = frames.of_names(
        folder, [file.stem for file in files], lambda place, *said: InputError(files[place], None, *said)
    )
    file_of = np.repeat(np.arange(len(files)), [len(table.values) for table in tables])
    values = np.full((len(file_of), 8), -1.0)
    values[:, 0] = frame_of_file[file_of]
    labels = np.full((len(file_of), 7), np.nan)
    start = 0
    for table in tables:
        count, width = table.values.shape
        labels[start : start + count, :width] = table.values
        start += count
    rows = BoxRows(
        folder, values, np.concatenate([table.rows for table in tables]), files=tuple(files), file_of=file_of
    )
    numbers = labels[:, 0]
    unfit = (numbers != np.floor(numbers)) | (numbers < 0)
    if unfit.any():
        row = int(unfit.argmax())
        raise rows.error(row, f"class is {numbers[row]:g}, not a whole number from 0", f"write {_COLUMNS}")
    beyond = np.abs(labels[:, 1:5]).max(axis=1, initial=0) > _FRACTION
    if beyond.any():
        row = int(beyond.argmax())
        place = int(np.abs(labels[row, 1:5]).argmax())
        problem = f"{('cx', 'cy', 'w', 'h')[place]} is {labels[row, 1 + place]:g}, not a fraction of the picture"
        raise rows.error(row, problem, "divide by its width and height, or use another format")
    values[:, 2:6] = ltwh_of(labels[:, 1:5] * np.array([*size, *size]), "cxcywh")
    values[:, 6], values[:, 1] = _scores_and_ids(rows, labels[:, 5:], sixth)
    values[:, 7] = numbers
    found = _names_file(folder) if names is None else Path(names)
    known = {} if found is None else dict(read_names(found, first=0))
    return BoxRows(folder, values, rows.rows, files=rows.files, file_of=file_of, names=known)


def _is_label(file: Path) -> bool:
    return file.suffix.lower() == ".txt" and not file.name.startswith(".") and file.name not in _NAMES


def _names_file(folder: Path) -> Path | None:
    there = (where / name for where in (folder, folder.resolve().parent) for name in _NAMES)
    return next((file for file in there if file.is_file()), None)


def _scores_and_ids(
    rows: BoxRows, more: NDArray[np.float64], sixth: str | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) scores and (n,) ids, from columns 6 and 7 (n, 2), NaN where a row has none."""
    column, ids = more[:, 0], more[:, 1]
    both = ~np.isnan(ids)
    alone = ~np.isnan(column) & ~both
    if sixth is None and alone.any():
        sixth = _told(rows, column[alone], bool(both.any()))
    is_id = alone & (sixth == "id")
    scores = np.where(np.isnan(column) | is_id, 1.0, column)
    unfit = ~((scores >= 0) & (scores <= 1))
    if unfit.any():
        row = int(unfit.argmax())
        raise rows.error(row, f"confidence is {scores[row]:g}, not from 0 to 1", f"write {_COLUMNS}")
    return scores, np.where(is_id, column, np.where(both, ids, -1.0))


def _told(rows: BoxRows, column: NDArray[np.float64], beside_ids: bool) -> str:
    """Whether column 6 of rows that end there is a confidence or an id. Raises InputError where it may be both."""
    if beside_ids or ((column >= 0) & (column <= 1) & (column != np.floor(column))).any():
        return "score"  # which comes before the id
    if (column > 1).any():
        return "id"
    cure = "say --detections-format yolo,sixth=score or yolo,sixth=id"
    raise InputError(rows.source, None, "column 6 may be a confidence or an id", cure)
