"""A small sequence whose every part a test can choose, and the tracks in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from flatsort.data import BoxTable, Detections, InputError


@dataclass(frozen=True, slots=True)
class StandInFrame:
    """What `data.Frame` is."""

    index: int
    image: NDArray[np.uint8] | None
    detections: Detections
    time: float | None = None


@dataclass
class StandInSequence:
    """What `data.Sequence` is, without files: noise for images, or none; unreadable from frame `fails_at` on."""

    length: int | None = 6
    size: tuple[int, int] | None = (160, 120)
    has_images: bool = True
    detections: Any = field(default_factory=list)  # given as one `Detections` a frame; then the table of all
    fails_at: int | None = None
    name: str = "made-up"
    source: str = "made-up.avi"
    frame_rate: float | None = 10.0
    images: dict[int, NDArray[np.uint8]] = field(default_factory=dict)
    class_names: None = None

    def __post_init__(self) -> None:
        frames = np.repeat(np.arange(1, len(self.detections) + 1), [len(found) for found in self.detections])
        boxes = np.concatenate([np.empty((0, 4)), *(found.boxes for found in self.detections)])
        scores = np.concatenate([np.empty(0), *(found.scores for found in self.detections)])
        none = np.full(len(frames), -1)
        self.detections = BoxTable(frames, none, boxes, scores, none, np.ones(len(frames)))

    def image(self, index: int) -> NDArray[np.uint8]:
        if index not in self.images:
            width, height = self.size or (160, 120)
            noise = np.random.default_rng(index).integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
            self.images[index] = noise.repeat(8, axis=0).repeat(8, axis=1)
        return self.images[index]

    def stop(self) -> None:
        """It ends of itself."""

    def __iter__(self) -> Iterator[StandInFrame]:
        for index in range(1, (self.length or 6) + 1):
            if index == self.fails_at:
                raise InputError(self.source, None, f"frame {index} cannot be decoded", "restore the file")
            there = self.detections.detections(index)
            yield StandInFrame(index, self.image(index) if self.has_images else None, there)


def box_table(rows: Sequence[tuple[int, int, float, float, float, float]]) -> BoxTable:
    """(frame, id, left, top, right, bottom), in order of frames."""
    values = np.array(rows, float).reshape(-1, 6)
    n = len(values)
    frames, ids = values[:, 0].astype(np.int64), values[:, 1].astype(np.int64)
    return BoxTable(frames, ids, values[:, 2:], np.ones(n), np.full(n, -1), np.ones(n))


@pytest.fixture
def table_of() -> Callable[[Sequence[tuple[int, int, float, float, float, float]]], BoxTable]:
    return box_table


@pytest.fixture
def stand_in() -> type[StandInSequence]:
    return StandInSequence


@pytest.fixture
def walk() -> BoxTable:
    """Identity 4 walks right through frames 1 to 6; identity 9 stands in frames 2, 3 and 5."""
    walker = [(frame, 4, 10.0 + 12 * frame, 30.0, 34.0 + 12 * frame, 90.0) for frame in range(1, 7)]
    stander = [(frame, 9, 100.0, 20.0, 130.0, 100.0) for frame in (2, 3, 5)]
    return box_table(sorted(walker + stander))
