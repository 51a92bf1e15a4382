"""Detections to MOTChallenge text."""

from __future__ import annotations

from os import PathLike

from flatsort.data.boxtable import BoxTable
from flatsort.data.files.atomic import atomic_path
from flatsort.data.files.class_names import keep_names


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
