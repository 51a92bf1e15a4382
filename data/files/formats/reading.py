"""Boxes over time from a file or folder in any format, told apart by what is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path

import numpy as np

from flatsort.data.boxtable import BoxTable
from flatsort.data.classes import Names
from flatsort.data.errors import InputError, remark
from flatsort.data.files.class_names import names_beside
from flatsort.data.files.formats import visdrone
from flatsort.data.files.formats.coco import read_coco
from flatsort.data.files.formats.columns import is_header
from flatsort.data.files.formats.csv_file import read_csv
from flatsort.data.files.formats.frame_names import FrameNames
from flatsort.data.files.formats.json_lines import is_json_lines, read_json_lines
from flatsort.data.files.formats.named import OPTION, NamedFormat, parse_format
from flatsort.data.files.formats.parquet_file import MAGIC, read_parquet
from flatsort.data.files.formats.rows import BOX, CLASS, FRAME, BoxRows, ltwh_of
from flatsort.data.files.formats.yolo import read_yolo
from flatsort.data.files.motchallenge import (
    LEAST_COLUMNS,
    MOST_COLUMNS,
    MOT_CURES,
    Cures,
    box_table,
    check_boxes,
    check_identities,
    class_column,
    columns_vary,
)
from flatsort.data.files.text_file import read_text_bytes
from flatsort.data.files.text_table import TextTable, parse_text_table

LARGEST_CLASS = 2**31
_MOT_CURES = MOT_CURES._replace(first=f"{MOT_CURES.first}, or say {OPTION} mot,first=0")
# Of which the rows below may have more columns: some put a header above MOTChallenge's.
_MOT_HEADER = b"frame,id,left,top,width,height,score"
_CURES = Cures(
    "count frames from 0 or 1",
    "give each row the number of its frame",
    "give each track a whole number",
    "write left, top, width, height, or left, top, right, bottom",
)
_CURES_OF = {
    "coco": _CURES._replace(
        frame="name the file whose `images` say which frame each is: --detections-format coco,images=FILE"
    )
}


def read_boxes(
    path: str | PathLike[str],
    length: int | None,
    farthest: float,
    *,
    identities: bool = False,
    format: str | None = None,
    size: tuple[int, int] | None = None,
    images: Sequence[str] = (),
) -> BoxTable:
    """Read boxes in whatever format they are.

    length: the number of frames of the sequence, where known. farthest: pixels beyond which no box reaches.
    identities: each row must have an id, and none twice in a frame.
    format: `NAME[,option=value ...]`, see `named.FORMATS`; None: what the content shows.
    size: (width, height) of the pictures, images: the names of their files frame by frame, both where known.

    Raises InputError naming the file, the row and the cure; also where the content may be of two formats.
    """
    known = parse_format(format)
    path = Path(path)
    frames = FrameNames(images, known.first, None if identities else length)
    name, content = (known.name, None) if known.name in ("yolo", "parquet") else _told(path, known.name)
    header, _, below = (content or b"").lstrip().partition(b"\n")
    if name == "csv" and header == _MOT_HEADER and below.split(b"\n", 1)[0].count(b",") > _MOT_HEADER.count(b","):
        return _read_mot(path, below, length, farthest, identities, known, frames, first_row=2)
    if name == "yolo":
        if not path.is_dir():
            raise InputError(path, None, "is no folder, as YOLO labels are", "name the folder of the labels")
        rows = read_yolo(path, frames, size, known.sixth, known.names)
    elif name == "parquet":
        rows = read_parquet(path, frames, known.box)
    elif name == "csv":
        rows = read_csv(path, content or b"", frames, layout=known.box)
    elif name == "jsonl":
        rows = read_json_lines(path, content or b"")
    elif name == "coco":
        rows = read_coco(path, content or b"", frames, known.images)
    else:
        return _read_mot(path, content or b"", length, farthest, identities, known, frames)
    cures = _CURES_OF.get(name, _CURES)
    check_boxes(rows, length, farthest, cures)
    classes = rows.values[:, CLASS]
    unfit = (classes != np.floor(classes)) | (np.abs(classes) > LARGEST_CLASS)
    rows.refuse(unfit, "class is {7}, not a whole number", "give each class a whole number")
    if identities:
        check_identities(rows)
    whole = classes.astype(np.int64)
    return box_table(rows.values[:, :CLASS], np.maximum(whole, -1), names=_names(rows, whole))


def _told(path: Path, name: str | None) -> tuple[str, bytes | None]:
    """The format of a file, and its content as text where it is one."""
    if name is None and path.is_dir():
        return "yolo", None
    if name is None and _starts_with(path, MAGIC):
        return "parquet", None
    content = read_text_bytes(path)
    if name is not None:
        return name, content
    start = content[:1024].lstrip()
    if is_json_lines(content):
        return "jsonl", content
    if start[:1] in (b"{", b"["):
        return "coco", content
    return ("csv" if is_header(content.lstrip()[:4096].split(b"\n")[0].decode("utf-8", "replace")) else "mot"), content


def _starts_with(path: Path, mark: bytes) -> bool:
    if not path.is_file():
        return False  # the text reader says what is wrong
    try:
        with path.open("rb") as opened:
            return opened.read(len(mark)) == mark
    except OSError:
        return False


def _names(rows: BoxRows, classes: np.ndarray) -> Names:
    if rows.names or not (classes >= 0).any() or rows.files:
        return rows.names
    return names_beside(rows.source, classes)


def _read_mot(
    path: Path,
    content: bytes,
    length: int | None,
    farthest: float,
    identities: bool,
    known: NamedFormat,
    frames: FrameNames,
    first_row: int = 1,
) -> BoxTable:
    """MOTChallenge's text, or VisDrone's, which has the same columns."""
    table = parse_text_table(path, content, LEAST_COLUMNS, MOST_COLUMNS, first_row)
    if known.box is not None:
        table.values[:, BOX] = ltwh_of(table.values[:, BOX], known.box)
    if known.first is not None:
        table.values[:, FRAME] += 1 - known.first
    check_boxes(table, length, farthest, _MOT_CURES)
    frames.remark_start(path, table.values[:, FRAME])
    drones = known.name == "visdrone" or (known.name is None and visdrone.is_visdrone(table))
    if drones:
        visdrone.check_visdrone(table)
    if identities:
        check_identities(table)
    if drones:
        return _of_visdrone(table)
    classes = class_column(table.values)
    if classes is None and not identities and columns_vary(table.values):
        remark(path, "column 8 is not taken for a class, since columns 9 and 10 look like a position in the world")
    return box_table(table.values, classes, names=None if classes is None else names_beside(path, classes))


def _of_visdrone(table: TextTable) -> BoxTable:
    classes = table.values[:, 7].astype(np.int64) if len(table.values) else np.empty(0, np.int64)
    found = box_table(table.values, classes, names=visdrone.NAMES)
    regions = found.classes == visdrone.IGNORED
    if regions.any():
        remark(table.source, f"{regions.sum()} ignored regions (class 0) are no detections and left out")
        found = found.kept(~regions)
    return replace(found, names={n: name for n, name in visdrone.NAMES.items() if n != visdrone.IGNORED})
