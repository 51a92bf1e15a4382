"""A random sample of crops from a sequence, read in one pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.data import Sequence
from flatsort.data.crops.cutting import Aspect, cut_crops


def sample_crops(
    sequence: Sequence, count: int, size: tuple[int, int], aspect: Aspect = "stretch", seed: int = 0
) -> NDArray[np.uint8]:
    """At most `count` crops of the detections, each with the same chance: (n, height, width, 3) uint8.

    One pass, with memory for `2 * count` crops: every detection draws a number, and the highest are kept. Frames
    without an image are passed over.
    """
    random = np.random.default_rng(seed)
    crops, keys = np.empty((0, *size, 3), np.uint8), np.empty(0)
    waiting: list[NDArray[np.uint8]] = []
    drawn: list[NDArray[np.float64]] = []
    lowest = 0.0
    for frame in sequence:
        draw = random.random(len(frame.detections))
        high = draw > lowest
        if frame.image is None or not high.any():
            continue
        waiting.append(cut_crops(frame.image, frame.detections.boxes[high], size, aspect))
        drawn.append(draw[high])
        if sum(map(len, drawn)) >= count:
            crops, keys = _highest(np.concatenate([crops, *waiting]), np.concatenate([keys, *drawn]), count)
            waiting, drawn, lowest = [], [], float(keys.min())
    return _highest(np.concatenate([crops, *waiting]), np.concatenate([keys, *drawn]), count)[0]


def _highest(
    crops: NDArray[np.uint8], keys: NDArray[np.float64], count: int
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    if len(keys) <= count:
        return crops, keys
    keep = np.sort(np.argpartition(keys, -count)[-count:])
    return crops[keep], keys[keep]
