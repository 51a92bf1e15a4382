"""Tracks in a window on the screen, while they are made."""

from __future__ import annotations

import os
import subprocess
import sys
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.opencv import import_cv2
from flatsort.tracker.drawing.draw import Trails, draw_boxes, draw_trails
from flatsort.tracker.drawing.picture import Image

_TRAIL = 45  # frames
_LARGEST = (1280, 720)  # width and height on the screen
_LEAVE = (27, ord("q"))  # Escape and q
# Qt ends the process where it finds no screen, so that another process has to look for it.
_LOOK = "import cv2; cv2.namedWindow('flatsort'); cv2.waitKey(1); cv2.destroyAllWindows()"


class Window:
    """Shows frames with boxes, ids and trails. Escape, q or closing the window interrupts, as Ctrl-C does.

    Raises InputError where there is no screen.
    """

    def __init__(self, title: str) -> None:
        os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")  # of fonts that opencv-python leaves out
        self._cv2 = import_cv2()
        self._title = title
        self._trails = Trails(_TRAIL)
        self._shown = False
        found = subprocess.run([sys.executable, "-c", _LOOK], capture_output=True, check=False)
        if found.returncode:
            cure = "run it where there is a screen, with opencv-python and not its headless build"
            raise InputError("--show", None, "no window can be opened", cure)

    def show(
        self,
        index: int,
        image: Image,
        ids: NDArray[np.int64],
        boxes: NDArray[np.float64],
        kinds: NDArray[np.str_] | None = None,
    ) -> None:
        """Show the tracks of a frame. ids: (m,). boxes: (m, 4) `xyxy`. kinds: (m,) what their classes are called.

        Raises KeyboardInterrupt for who has seen enough.
        """
        self._trails.add(index, ids, boxes)
        picture = image.copy()
        draw_trails(picture, self._trails.lines())
        draw_boxes(picture, ids, boxes, kinds)
        scale = min(1.0, _LARGEST[0] / picture.shape[1], _LARGEST[1] / picture.shape[0])
        if scale < 1:
            picture = self._cv2.resize(picture, None, fx=scale, fy=scale, interpolation=self._cv2.INTER_AREA)
        closed = self._shown and self._cv2.getWindowProperty(self._title, self._cv2.WND_PROP_VISIBLE) < 1
        if closed:
            raise KeyboardInterrupt
        self._cv2.imshow(self._title, picture)
        self._shown = True
        if self._cv2.waitKey(1) & 0xFF in _LEAVE:
            raise KeyboardInterrupt

    def __enter__(self) -> Window:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            self._cv2.destroyAllWindows()
            self._cv2.waitKey(1)
