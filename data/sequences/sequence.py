"""A sequence: images and detections, frame by frame, whatever they come from."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from os import PathLike
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable, Detections
from flatsort.data.classes import Names
from flatsort.data.errors import InputError
from flatsort.data.sequences.read_ahead import read_ahead


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame. index: from 1. image: (h, w, 3) uint8 BGR, or None. detections: its boxes and scores."""

    index: int
    image: NDArray[np.uint8] | None
    detections: Detections


class ImageSource(Protocol):
    """Where images come from: each call of `images` starts anew."""

    def images(self) -> Generator[NDArray[np.uint8], None, None]:
        """Decode the images one by one. Raises InputError at a frame that cannot be read."""
        ...


class Sequence:
    """Frames in order, read as they are used; images are decoded in a thread, a bounded number ahead.

    name: of its results. source: what it was opened from. length: number of frames, None where it is not known
    before the end. frame_rate: frames a second, or None. size: (width, height) in pixels, or None. has_images:
    whether frames carry images. detections: all of them, sorted by frame.

    Each `iter()` starts anew; a camera or stream starts from now. Raises InputError at the frame that cannot be read,
    after the frames before it.
    """

    def __init__(
        self,
        name: str,
        source: str | PathLike[str] | int,
        detections: BoxTable,
        images: ImageSource | None,
        *,
        length: int | None = None,
        frame_rate: float | None = None,
        size: tuple[int, int] | None = None,
        declared_size: tuple[int, int] | None = None,
        read_ahead: int = 8,
        unseen: Callable[[], Iterator[None]] | None = None,
    ) -> None:
        """A sequence of parts.

        declared_size: (width, height) that every image must have, because the boxes were measured in it.
        unseen: where there are no images, the frames that have one in the source: one item each.
        """
        self.name = name
        self.source = source
        self.detections = detections
        self.length = length
        self.frame_rate = frame_rate
        self.size = size
        self._images = images
        self._declared_size = declared_size
        self._read_ahead = read_ahead
        self._unseen = unseen

    @property
    def has_images(self) -> bool:
        """Whether frames carry images."""
        return self._images is not None

    @property
    def class_names(self) -> Names | None:
        """The names of the classes of its detections, empty where they have none; None where there are no classes."""
        return self.detections.names if self.detections.has_classes else None

    @property
    def is_live(self) -> bool:
        """Whether it is a camera or a stream, which goes on for ever and cannot be read twice."""
        return isinstance(self.source, int) or "://" in str(self.source)

    def __iter__(self) -> Iterator[Frame]:
        if self._images is None and self._unseen is None:
            last = self.detections.last_frame if self.length is None else self.length
            for index in range(1, last + 1):
                yield Frame(index, None, self.detections.detections(index))
            return
        index = 0
        if self._images is None and self._unseen is not None:
            for index, _ in enumerate(islice(self._unseen(), self.length), start=1):
                yield Frame(index, None, self.detections.detections(index))
        elif self._images is not None:
            with closing(read_ahead(self._images.images, self._read_ahead)) as images:
                for index, image in enumerate(islice(images, self.length), start=1):
                    self._check_size(index, image)
                    yield Frame(index, image, self.detections.detections(index))
        last = self.detections.last_frame if self.length is None else self.length
        if index < last:
            reason = "detections reach" if self.length is None else "the sequence has"
            problem = f"frame {index + 1} has no image, and {reason} frame {last}"
            raise InputError(str(self.source), None, problem, f"replace the images, or use the first {index} frames")

    def _check_size(self, index: int, image: NDArray[np.uint8]) -> None:
        size = (image.shape[1], image.shape[0])
        if self._declared_size is not None and size != self._declared_size:
            width, height = self._declared_size
            problem = f"frame {index} is {size[0]}x{size[1]} pixels, seqinfo.ini says {width}x{height}"
            raise InputError(str(self.source), None, problem, "correct imWidth and imHeight, or replace the images")
