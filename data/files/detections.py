"""Detections from whatever format they are in, and to MOTChallenge text."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

from flatsort.data.boxtable import BoxTable
from flatsort.data.files.atomic import atomic_path
from flatsort.data.files.class_names import keep_names
from flatsort.data.files.formats.named import FormattedFile
from flatsort.data.files.formats.reading import read_boxes
from flatsort.data.limits import FARTHEST_DETECTION


def read_detections(
    path: str | PathLike[str],
    length: int | None = None,
    *,
    format: str | None = None,
    size: tuple[int, int] | None = None,
    images: Sequence[str] = (),
) -> BoxTable:
    """Read detections: MOTChallenge or VisDrone text, CSV, Parquet, COCO's JSON, or a folder of YOLO labels.

    length: the number of frames of the sequence, where known.
    format: `NAME[,option=value ...]` (`formats.named.FORMATS`), by default what the content shows.
    size: (width, height) of the pictures, which YOLO labels need. images: the names of their files, frame by frame,
        for formats that name them.

    Scores are 1 where there are none, classes -1; column 8 of text is a class where it looks like one (`class_column`).
    Names of classes come from the file, or from `names.txt` beside it (`names_beside`). An empty file is valid.
    Raises InputError naming the file and the first row at fault: text, NaN, infinite values, negative width or height,
    a frame below the first or beyond the sequence; and where the content may be of two formats.
    """
    if format is None and isinstance(path, FormattedFile):
        format = path.format
    return read_boxes(path, length, FARTHEST_DETECTION, format=format, size=size, images=images)


def write_detections(path: str | PathLike[str], table: BoxTable) -> None:
    """Write `frame, -1, left, top, width, height, score, class, -1, -1`, class -1 where it is not known.

    Pixels to a hundredth, scores to four digits; names of classes to `FILE.names.txt` beside it.
    Raises InputError where the file cannot be written.
    """
    lines = []
    for frame, (left, top, right, bottom), score, number in zip(
        table.frames.tolist(), table.boxes.tolist(), table.scores.tolist(), table.classes.tolist(), strict=True
    ):
        box = f"{left:.2f},{top:.2f},{right - left:.2f},{bottom - top:.2f}"
        lines.append(f"{frame},-1,{box},{score:.4f},{number},-1,-1\n")
    with atomic_path(path) as temporary:
        temporary.write_text("".join(lines), encoding="utf-8")
    keep_names(path, table.names)
