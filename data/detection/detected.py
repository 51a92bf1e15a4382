"""A sequence whose detections a detector finds while the frames before are described and tracked."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable, Detections
from flatsort.data.classes import UNKNOWN, Names, class_numbers
from flatsort.data.detection.detector import Detector, Found, detect
from flatsort.data.errors import InputError
from flatsort.data.sequences.read_ahead import read_ahead
from flatsort.data.sequences.sequence import Frame, Sequence

FIRST_CLASS = 1  # the number of a detector's first class, in whatever is written
_AHEAD = 2  # frames found ahead: enough that neither side waits, few in memory


class DetectedSequence(Sequence):
    """The frames of a sequence with what a detector finds in them; its `detections` are empty until frames are read.

    sequence: has images. detector: see `load_detector`.
    classes: names of the classes to keep, or numbers from 1; None for `person` where the detector knows it, else all.

    Decoding, detection and what the reader does overlap, each in a thread of its own; frames come in order.
    Raises InputError for a class that the detector does not know, and for a sequence without images.
    """

    def __init__(self, sequence: Sequence, detector: Detector, classes: tuple[str, ...] | None = None) -> None:
        if not sequence.has_images:
            raise InputError(str(sequence.source), None, "has no images to find anything in", "name a video or images")
        self._sequence = sequence
        super().__init__(
            sequence.name,
            sequence.source,
            BoxTable.none(),
            None,
            length=sequence.length,
            frame_rate=sequence.frame_rate,
            size=sequence.size,
            every=sequence.every,
        )
        self.detector = detector
        self._numbers = kept_classes(detector, classes)

    @property
    def has_images(self) -> bool:
        """Whether frames carry images."""
        return True

    @property
    def class_names(self) -> Names:
        """The names of the classes that are kept."""
        names = names_of(self.detector)
        return names if self._numbers is None else {n: names[n] for n in self._numbers.tolist() if n in names}

    @property
    def length(self) -> int | None:
        """Of the sequence that is looked through."""
        return self._sequence.length

    @length.setter
    def length(self, length: int | None) -> None:
        self._sequence.length = length

    @property
    def frame_rate(self) -> float | None:
        """Of the sequence that is looked through; a camera or a stream says it with its first frame."""
        return self._sequence.frame_rate

    @frame_rate.setter
    def frame_rate(self, rate: float | None) -> None:
        self._sequence.frame_rate = rate

    @property
    def dropped(self) -> int:
        """Frames of a camera or a stream that nobody had time for."""
        return self._sequence.dropped

    @property
    def reconnections(self) -> int:
        """How often a camera or a stream was reached again after it broke off."""
        return self._sequence.reconnections

    def stop(self) -> None:
        """End the iteration of a camera or a stream, from whatever thread."""
        self._sequence.stop()

    def __iter__(self) -> Iterator[Frame]:
        frames = read_ahead(self._found, _AHEAD)
        try:
            yield from frames
        finally:
            self.stop()
            frames.close()

    def _found(self) -> Generator[Frame, None, None]:
        for frame in self._sequence:
            assert frame.image is not None
            found = detect(self.detector, frame.image)
            numbers = found.classes + FIRST_CLASS
            if self._numbers is not None:
                keep = np.isin(numbers, self._numbers)
                found, numbers = found.take(keep), numbers[keep]
            yield replace(frame, detections=Detections(found.boxes, found.scores, numbers))


def find_all(frames: Iterable[Frame], names: Names | None = None) -> BoxTable:
    """All detections of frames as one table. names: of their classes."""
    parts: list[tuple[int, Found]] = []
    for frame in frames:
        there = frame.detections
        classes = np.full(len(there), UNKNOWN) if there.classes is None else there.classes
        parts.append((frame.index, Found(there.boxes, there.scores, classes)))
    numbers = np.concatenate([np.empty(0, np.int64), *(np.full(len(found.boxes), index) for index, found in parts)])
    boxes = np.concatenate([np.empty((0, 4)), *(found.boxes for _, found in parts)])
    scores = np.concatenate([np.empty(0), *(found.scores for _, found in parts)])
    classes = np.concatenate([np.empty(0, np.int64), *(found.classes for _, found in parts)])
    return BoxTable(numbers, np.full(len(numbers), -1), boxes, scores, classes, np.ones(len(numbers)), names or {})


def kept_classes(detector: Detector, classes: tuple[str, ...] | None) -> NDArray[np.int64] | None:
    """The numbers of the classes to keep, from 1; None for all. Raises InputError for a name that it does not know."""
    names = names_of(detector)
    if classes is None:
        return np.array([FIRST_CLASS + detector.class_names.index("person")]) if "person" in names.values() else None
    numbers = class_numbers(classes, names, detector.name)
    beyond = [number for number in numbers or () if names and number not in names]
    if beyond:
        problem = f"{detector.name} has no class {beyond[0]}"
        raise InputError("--classes", None, problem, f"write names, or numbers from {min(names)} to {max(names)}")
    return None if numbers is None else np.array(numbers, np.int64)


def names_of(detector: Detector) -> Names:
    """The names of a detector's classes by their numbers: from 1, as in MOTChallenge, where that is the pedestrian."""
    return dict(enumerate(detector.class_names, start=FIRST_CLASS))
