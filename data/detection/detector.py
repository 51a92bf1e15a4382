"""The seam of detectors: any callable from an image to boxes, scores and classes."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError


class Found(NamedTuple):
    """What a detector found in one image.

    boxes: (n, 4) float64, `xyxy` in pixels of the image.
    scores: (n,) float64, from 0 to 1.
    classes: (n,) int64, places in the detector's `class_names`.
    """

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]
    classes: NDArray[np.int64]

    def take(self, keep: NDArray[np.bool_] | NDArray[np.int64]) -> Found:
        """The rows that a mask or an array of row numbers names."""
        return Found(self.boxes[keep], self.scores[keep], self.classes[keep])

    @staticmethod
    def none() -> Found:
        """Nothing."""
        return Found(np.empty((0, 4)), np.empty(0), np.empty(0, np.int64))


class Detector(Protocol):
    """A detector.

    name: what the user called it. class_names: the name of each class, in the order of their numbers; empty where the
    classes have no names.
    """

    name: str
    class_names: tuple[str, ...]

    def __call__(self, image: NDArray[np.uint8]) -> Found:
        """Find objects in an image, (h, w, 3) uint8 BGR."""
        ...


def detect(detector: Detector, image: NDArray[np.uint8]) -> Found:
    """What the detector finds in an image, checked, in order of falling score.

    image: (h, w, 3) uint8 BGR. Boxes that are not finite, have no area or lie outside the image are left out.

    Raises InputError where the detector returns something else than boxes (n, 4), scores (n,) and classes (n,).
    """
    found = detector(image)
    try:
        boxes, scores, classes = found
        boxes, scores = np.asarray(boxes, np.float64), np.asarray(scores, np.float64)
        classes = np.asarray(classes, np.int64)
    except (TypeError, ValueError):
        problem = f"returned {type(found).__name__}, not boxes, scores and classes as numbers"
        raise InputError(f"detector {detector.name}", None, problem, "return Found(boxes, scores, classes)") from None
    n = len(boxes)
    if boxes.shape != (n, 4) or scores.shape != (n,) or classes.shape != (n,):
        shapes = f"boxes {boxes.shape}, scores {scores.shape}, classes {classes.shape}"
        raise InputError(f"detector {detector.name}", None, f"returned {shapes}", "return (n, 4), (n,) and (n,)")
    height, width = image.shape[:2]
    with np.errstate(invalid="ignore"):
        inside = (boxes[:, :2] < (width, height)).all(axis=1) & (boxes[:, 2:] > 0).all(axis=1)
        keep = np.flatnonzero(
            np.isfinite(boxes).all(axis=1) & np.isfinite(scores) & inside & (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        )
    order = keep[np.lexsort((*boxes[keep].T[::-1], -scores[keep]))]
    return Found(boxes[order], scores[order], classes[order])
