"""The page of a source's tracks, which several commands write."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from flatsort.data import BoxTable, InputError, open_sequence, read_ground_truth, read_tracks
from flatsort.data.classes import EVERY, kinds_of
from flatsort.data.files.class_names import names_beside
from flatsort.data.progress import Shown, Watch
from flatsort.eval.report import write_report


def report(
    shown: Shown,
    source: str,
    tracks: Path,
    output: Path,
    ground_truth: Path | None,
    settings: dict[str, str],
    classes: str | None = None,
) -> None:
    """Write the page of a source's tracks and say so; ground truth None: the source's own, where it has one.

    Raises InputError as `write_page`.
    """
    write_page(shown.watch, source, tracks, output, ground_truth, settings, classes=classes)
    shown.say(f"wrote {output}")


def write_page(
    watching: Watch,
    source: str,
    tracks: Path,
    output: Path,
    ground_truth: Path | None,
    settings: dict[str, str],
    frames: int | None = None,
    classes: str | None = None,
) -> None:
    """Write the page of a source's tracks.

    frames: of the first so many; None: of all. classes: of the ground truth to score, as of `truth_by_class`.

    Raises InputError where one of the files cannot be read or does not fit the source, and as `write_report`.
    """
    sequence = open_sequence(source, boxes=False)
    own = Path(source, "gt", "gt.txt")
    file = ground_truth or (own if own.is_file() else None)
    table = read_tracks(tracks, sequence.length, size=sequence.size)
    if file is None and classes is not None:
        raise InputError("--classes", None, "chooses what is scored, and there is no ground truth", "leave it out")
    truth, classes = (None, None) if file is None else truth_by_class(file, sequence.length, table, classes)
    if truth is not None and frames is not None:
        truth = truth[truth.frames <= frames]
    sequence.shorten(frames)
    watch = watching(f"report, {sequence.name}", sequence.length)
    try:
        write_report(sequence, table, output, truth=truth, classes=classes, settings=settings, watch=watch)
    except ValueError as error:
        raise InputError(f"{file} and {tracks}", None, str(error), "correct the file") from None


def truth_by_class(
    file: Path, length: int | None, tracks: BoxTable, classes: str | None
) -> tuple[BoxTable, str | None]:
    """Ground truth, and which of its classes to score, each by itself; None for people alone.

    classes: what was asked for. None: all, where the ground truth comes with names of its classes, as `flatsort eval`
    does, or where the tracks are of several classes and it tells classes apart; else people alone.

    Raises InputError where classes are asked for and it has none, and as `read_ground_truth`.
    """
    named = bool(names_beside(file, np.empty(0, np.int64)))
    wanted = EVERY if classes is None and (named or kinds_of(tracks) is not None) else classes
    truth = read_ground_truth(file, length, classes=wanted is not None)
    if wanted is None:
        return truth, None
    if (truth.classes >= 0).any():
        own = names_beside(file, truth.classes, first=0 if (truth.classes == 0).any() else 1)
        return (replace(truth, names=own) if own else truth), wanted
    if classes is not None:
        cure = "leave --classes out, or write them in column 8"
        raise InputError(file, None, "has no classes", cure)
    return read_ground_truth(file, length), None
