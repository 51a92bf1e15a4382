"""Intersection over union of all pairs of boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

EPSILON = float(np.finfo(float).eps)  # TrackEval's slack: an overlap of exactly the threshold is a match


def overlap(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """Intersection over union of every pair of boxes.

    first: (n, 4), second: (m, 4), `xyxy`. Returns (n, m) float64, 0 where a box has no area.
    The order of operations is TrackEval's: scores turn on whether an overlap reaches a threshold, to the last bit.
    """
    left_top = np.maximum(first[:, None, :2], second[None, :, :2])
    right_bottom = np.minimum(first[:, None, 2:], second[None, :, 2:])
    sides = np.maximum(right_bottom - left_top, 0)
    intersection: NDArray[np.float64] = sides[..., 0] * sides[..., 1]
    first_area = (first[:, 2] - first[:, 0]) * (first[:, 3] - first[:, 1])
    second_area = (second[:, 2] - second[:, 0]) * (second[:, 3] - second[:, 1])
    union = first_area[:, None] + second_area - intersection
    intersection[first_area <= EPSILON] = 0
    intersection[:, second_area <= EPSILON] = 0
    union[union <= EPSILON] = 1
    return intersection / union
