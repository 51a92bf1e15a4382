"""A sequence whose detections a detector finds while the frames before are described and tracked."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from difflib import get_close_matches

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable, Detections
from flatsort.data.detection.detector import Detector, Found, detect
from flatsort.data.errors import InputError
from flatsort.data.sequences.read_ahead import read_ahead
from flatsort.data.sequences.sequence import Frame, Sequence

_AHEAD = 2  # frames found ahead: enough that neither side waits, few in memory


class DetectedSequence(Sequence):
    """The frames of a sequence with what a detector finds in them; its `detections` are empty until frames are read.

    sequence: has images. detector: see `load_detector`.
    classes: names of the classes to keep, None for `person` where the detector knows it, else all.

    Decoding, detection and what the reader does overlap, each in a thread of its own; frames come in order.
    Raises InputError for a class that the detector does not know, and for a sequence without images.
    """

    def __init__(self, sequence: Sequence, detector: Detector, classes: tuple[str, ...] | None = None) -> None:
        if not sequence.has_images:
            raise InputError(str(sequence.source), None, "has no images to find anything in", "name a video or images")
        super().__init__(
            sequence.name,
            sequence.source,
            BoxTable.none(),
            None,
            length=sequence.length,
            frame_rate=sequence.frame_rate,
            size=sequence.size,
        )
        self.detector = detector
        self._sequence = sequence
        self._numbers = class_numbers(detector, classes)

    @property
    def has_images(self) -> bool:
        """Whether frames carry images."""
        return True

    def __iter__(self) -> Iterator[Frame]:
        with closing(read_ahead(self._found, _AHEAD)) as frames:
            yield from frames

    def _found(self) -> Generator[Frame, None, None]:
        for frame in self._sequence:
            assert frame.image is not None
            found = detect(self.detector, frame.image)
            if self._numbers is not None:
                found = found.take(np.isin(found.classes, self._numbers))
            yield replace(frame, detections=Detections(found.boxes, found.scores, found.classes))


def find_all(frames: Iterable[Frame]) -> BoxTable:
    """All detections of frames as one table, classes counted from 1 as in MOTChallenge, where 1 is the pedestrian."""
    parts: list[tuple[int, Found]] = []
    for frame in frames:
        there = frame.detections
        classes = np.full(len(there), -2) if there.classes is None else there.classes
        parts.append((frame.index, Found(there.boxes, there.scores, classes)))
    numbers = np.concatenate([np.empty(0, np.int64), *(np.full(len(found.boxes), index) for index, found in parts)])
    boxes = np.concatenate([np.empty((0, 4)), *(found.boxes for _, found in parts)])
    scores = np.concatenate([np.empty(0), *(found.scores for _, found in parts)])
    classes = np.concatenate([np.empty(0, np.int64), *(found.classes for _, found in parts)]) + 1
    return BoxTable(numbers, np.full(len(numbers), -1), boxes, scores, classes, np.ones(len(numbers)))


def class_numbers(detector: Detector, classes: tuple[str, ...] | None) -> NDArray[np.int64] | None:
    """The numbers of the classes to keep, None for all. Raises InputError for a name that the detector lacks."""
    names = detector.class_names
    if classes is None:
        return np.array([names.index("person")]) if "person" in names else None
    numbers = []
    for wanted in classes:
        if wanted == "all":
            return None
        if wanted.isdecimal() and (not names or int(wanted) < len(names)):
            numbers.append(int(wanted))
        elif wanted in names:
            numbers.append(names.index(wanted))
        else:
            known = (
                f"did you mean {get_close_matches(wanted, names, 1, 0.0)[0]}?" if names else "its classes are numbers"
            )
            raise InputError("--classes", None, f"{detector.name} knows no {wanted!r}", known)
    return np.array(numbers, np.int64)
