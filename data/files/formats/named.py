"""The format of a file of boxes as a user names it: `NAME[,option=value ...]`."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from os import PathLike
from pathlib import Path
from typing import Any

from flatsort.data.errors import InputError
from flatsort.data.files.formats.rows import LAYOUTS
from flatsort.data.files.formats.yolo import SIXTH
from flatsort.data.limits import LAST_FRAME

OPTION = "--detections-format"
# Each format, and what may be said of it.
FORMATS = {
    "mot": ("first", "box"),
    "csv": ("first", "box"),
    "parquet": ("first", "box"),
    "coco": ("first", "images"),
    "jsonl": (),
    "yolo": ("first", "sixth", "names"),
    "visdrone": ("first",),
}


@dataclass(frozen=True)
class NamedFormat:
    """What is known of a file's format before it is read.

    name: one of `FORMATS`, None where the content shall tell.
    first: the number of the first frame. box: the layout of boxes, one of `LAYOUTS`.
    sixth: what column 6 of YOLO labels is, one of `SIXTH`.
    names: the file of YOLO's class names. images: the file of annotations that COCO results refer to.
    """

    name: str | None = None
    first: int | None = None
    box: str | None = None
    sixth: str | None = None
    names: Path | None = None
    images: Path | None = None


@dataclass(frozen=True)
class FormattedFile(PathLike[str]):
    """A path, and the format that a user says it has, as `parse_format` reads it."""

    path: Path
    format: str

    def __fspath__(self) -> str:
        return os.fspath(self.path)

    def __str__(self) -> str:
        return str(self.path)


def files_of_boxes(path: str | PathLike[str]) -> list[Path]:
    """The files that boxes are read from: the one, or those of a folder, and what its format names beside it."""
    found = [*sorted(Path(path).iterdir())] if os.path.isdir(path) else [Path(path)]
    if isinstance(path, FormattedFile):
        known = parse_format(path.format)
        found += [file for file in (known.names, known.images) if file is not None]
    return found


def parse_format(text: str | None) -> NamedFormat:
    """The format that `NAME[,option=value ...]` says; None says nothing.

    Raises InputError for a name, an option or a value that is not known.
    """
    if text is None:
        return NamedFormat()
    name, *rest = text.split(",")
    if name not in FORMATS:
        near = get_close_matches({"json": "coco", "txt": "mot"}.get(name, name), FORMATS, 1)
        cure = f"did you mean {near[0]}? There are {', '.join(FORMATS)}" if near else f"use one of {', '.join(FORMATS)}"
        raise InputError(OPTION, None, f"is {name!r}", cure)
    values: dict[str, Any] = {}
    for part in rest:
        key, equals, value = part.partition("=")
        if not equals or key not in FORMATS[name]:
            cure = f"{name} takes {', '.join(f'{known}=' for known in FORMATS[name])}"
            raise InputError(OPTION, None, f"{text!r} says {part!r}", cure)
        try:
            values[key] = _PARSE[key](value)
        except ValueError as error:
            raise InputError(OPTION, None, f"{key} is {value!r}", str(error)) from None
    return NamedFormat(name, **values)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 9 and int(text) <= LAST_FRAME):
        raise ValueError("write the number of the first frame, such as 0")
    return int(text)


def _one_of(*known: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in known:
            raise ValueError(f"use one of {', '.join(known)}")
        return text

    return parse


_PARSE: dict[str, Callable[[str], Any]] = {
    "first": _whole,
    "box": _one_of(*LAYOUTS),
    "sixth": _one_of(*SIXTH),
    "names": Path,
    "images": Path,
}
