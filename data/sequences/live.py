"""A camera or a stream as a sequence: the newest frame is used, and those that nobody had time for are counted."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import count
from threading import Event

from flatsort.data.boxtable import BoxTable
from flatsort.data.sequences.picture import Picture
from flatsort.data.sequences.read_ahead import read_ahead
from flatsort.data.sequences.reconnecting import Reconnecting
from flatsort.data.sequences.sequence import Frame, Sequence


class LiveSequence(Sequence):
    """Frames of a camera or a stream, from now on.

    A frame that comes while the reader is busy waits until the next comes, which takes its place. `Frame.index` counts
    the frames that the source gave, those dropped too. A stream that says how long it is, as a file that a server
    holds, is a recording: none of its frames is dropped.

    dropped: frames that nobody had time for, in the last iteration. reconnections: how often the source broke off and
    was reached again.
    """

    def __init__(
        self,
        name: str,
        source: str | int,
        detections: BoxTable,
        live: Reconnecting,
        *,
        images: bool = True,
        every: int = 1,
    ) -> None:
        self._live = live
        super().__init__(name, source, detections, None, every=every)
        self._with_images = images
        self._dropped = 0
        self._stop = Event()

    @property
    def has_images(self) -> bool:
        """Whether frames carry images."""
        return self._with_images

    @property
    def dropped(self) -> int:
        """Frames that nobody had time for."""
        return self._dropped

    @property
    def reconnections(self) -> int:
        """How often the source was reached again."""
        return self._live.reconnections

    @property
    def frame_rate(self) -> float | None:
        """Frames a second, None where the source does not say; it is known with the first frame."""
        return self._live.source.frame_rate

    @frame_rate.setter
    def frame_rate(self, rate: float | None) -> None:
        self._live.source.frame_rate = rate

    def stop(self) -> None:
        """End the iteration that goes on, from whatever thread."""
        self._stop.set()

    def __iter__(self) -> Iterator[Frame]:
        self._dropped = 0
        self._stop = stop = Event()

        def produce() -> Generator[Picture, None, None]:
            return self._live.pictures(self.every, stop)

        pictures = read_ahead(produce, 1, late=self._drop, stopped=stop.is_set)
        try:
            for number, picture in zip(count(1), pictures):
                if self.length is not None and number > self.length:
                    return
                image = picture.image if self._with_images else None
                yield Frame(picture.index, image, self.detections.detections(picture.index), picture.time)
                del picture, image
        finally:
            stop.set()
            pictures.close()

    def _drop(self) -> bool:
        if self._live.source.recorded:
            return False
        self._dropped += 1
        return True
