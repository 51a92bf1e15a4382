"""From how a file names its frames, by numbers or by the names of images, to frames counted from 1."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError, remark

# What is wrong with the name at this place, and the cure, as an error.
Fail = Callable[[int, str, str], InputError]


@dataclass(frozen=True)
class FrameNames:
    """How frames are named.

    images: the names of the source's image files, frame by frame; empty where it has none, as a video has.
    first: the number of the first frame, None for 0 where a file has a frame 0, else 1.
    length: frames of the source; None where it is not known, and of tracks, which begin late as a rule.
    """

    images: Sequence[str] = ()
    first: int | None = None
    length: int | None = None

    def counted(self, source: str | PathLike[str], numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """(n,) frames from 1, from the numbers that a file gives them. Remarks where it has a frame 0, or may have."""
        first = self.first
        if first is None:
            zero = len(numbers) > 0 and numbers.min() == 0
            if zero:
                remark(source, "counts frames from 0; its frame 0 is taken for the first")
            else:
                self.remark_start(source, numbers)
            first = 0 if zero else 1
        return numbers - first + 1

    def remark_start(self, source: str | PathLike[str], numbers: NDArray[np.float64]) -> None:
        """Remark that numbers without a 0 may count from it, so that all are read a frame late: nobody was seen in it.

        That is where the source's images are numbered from 0, and where the numbers end one before the source does and
        do not begin with 1. numbers: (n,), none of them 0.
        """
        if self.first is not None or self.length is None or not len(numbers):
            return
        low, high = numbers.min(), numbers.max()
        cure = "say first=0 in --detections-format if the first frame is 0"
        if self.images and _number(self.images[0]) == 0 and high < len(self.images):
            remark(source, f"has no frame 0 and is read as counting from 1, and the images are numbered from 0; {cure}")
        elif low > 1 and high == self.length - 1:
            span = f"has frames {low:.0f} to {high:.0f} for a source of {self.length}"
            remark(source, f"{span}, which may be counted from 0 or 1; 1 is taken, {cure}")

    def of_names(self, source: str | PathLike[str], names: Sequence[str], fail: Fail) -> NDArray[np.float64]:
        """(n,) frames from 1, from the names of images: the source's own, or the last number in each.

        Raises the error that `fail` makes where a name is none of the source's images, has no number, or two have the
        same number.
        """
        stems = [stem_of(name) for name in names]
        if self.images:
            frame_of = {stem_of(name): frame for frame, name in enumerate(self.images, start=1)}
            lacking = [place for place, stem in enumerate(stems) if stem not in frame_of]
            if not lacking:
                return np.array([frame_of[stem] for stem in stems], np.float64)
            if len(lacking) < len(stems):
                raise fail(lacking[0], f"names {stems[lacking[0]]!a}, of which the source has no image", "correct it")
        numbers = np.empty(len(stems))
        of_number: dict[int, str] = {}
        for place, stem in enumerate(stems):
            number = _number(stem)
            if number is None:
                raise fail(place, f"names {stem!a}, which has no number of a frame", "name frames as in clip_1, clip_2")
            if of_number.setdefault(number, stem) != stem:
                raise fail(
                    place, f"names {stem!a}, and {of_number[number]!a} has the same number", "rename one of them"
                )
            numbers[place] = number
        return self.counted(source, numbers)


def _number(name: str) -> int | None:
    """The last number in the name of an image, None where there is none."""
    found = re.findall(r"[0-9]{1,15}", stem_of(name))
    return int(found[-1]) if found else None


def stem_of(name: str) -> str:
    """`a/b/clip_1.jpg` as `clip_1`."""
    return re.sub(r"\.[A-Za-z][A-Za-z0-9]{1,4}$", "", re.split(r"[/\\]", name)[-1])
