"""Frames from a video file, a camera or a stream, decoded one by one."""

from __future__ import annotations

import math
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.opencv import import_cv2
from flatsort.data.sequences.container import is_cut_short, promised_frames


class Video:
    """A video file. length: the frames of a whole file, None where its container only estimates them.

    Raises InputError where the file cannot be opened; iterating, at the frame where a truncated or damaged file ends.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        capture = _open(str(path))
        if capture is None:
            problem = "frame 1 cannot be read (truncated, or no video that OpenCV opens)"
            raise InputError(path, None, problem, "replace the file or convert it to MP4")
        self.frame_rate, self.size, declared = _properties(capture)
        capture.release()
        self.length = None if declared is None else promised_frames(path, declared, self.frame_rate or math.inf)

    def images(self) -> Generator[NDArray[np.uint8], None, None]:
        """Decode from the first frame to the last, (h, w, 3) uint8 BGR each."""
        frames = 0
        for image in _decode(str(self.path)):
            yield image
            frames += 1
        if is_cut_short(self.path):
            raise self._broken(frames, "the file is cut short")
        if self.length is not None and frames < self.length:
            raise self._broken(frames, f"the file declares {self.length} frames")

    def _broken(self, frames: int, reason: str) -> InputError:
        problem = f"frame {frames + 1} cannot be read ({reason})"
        return InputError(self.path, None, problem, f"replace the file, or use its first {frames} frames")


class Live:
    """A camera or a stream: it has no length, and starts anew from now."""

    length: int | None = None
    size: tuple[int, int] | None = None
    frame_rate: float | None = None

    def __init__(self, address: int | str) -> None:
        self.address = address

    def images(self) -> Generator[NDArray[np.uint8], None, None]:
        """Decode until the source ends. Raises InputError where it cannot be opened."""
        frames = 0
        for image in _decode(self.address):
            yield image
            frames += 1
        if not frames:
            name = f"camera {self.address}" if isinstance(self.address, int) else self.address
            raise InputError(name, None, "gives no frame", "check that it is there and not in use")


def _open(address: int | str) -> Any:
    """A capture ready to read, or None."""
    cv2 = import_cv2()
    try:
        capture = cv2.VideoCapture(address)
    except cv2.error:
        return None
    return capture if capture.isOpened() else None


def _decode(address: int | str) -> Generator[NDArray[np.uint8], None, None]:
    capture = _open(address)
    if capture is None:
        return
    try:
        while True:
            read, image = capture.read()
            if not read:
                return
            yield image
    finally:
        capture.release()


def _properties(capture: Any) -> tuple[float | None, tuple[int, int] | None, int | None]:
    """(frame rate, (width, height), number of frames), each None where the container does not say."""
    cv2 = import_cv2()
    rate = float(capture.get(cv2.CAP_PROP_FPS))
    width, height = (int(capture.get(key)) for key in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
    count = capture.get(cv2.CAP_PROP_FRAME_COUNT)
    return (
        rate if 0 < rate < math.inf else None,
        (width, height) if width > 0 and height > 0 else None,
        int(count) if 0 < count < 2**40 else None,
    )
