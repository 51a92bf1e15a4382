"""Frames from a camera of this machine."""

from __future__ import annotations

from collections.abc import Generator
from time import monotonic

from flatsort.data.errors import InputError
from flatsort.data.limits import FASTEST_RATE
from flatsort.data.opencv import import_cv2
from flatsort.data.sequences.picture import Picture
from flatsort.data.sequences.reconnecting import BrokenConnectionError


class Camera:
    """A camera by its number; its clock is this machine's."""

    recorded = False
    frame_rate: float | None = None

    def __init__(self, number: int) -> None:
        self.number = number

    def connect(self, every: int = 1) -> Generator[Picture | None, None, None]:
        """Read until the camera gives no more. Raises BrokenConnectionError then."""
        cv2 = import_cv2()
        try:
            capture = cv2.VideoCapture(self.number)
        except cv2.error as error:
            raise BrokenConnectionError(str(error)) from None
        try:
            rate = capture.get(cv2.CAP_PROP_FPS)
            self.frame_rate = rate if 0 < rate <= FASTEST_RATE else None
            start, index = monotonic(), 0
            while True:
                read, image = capture.read()
                if not read:
                    raise BrokenConnectionError("it gives no frame")
                index += 1
                yield None if (index - 1) % every else Picture(image, index, monotonic() - start)
        finally:
            capture.release()

    def failed(self, frames: int, reason: str, tries: int) -> InputError:
        """What the user is told, as `LiveSource`."""
        if not frames:
            return InputError(f"camera {self.number}", None, "gives no frame", "check that it is there and not in use")
        again = f", and {tries} tries to open it again failed" if tries else ""
        return InputError(f"camera {self.number}", None, f"gave {frames} frames and no more{again}", "check its cable")
