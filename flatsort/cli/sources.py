"""The sources that a command is given, and the files that it names after them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from flatsort.data.errors import InputError
from flatsort.data.files.formats.named import FORMATS, FormattedFile, parse_format
from flatsort.data.files.tracks import TRACK_SUFFIXES
from flatsort.data.files.video_writer import VIDEO_SUFFIXES
from flatsort.data.sequences.sources import find_sequences

# What users call files, and hardly a folder.
_OF_FILES = {*TRACK_SUFFIXES, *VIDEO_SUFFIXES, ".npy", ".npz", ".html"}

Sources = Annotated[
    list[str], typer.Argument(metavar="SOURCE...", help="MOTChallenge folders, a folder of such folders, videos.")
]
Detector = Annotated[
    str | None,
    typer.Option(
        help="Find people first: motion, FILE.onnx, torchvision:NAME or FILE.py. Default where a source comes without "
        "detections: motion."
    ),
]
Classes = Annotated[
    str | None,
    typer.Option(
        help="Classes to keep, by name or number, with commas; or all. Default: person of a detector that knows it."
    ),
]
Detections = Annotated[
    Path | None,
    typer.Option(
        help="Detections of the (single) source, instead of its det/det.txt: MOTChallenge or VisDrone text, CSV, "
        "Parquet, COCO JSON, or a folder of YOLO labels."
    ),
]
DetectionsFormat = Annotated[
    str | None,
    typer.Option(
        help=f"{', '.join(FORMATS)}, with options as in csv,box=cxcywh or mot,first=0. Default: what the content shows."
    ),
]


def formatted(detections: Path | None, format: str | None) -> Path | FormattedFile | None:
    """`--detections` in the format that `--detections-format` says. Raises InputError where that cannot be."""
    if format is None:
        return detections
    parse_format(format)
    if detections is None:
        raise InputError("--detections-format", None, "is there, and no --detections", "name the file of detections")
    return FormattedFile(detections, format)


def resolve(sources: Sequence[str], **one_file: Path | None) -> list[str]:
    """The sources, with each folder of sequences replaced by its sequences.

    one_file: options, by name, that hold for a single source where they are given. Raises InputError where there are
    more.
    """
    found = find_sequences(sources)
    for option, file in one_file.items():
        if file is not None and len(found) > 1:
            problem = f"is one file for {len(found)} sources"
            raise InputError(f"--{option}", None, problem, "take the sources one by one")
    return found


def one_file(output: Path, *suffixes: str) -> Path | None:
    """`--output` where it names the file of a single source; None where it names a folder.

    suffixes: of the files that the command writes. Raises InputError for the name of a file that it does not write, so
    that no folder gets it.
    """
    suffix = output.suffix.lower()
    if output.is_dir() or suffix not in {*suffixes, *_OF_FILES}:
        return None
    if suffix not in suffixes:
        cure = f"name a folder, or for one source a file that ends in {', '.join(suffixes)}"
        raise InputError("--output", None, f"{output} is not the name of what is written", cure)
    return output


class NamedAfterSources:
    """Files that are named after sequences; two of one name would overwrite each other."""

    def __init__(self) -> None:
        self._source_of: dict[Path, str] = {}

    def claim(self, path: Path, source: str) -> Path:
        """The path, now taken by the source. Raises InputError where another has taken it."""
        if path in self._source_of:
            raise InputError(source, None, f"has the name of {self._source_of[path]}", "give it another --output")
        self._source_of[path] = source
        return path
