"""The camera's motion from a file of affine matrices, where it was estimated before."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.files.text_file import read_text_bytes

_CURE = "write frame (from 0), a, b, x shift, c, d, y shift with blanks between"


class CameraMotionFile:
    """The format of BoT-SORT (Aharon et al. 2022): a line a frame, seven numbers with blanks between.

    The first counts the frames from 0, the others are the affine from the frame before to this one, row by row, in
    pixels. Raises `InputError` naming the first line that is not so.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        rows: list[list[float]] = []
        for number, line in enumerate(read_text_bytes(path).split(b"\n"), start=1):
            if line.strip():
                rows.append(_numbers(path, number, line, len(rows)))
        self.motions: NDArray[np.float64] = np.array(rows).reshape(-1, 2, 3)

    def __len__(self) -> int:
        return len(self.motions)

    def at(self, index: int, steps: int = 1) -> NDArray[np.float64]:
        """(2, 3), for the frame `index`, counted from 1. Raises `InputError` where the file has ended.

        steps: frames since the last one that was tracked; the motions between follow one another.
        """
        if index > len(self):
            problem = f"has {len(self)} lines, and there is a frame {index}"
            raise InputError(self.path, None, problem, "give the file of this sequence")
        motion = self.motions[index - 1]
        for before in self.motions[max(index - steps, 0) : index - 1][::-1]:
            motion = np.column_stack([motion[:, :2] @ before[:, :2], motion[:, :2] @ before[:, 2] + motion[:, 2]])
        return motion


def _numbers(path: Path, row: int, line: bytes, frame: int) -> list[float]:
    """The six numbers of the affine of a line, which is to be the frame's."""
    try:
        numbers = [float(field) for field in line.split()]
    except ValueError:
        raise InputError(path, row, "has text where a number belongs", _CURE) from None
    if len(numbers) != 7:
        raise InputError(path, row, f"has {len(numbers)} numbers, not 7", _CURE)
    if not all(isfinite(number) for number in numbers):
        raise InputError(path, row, "has a number that is not finite", _CURE)
    first, a, b, _, c, d, _ = numbers
    if first != frame:
        raise InputError(path, row, f"is of frame {first:g}, not {frame}", _CURE)
    if not a * d - b * c > 0:
        raise InputError(path, row, "mirrors the picture, or maps it onto a line", _CURE)
    return numbers[1:]


def find_camera_file(given: Path, name: str) -> Path:
    """The file itself, or in a folder the one of the sequence `name`: NAME.txt or, as BoT-SORT calls it, GMC-NAME.txt.

    Raises `InputError` where the folder has neither.
    """
    if not given.is_dir():
        return given
    for file in (given / f"{name}.txt", given / f"GMC-{name}.txt"):
        if file.exists():
            return file
    raise InputError(given, None, f"has no camera motion of {name}", f"add {name}.txt, or give the file itself")
