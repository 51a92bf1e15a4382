"""A sequence: images and detections, frame by frame, whatever they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from itertools import islice, takewhile
from os import PathLike

import numpy as np
from numpy.typing import NDArray

from flatsort.data.boxtable import BoxTable, Detections
from flatsort.data.classes import Names
from flatsort.data.errors import InputError
from flatsort.data.sequences.picture import ImageSource
from flatsort.data.sequences.read_ahead import read_ahead


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame.

    index: its place in the source, from 1. image: (h, w, 3) uint8 BGR, or None. detections: its boxes and scores.
    time: in seconds from the first, by the source's own clock; None where it has none.
    """

    index: int
    image: NDArray[np.uint8] | None
    detections: Detections
    time: float | None = None


class Sequence:
    """Frames in order, read as they are used; images are decoded in a thread, a bounded number ahead.

    name: of its results. source: what it was opened from. length: number of frames, None where it is not known
    before the end. frame_rate: frames a second, or None. size: (width, height) in pixels, or None. has_images:
    whether frames carry images. detections: all of them, sorted by frame. every: the first frame and each `every`-th
    after it are read, the others are left out.

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
        unseen: Callable[[], Iterator[float | None]] | None = None,
        every: int = 1,
    ) -> None:
        """A sequence of parts.

        declared_size: (width, height) that every image must have, because the boxes were measured in it; the frames
            are then those of a benchmark, whose clock is its frame rate, and times in the images are not heeded.
        unseen: where there are no images, the frames that have one in the source: the time of each.
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
        self.every = every

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

    @property
    def dropped(self) -> int:
        """Frames of a camera or a stream that nobody had time for."""
        return 0

    @property
    def reconnections(self) -> int:
        """How often a camera or a stream was reached again after it broke off."""
        return 0

    def shorten(self, frames: int | None) -> None:
        """Let it end after so many frames; None leaves it as it is."""
        if frames is not None:
            self.length = frames if self.length is None else min(frames, self.length)

    def stop(self) -> None:
        """End the iteration of a camera or a stream, from whatever thread."""

    def __iter__(self) -> Iterator[Frame]:
        length, every = self.length, self.every
        last = self.detections.last_frame if length is None else length
        if self._images is None and self._unseen is None:
            for index in range(1, last + 1, every):
                yield Frame(index, None, self.detections.detections(index))
            return
        index = 1 - every
        if self._images is None and self._unseen is not None:
            for index, time in islice(enumerate(self._unseen(), start=1), 0, length, every):
                yield Frame(index, None, self.detections.detections(index), time)
        elif self._images is not None:
            with closing(read_ahead(partial(self._images.pictures, every), self._read_ahead)) as pictures:
                for picture in takewhile(lambda picture: length is None or picture.index <= length, pictures):
                    image, index = picture.image, picture.index
                    self._check_size(index, image)
                    time = None if self._declared_size is not None else picture.time
                    yield Frame(index, image, self.detections.detections(index), time)
                    del picture, image  # a large picture is not held while the next is waited for
        if index + every <= last:
            reason = "detections reach" if length is None else "the sequence has"
            problem = f"frame {index + every} has no image, and {reason} frame {last}"
            cure = f"replace the images, or use the first {max(index, 0)} frames"
            raise InputError(str(self.source), None, problem, cure)

    def _check_size(self, index: int, image: NDArray[np.uint8]) -> None:
        size = (image.shape[1], image.shape[0])
        if self._declared_size is not None and size != self._declared_size:
            width, height = self._declared_size
            problem = f"frame {index} is {size[0]}x{size[1]} pixels, seqinfo.ini says {width}x{height}"
            raise InputError(str(self.source), None, problem, "correct imWidth and imHeight, or replace the images")
