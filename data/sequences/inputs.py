"""A result never takes the name of what it is made from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from os import PathLike
from pathlib import Path

from flatsort.data.errors import InputError
from flatsort.data.files.image_file import IMAGE_SUFFIXES
from flatsort.data.files.sequence_info import read_sequence_info
from flatsort.data.sequences.image_folder import list_images
from flatsort.data.sequences.opening import FOLDER_VIDEOS

# What a MOTChallenge folder holds for its readers.
_OF_A_SEQUENCE = ("seqinfo.ini", "det/det.txt", "gt/gt.txt", *FOLDER_VIDEOS)


def refuse_input(
    output: str | PathLike[str], source: str | PathLike[str] | int, others: Iterable[str | PathLike[str] | None] = ()
) -> None:
    """Raise InputError where writing `output` would replace the source, a part of it, or one of the other inputs.

    source: as `open_sequence` takes it. Compares files and not names, so that links do not hide one. Call it before
    anything is opened for writing.
    """
    inputs = [Path(other) for other in others if other is not None]
    if not isinstance(source, int) and "://" not in str(source):
        folder = Path(source)
        inputs += [folder, *(folder / name for name in _OF_A_SEQUENCE)]
        written = Path(output).resolve()
        if written.suffix.lower() in IMAGE_SUFFIXES and written.exists() and written.is_relative_to(folder.resolve()):
            raise _refusal(output, written, "is a picture of the source")
    for file in inputs:
        if _same(Path(output), file):
            raise _refusal(output, file, f"is {file}, which is read")


def input_files(source: str | PathLike[str] | int) -> list[Path]:
    """The files that a sequence is read from, as far as they are there, sorted; none of a camera or a stream."""
    if isinstance(source, int) or "://" in str(source):
        return []
    folder = Path(source)
    if not folder.is_dir():
        return [folder] if folder.is_file() else []
    files = [folder / name for name in _OF_A_SEQUENCE if name != "gt/gt.txt"]
    inner = folder
    if files[0].is_file():
        inner = folder / read_sequence_info(folder).image_folder
    images = list_images(inner) if inner.is_dir() else []
    return sorted([*(file for file in files if file.is_file()), *images])


def _refusal(output: str | PathLike[str], file: Path, problem: str) -> InputError:
    problem = "is an input of this command" if str(output) == str(file) else problem
    return InputError(output, None, problem, "choose another --output")


def _same(output: Path, file: Path) -> bool:
    try:
        return os.path.samefile(output, file)
    except (OSError, ValueError):  # one of them is not there yet
        return False
