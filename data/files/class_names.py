"""`names.txt`: what the classes of a file of boxes are called."""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.classes import Names
from flatsort.data.errors import InputError, remark
from flatsort.data.files.atomic import atomic_path
from flatsort.data.files.text_file import read_text_bytes

# CVAT calls it labels.txt in what it exports as MOTChallenge.
_FILES = ("names.txt", "labels.txt")
# What class 1 means to MOTChallenge's readers, and to this one, without being told.
USUAL: Names = {1: "person"}
_SUFFIX = ".names.txt"  # of the names of one file's classes, beside it
_NUMBERED = re.compile(r"(?P<number>[0-9]{1,9})(?:[ \t]*[:,=][ \t]*|[ \t]+)(?P<name>\S.*)")
_IN_A_SEQUENCE = ("det", "gt")
_MOST, _LONGEST = 10_000, 100  # names, letters of one


def names_path(path: str | PathLike[str]) -> Path:
    """Where the names of the classes in one file are kept: `a.names.txt` for `a.txt`."""
    return Path(path).with_suffix(_SUFFIX)


def is_names(path: Path) -> bool:
    """Whether a file in a folder holds names of classes, by its own name."""
    return path.name.endswith(_SUFFIX) or path.name in _FILES


def names_beside(
    path: str | PathLike[str], classes: NDArray[np.int64], root: Path | None = None, first: int | None = None
) -> Names:
    """The names of a file's classes, from `FILE.names.txt` or `names.txt` beside it, or in the sequence's folder.

    classes: the numbers that the file uses. Lines are `NUMBER NAME`, or names alone: then the first is class 0 where
    the file has such a class, else class 1. Empty where there is no such file.
    root: of a benchmark, where names may lie that hold for all its sequences.
    first: the class of the first line, where that is known from more than this file.

    Raises InputError where the file of names cannot be read.
    """
    file = Path(path)
    folders = [file.parent, *([file.parent.parent] if file.parent.name in _IN_A_SEQUENCE else [])]
    folders += [] if root is None else [root]
    for candidate in (names_path(file), *(folder / name for folder in folders for name in _FILES)):
        if candidate.is_file():
            names = read_names(candidate, int(not (classes == 0).any()) if first is None else first)
            unnamed = sorted({*np.unique(classes[classes >= 0]).tolist()} - set(names))
            if unnamed:
                remark(candidate, f"has no name of class {unnamed[0]}, which {file.name} uses")
            return names
    return {}


def read_names(path: str | PathLike[str], first: int = 1) -> Names:
    """Names of classes by their numbers. first: the number of the first line, where lines do not say theirs.

    Raises InputError where a name is empty, too long or given to two classes.
    """
    try:
        lines = read_text_bytes(path).decode().splitlines()
    except UnicodeDecodeError:
        raise InputError(path, None, "is not UTF-8 text", "save it as UTF-8") from None
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) > _MOST:
        raise InputError(path, None, f"has {len(lines)} lines, more than {_MOST}", "write one name a line")
    numbered = [_NUMBERED.fullmatch(line.strip()) for line in lines]
    names: dict[int, str] = {}
    for row, (line, match) in enumerate(zip(lines, numbered, strict=True), start=1):
        if all(numbered) and match is not None:
            number, name = int(match["number"]), match["name"]
        else:
            number, name = first + row - 1, line.strip()
        if not _is_name(name):
            raise InputError(path, row, "is no name of a class", "write one name a line")
        if number in names or name in names.values():
            raise InputError(path, row, f"gives {name!a} or its number a second time", "name each class once")
        names[number] = name
    return names


def _is_name(text: str) -> bool:
    return bool(text) and len(text) <= _LONGEST and text.isprintable()


def keep_names(path: str | PathLike[str], names: Names | None) -> None:
    """Write the names beside a file that cannot hold them; those that an earlier run left there go."""
    if names and names != USUAL:
        write_names(names_path(path), names)
    else:
        names_path(path).unlink(missing_ok=True)


def write_names(path: str | PathLike[str], names: Names) -> None:
    """Write `NUMBER NAME` lines, such as `read_names` takes: a name that several classes have goes to the first.

    So torchvision's classes of COCO do, eleven of which are N/A. Raises InputError where the file cannot be written.
    """
    first = {name.strip(): number for number, name in sorted(names.items(), reverse=True) if number >= 0}
    lines = sorted((number, name) for name, number in first.items() if _is_name(name))
    with atomic_path(path) as temporary:
        text = "".join(f"{number} {name}\n" for number, name in lines)
        temporary.write_text(text, encoding="utf-8", newline="\n")
