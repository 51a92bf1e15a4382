"""Non-maximum suppression within each class, by OpenCV."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.data.detection.detector import Found
from flatsort.data.opencv import import_cv2


def suppress(found: Found, threshold: float) -> Found:
    """Of boxes of one class that overlap by more than `threshold` (IoU), keep the one of the highest score."""
    if not len(found.boxes):
        return found
    cv2 = import_cv2()
    kept: NDArray[np.int64] = np.asarray(
        cv2.dnn.NMSBoxesBatched(
            np.concatenate([found.boxes[:, :2], found.boxes[:, 2:] - found.boxes[:, :2]], axis=1).tolist(),
            found.scores.tolist(),
            found.classes.tolist(),
            0.0,
            threshold,
        ),
        np.int64,
    ).reshape(-1)
    return found.take(kept)
