"""A folder of images as the frames of a sequence."""

from __future__ import annotations

import re
from collections.abc import Generator
from itertools import islice
from os import PathLike
from pathlib import Path

from flatsort.data.errors import InputError
from flatsort.data.files.image_file import IMAGE_SUFFIXES, read_image
from flatsort.data.sequences.picture import Picture


def natural_key(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Sort key that puts `frame9.jpg` before `frame10.jpg`; names that differ only in zeros keep a fixed order."""
    parts = re.split(r"([0-9]+)", name.lower())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part], name


def list_images(folder: str | PathLike[str]) -> list[Path]:
    """The images of a folder in natural order, hidden files left out. Raises InputError where it cannot be listed."""
    try:
        files = [file for file in Path(folder).iterdir() if file.suffix.lower() in IMAGE_SUFFIXES]
    except OSError as error:
        raise InputError(folder, None, f"cannot be listed ({error.strerror})", "check the folder") from None
    return sorted((file for file in files if not file.name.startswith(".")), key=lambda file: natural_key(file.name))


class ImageFolder:
    """Images on disk, one a frame; `files[k - 1]` is frame k, None where the folder lacks it."""

    frame_rate: float | None = None

    def __init__(self, folder: Path, files: list[Path | None]) -> None:
        self.folder = folder
        self.files = files

    @property
    def length(self) -> int:
        """The number of frames."""
        return len(self.files)

    @property
    def size(self) -> tuple[int, int] | None:
        """(width, height) of the first frame. Raises InputError where it cannot be read."""
        for picture in self.pictures():
            return picture.image.shape[1], picture.image.shape[0]
        return None

    def pictures(self, every: int = 1) -> Generator[Picture, None, None]:
        """Read the images one by one, as `ImageSource`. Raises InputError at the frame that is missing or broken."""
        for frame, file in islice(enumerate(self.files, start=1), 0, None, every):
            if file is None:
                raise InputError(self.folder, None, f"frame {frame} has no image", "add it or correct seqLength")
            yield Picture(read_image(file, frame), frame)


def frames_of_sequence(files: list[Path], length: int) -> list[Path | None]:
    """The file of each of `length` frames: in order where there are as many, else by the number in the name.

    Numbers count from 1, or from 0 where a file has that number. None stands where a frame has no file.
    """
    if len(files) == length:
        return list(files)
    numbers = [re.findall(r"[0-9]+", file.stem) for file in files]
    if not all(numbers):
        return [*files, *[None] * length][:length]
    by_number = {int(found[-1]): file for found, file in zip(numbers, files, strict=True)}
    first = 0 if 0 in by_number else 1
    return [by_number.get(number) for number in range(first, first + length)]
