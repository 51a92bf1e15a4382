"""What the tracker accepts: wrong shapes, types or values are a ValueError that names the argument."""

from __future__ import annotations

from math import isfinite
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from flatsort.tracker.boxes import Floats
from flatsort.tracker.nearest import Vectors

Float = TypeVar("Float", np.float32, np.float64)


def checked_detections(boxes: ArrayLike, scores: ArrayLike) -> tuple[Floats, Floats]:
    """Boxes `(n, 4)` and scores `(n,)` as float64."""
    boxes = _numbers("boxes", boxes, np.float64)
    if boxes.size == 0:
        boxes = boxes.reshape(-1, 4) if boxes.shape in ((0,), (1, 0)) else boxes
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes has shape {boxes.shape}, expected (n, 4): left, top, right, bottom in pixels")
    _all_finite("boxes", boxes)
    if (boxes[:, 2:] < boxes[:, :2]).any():
        row = int((boxes[:, 2:] < boxes[:, :2]).any(1).argmax())
        raise ValueError(f"boxes row {row} is {boxes[row].tolist()}, expected left <= right and top <= bottom")
    scores = _numbers("scores", scores, np.float64)
    if scores.shape != boxes.shape[:1]:
        raise ValueError(f"scores has shape {scores.shape}, expected ({len(boxes)},), one for each row of boxes")
    _all_finite("scores", scores)
    return boxes, scores


def checked_embeddings(embeddings: ArrayLike, count: int) -> Vectors:
    """Embeddings `(count, d)` as float32."""
    vectors = _numbers("embeddings", embeddings, np.float32)
    if count == 0 and vectors.size == 0:
        return vectors.reshape(0, vectors.shape[1] if vectors.ndim == 2 else 0)
    if vectors.ndim != 2 or len(vectors) != count or not vectors.shape[1]:
        raise ValueError(f"embeddings has shape {vectors.shape}, expected ({count}, d), one row for each row of boxes")
    _all_finite("embeddings", vectors)
    return vectors


def checked_motion(motion: ArrayLike) -> Floats:
    """The camera's affine motion `(2, 3)` as float64."""
    matrix = _numbers("motion", motion, np.float64)
    if matrix.shape != (2, 3):
        raise ValueError(f"motion has shape {matrix.shape}, expected (2, 3): an affine map of pixels")
    _all_finite("motion", matrix)
    return matrix


def _numbers(name: str, values: ArrayLike, dtype: type[Float]) -> NDArray[Float]:
    try:
        array = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} is ragged, expected an array of numbers") from None
    if array.dtype.kind not in "fiu" and array.size:
        raise ValueError(f"{name} has dtype {array.dtype}, expected numbers")
    return array.astype(dtype, copy=False)


def _all_finite(name: str, array: NDArray[Float]) -> None:
    # The sum is finite if every value is, but for an overflow, which the full test then clears.
    if not isfinite(float(array.sum())) and not np.isfinite(array).all():
        row = int((~np.isfinite(array.reshape(len(array), -1))).any(1).argmax())
        raise ValueError(f"{name} row {row} is {array[row].tolist()}, expected finite numbers")
