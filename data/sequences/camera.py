"""Frames from a camera of this machine."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.opencv import import_cv2


class Camera:
    """A camera by its number: it has no length, and starts anew from now."""

    length: int | None = None
    size: tuple[int, int] | None = None
    frame_rate: float | None = None

    def __init__(self, number: int) -> None:
        self.number = number

    def images(self) -> Generator[NDArray[np.uint8], None, None]:
        """Read until the camera ends, (h, w, 3) uint8 BGR each. Raises InputError where it gives no frame."""
        cv2 = import_cv2()
        frames = 0
        try:
            capture = cv2.VideoCapture(self.number)
        except cv2.error:
            raise self._silent() from None
        try:
            while True:
                read, image = capture.read()
                if not read:
                    break
                yield image
                frames += 1
        finally:
            capture.release()
        if not frames:
            raise self._silent()

    def _silent(self) -> InputError:
        return InputError(f"camera {self.number}", None, "gives no frame", "check that it is there and not in use")
