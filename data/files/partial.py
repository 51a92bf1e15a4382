"""A part of a result: kept when a run ends early, under a name that no reader takes for the whole."""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path

from flatsort.data.boxtable import BoxTable
from flatsort.data.errors import remark
from flatsort.data.files.class_names import is_names

_PARTIAL = re.compile(r"\.partial-[0-9]+-frames$")


def partial_path(path: Path, frames: int) -> Path:
    """Where the first `frames` frames of a result are kept: `a.partial-139-frames.txt` for `a.txt`."""
    return path.with_name(f"{path.stem}.partial-{frames}-frames{path.suffix}")


def is_result(path: Path) -> bool:
    """Whether a file in a folder of results is one: not hidden, as one that is being written is, no part, no names."""
    return not path.name.startswith(".") and _PARTIAL.search(path.stem) is None and not is_names(path)


def remark_early_end(source: str | PathLike[str], tracks: BoxTable, length: int | None) -> None:
    """Remark that tracks end before the last tenth of a sequence of this length, as those of a part do."""
    if length is not None and 0 < tracks.last_frame <= 0.9 * length:
        remark(source, f"the tracks end at frame {tracks.last_frame} of {length}")


def note_kept(error: BaseException, path: Path, frames: int) -> None:
    """Say with the error what was kept of the result, and where."""
    error.add_note(f"{path} keeps {'the first frame' if frames == 1 else f'the first {frames} frames'}")
