"""Detections that cannot be cut into crops to learn from: too few, of another video, or of a picture that stands."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.opencv import import_cv2
from flatsort.data.sequences.sequence import Sequence

cv2 = import_cv2()

# Pictures are compared by the means of cells of so many pixels: coding noise averages out, a person's step does not.
_CELL = 8
# Grey levels that a cell of a standing picture changes by where a video is coded anew, and the share of its frames at
# which it is (key frames: one in 12 in OpenCV's MPEG-4).
_CODING = 3.0
_KEY_FRAMES = 0.1


def usable_rows(sequence: Sequence, min_height: float, fewest: int = 1) -> NDArray[np.int64]:
    """Rows of the sequence's detections that are high enough.

    fewest: how many crops are needed in all, for the message. Raises InputError where there are no images or no rows,
    or where most boxes lie outside the images.
    """
    source = str(sequence.source)
    if not sequence.has_images:
        raise InputError(source, None, "has no images to cut crops from", "name a sequence with its images")
    if sequence.is_live:
        raise InputError(source, None, "is live and cannot be read again", "record it into a file first")
    if not len(sequence.detections):
        cure = "give detections of people with --detections FILE, or as det/det.txt in a MOTChallenge folder"
        raise InputError(source, None, f"has no detections: 0 crops were found, at least {fewest} are needed", cure)
    boxes = sequence.detections.boxes
    rows = np.flatnonzero((boxes[:, 3] - boxes[:, 1] >= min_height) & (boxes[:, 2] > boxes[:, 0]))
    if not len(rows):
        problem = f"has no detections at least {min_height:g} pixels high: 0 crops were found, at least {fewest}"
        raise InputError(source, None, f"{problem} are needed", "name a sequence with larger people")
    _check_fit(sequence, rows)
    return rows


def check_count(sources: list[str], found: int, fewest: int, min_height: float) -> None:
    """Raise InputError where fewer crops were found than are needed."""
    if found < fewest:
        problem = f"{found} crops were found (detections at least {min_height:g} pixels high), at least {fewest}"
        raise InputError(", ".join(sources), None, f"{problem} are needed", "give longer or more sequences with people")


class StillPictures:
    """Counts the frames whose picture is that of the frame before."""

    def __init__(self) -> None:
        self.frames, self.changed = 0, 0
        self._last: NDArray[np.float32] | None = None

    def see(self, image: NDArray[np.uint8]) -> None:
        """Take the next frame's image, (h, w, 3) uint8."""
        height, width = image.shape[:2]
        size = (max(1, width // _CELL), max(1, height // _CELL))
        cells: NDArray[np.float32] = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
        self.frames += 1
        if self._last is not None and (
            cells.shape != self._last.shape or float(np.abs(cells - self._last).max()) > _CODING
        ):
            self.changed += 1
        self._last = cells

    def refuse(self, source: str) -> None:
        """Raise InputError where the picture stands: crops of it do not differ."""
        if self.frames > 1 and self.changed <= _KEY_FRAMES * (self.frames - 1):
            problem = f"its picture stands: {self.changed} of {self.frames - 1} frames differ from the frame before"
            raise InputError(source, None, f"{problem}, and so its crops do not differ", "give a video that moves")


def _check_fit(sequence: Sequence, rows: NDArray[np.int64]) -> None:
    """Raise InputError where more than half of the boxes lie outside the image by more than half."""
    if sequence.size is None:
        return  # a folder of images that differ in size
    size = np.array(sequence.size, np.float64)
    boxes = sequence.detections.boxes[rows]
    inside = (np.minimum(boxes[:, 2:], size) - np.maximum(boxes[:, :2], 0)).clip(0).prod(axis=1)
    outside = int((inside < 0.5 * (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)).sum())
    if 2 * outside > len(rows):
        width, height = sequence.size
        problem = f"{outside} of {len(rows)} detections lie outside its images of {width}x{height} pixels"
        raise InputError(str(sequence.source), None, problem, "give the detections of this very video, in its pixels")
