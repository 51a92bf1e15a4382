"""Striped colour histogram: how often each colour occurs in four horizontal bands of the box. Needs no training."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.data.crops.cutting import cut_crops
from flatsort.data.opencv import import_cv2
from flatsort.embedding.descriptor import Distance
from flatsort.embedding.request import Request

cv2 = import_cv2()

# Chosen on ground-truth crops of PETS09-S2L1, TUD-Campus, KITTI-17 and MOT16-11 (mean area under the ROC curve of
# pairs up to 30 frames apart 0.91, at least 50 apart 0.79; six stripes or finer colours change it by 0.01).
_SIZE = (32, 16)
_STRIPES = 4
_BINS = (8, 2, 8)  # hue, saturation, value
# Pixels count less towards the sides, where the background is: a Gaussian of 0.15 box widths (0.74 without it).
_CENTRE = 0.15
# `flatsort calibrate` over the same four sequences' detections (equal error 3.7 %).
_GATE = 0.80


class ColourHistogram:
    """The square root of a weighted joint HSV histogram for each stripe, of unit length.

    The Euclidean distance of square roots of histograms is Hellinger's distance (times the root of 2): from 0 for the
    same colours to 1.41 for no colour in common.
    """

    def __init__(self, gate: float = _GATE) -> None:
        self.name = "hsv"
        self.dimension = _STRIPES * int(np.prod(_BINS))
        self.distance: Distance = "euclidean"
        self.gate = gate
        height, width = _SIZE
        across = np.exp(-((((np.arange(width) + 0.5) / width - 0.5) / _CENTRE) ** 2) / 2)
        self._weights = np.broadcast_to(across / (across.sum() * height), _SIZE)
        self._stripe = (np.arange(height) * _STRIPES // height)[None, :, None]

    def __call__(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.float32]:
        n = len(boxes)
        height, width = _SIZE
        crops = cut_crops(image, boxes, _SIZE)
        if n == 0:
            return np.empty((0, self.dimension), np.float32)
        hsv = cv2.cvtColor(crops.reshape(n * height, width, 3), cv2.COLOR_BGR2HSV_FULL).reshape(n, height, width, 3)
        hue, saturation, value = ((hsv[..., i].astype(np.int64) * _BINS[i]) >> 8 for i in range(3))
        colour = (hue * _BINS[1] + saturation) * _BINS[2] + value
        place = (np.arange(n)[:, None, None] * _STRIPES + self._stripe) * int(np.prod(_BINS)) + colour
        weights = np.broadcast_to(self._weights, place.shape)
        counts = np.bincount(place.ravel(), weights.ravel(), minlength=n * self.dimension)
        return np.sqrt(counts.reshape(n, self.dimension)).astype(np.float32)


def load(request: Request) -> ColourHistogram:
    """`hsv`."""
    request.refuse_argument()
    return ColourHistogram()
