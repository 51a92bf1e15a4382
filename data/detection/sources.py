"""From a source to its detections: a file of them, or a detector."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flatsort.data.boxtable import BoxTable
from flatsort.data.classes import keep_classes, split_classes
from flatsort.data.errors import InputError, remark
from flatsort.data.progress import Watch, unwatched
from flatsort.data.sequences.naming import is_live
from flatsort.data.sequences.opening import open_sequence

if TYPE_CHECKING:
    from flatsort.data.detection.detected import DetectedSequence
    from flatsort.data.sequences.sequence import Sequence

Source = str | PathLike[str] | int
DEFAULT_DETECTOR = "motion"  # needs neither weights nor another package


def has_detections(source: Source, detections: str | PathLike[str] | None = None) -> bool:
    """Whether an option or the source names a file of detections."""
    return detections is not None or Path(str(source), "det", "det.txt").exists()


def detected(source: Source, detector: str | None, classes: str | None = None, **reading: Any) -> DetectedSequence:
    """A source whose detections a detector finds as its frames are read.

    detector: a name or file for `load_detector`; None: DEFAULT_DETECTOR, with a `Remark` that says so.
    classes: names with commas between, see `DetectedSequence`.
    reading: timeout, every and reconnect as of `open_sequence`.

    Raises InputError where the source has no images, and as `open_sequence` and `load_detector`.
    """
    from flatsort.data.detection.detected import DetectedSequence
    from flatsort.data.detection.registry import load_detector

    sequence = open_sequence(source, boxes=False, **reading)
    if not sequence.has_images:
        cure = "give them with --detections FILE, or as det/det.txt in a MOTChallenge folder"
        raise InputError(str(source), None, "comes without detections, and without images to find any in", cure)
    chosen = None if classes is None else split_classes(classes)
    name = DEFAULT_DETECTOR if detector is None else detector
    found = DetectedSequence(sequence, load_detector(name, sequence=sequence), chosen)
    if detector is None:
        better = "a network finds people better: --detector FILE.onnx"
        found_by = f"{DEFAULT_DETECTOR} finds what moves before a fixed camera, {better}"
        remark(str(source), f"comes without detections; {found_by}")
    return found


def of_classes(sequence: Sequence, classes: str | None) -> Sequence:
    """The sequence with the detections of these classes alone; None keeps all. Raises InputError as `keep_classes`."""
    sequence.detections = keep_classes(sequence.detections, classes, str(sequence.source))
    return sequence


def open_detected(
    source: Source,
    detections: str | PathLike[str] | None,
    detector: str | None,
    classes: str | None = None,
    watch: Watch = unwatched,
) -> Sequence:
    """Open a source with all its detections at hand: those of a file, or found before anything else is done.

    detector: for `load_detector`; None: DEFAULT_DETECTOR where there is no file.
    watch: shows a bar over the frames that are looked through.

    Raises InputError where both are given, where a live source would have to be looked through first, and as
    `open_sequence` and `detected`.
    """
    if detections is not None and detector is not None:
        raise InputError("--detections", None, "are there, and a --detector too", "leave one of them out")
    if detector is None and has_detections(source, detections):
        return of_classes(open_sequence(source, detections=detections), classes)
    return open_sequence(source, detections=find_first(source, detector, classes, watch))


def find_first(
    source: Source,
    detector: str | None,
    classes: str | None = None,
    watch: Watch = unwatched,
    frames: int | None = None,
) -> BoxTable:
    """What a detector finds in a source, looked through before anything else is done.

    detector, classes: as of `detected`. watch: shows a bar over the frames. frames: stop after so many; None: all.

    Raises InputError where the source is live, and as `detected`.
    """
    from flatsort.data.detection.detected import find_all

    if is_live(source):
        raise InputError(str(source), None, "is live and cannot be looked through first", "record it into a file")
    found = detected(source, detector, classes)
    found.shorten(frames)
    return find_all(watch(f"detect, {found.name}", found.length)(found), found.class_names)
