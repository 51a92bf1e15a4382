"""Images as networks take them: scaled to a fixed size, and boxes mapped back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from flatsort.data.opencv import import_cv2

# Padded at the right and below (YOLOX), on both sides (YOLOv5 and later), or stretched (the DETR family).
Fit = Literal["corner", "centre", "stretch"]
GREY = 114  # of the padding, in YOLOX and YOLOv5 alike


@dataclass(frozen=True)
class ImageInput:
    """How an image becomes a network's input.

    size: (height, width).
    fit: how the image fills it.
    rgb: channels as red, green, blue; otherwise blue, green, red.
    scale: pixels are divided by it.
    mean, std: of each channel, after the division.
    """

    size: tuple[int, int]
    fit: Fit
    rgb: bool = True
    scale: float = 255.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def prepare(self, image: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(h, w, 3) uint8 BGR to (3, height, width) float32."""
        cv2 = import_cv2()
        (ratio_x, ratio_y), (left, top) = self._placed(image.shape[:2])
        height, width = self.size
        inner = (max(1, round(image.shape[1] * ratio_x)), max(1, round(image.shape[0] * ratio_y)))
        resized = cv2.resize(image, inner, interpolation=cv2.INTER_LINEAR)
        if inner != (width, height):
            canvas = np.full((height, width, 3), GREY, np.uint8)
            y, x = round(top), round(left)
            canvas[y : y + inner[1], x : x + inner[0]] = resized
            resized = canvas
        pixels = (resized[:, :, ::-1] if self.rgb else resized).astype(np.float32)
        if self.scale != 1:
            pixels /= np.float32(self.scale)
        if any(self.mean) or self.std != (1.0, 1.0, 1.0):
            pixels = (pixels - np.array(self.mean, np.float32)) / np.array(self.std, np.float32)
        return np.ascontiguousarray(pixels.transpose(2, 0, 1))

    def restore(self, boxes: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
        """Boxes (n, 4) `xyxy` in pixels of the input to pixels of the image of that (height, width)."""
        ratio, shift = self._placed(shape)
        return (boxes - np.tile(np.round(shift), 2)) / np.tile(ratio, 2)

    def _placed(self, shape: tuple[int, ...]) -> tuple[tuple[float, float], tuple[float, float]]:
        """(x, y) ratio of input to image, and where the image's corner comes to lie."""
        across, down = self.size[1] / shape[1], self.size[0] / shape[0]
        if self.fit == "stretch":
            return (across, down), (0.0, 0.0)
        ratio = min(across, down)
        if self.fit == "corner":
            return (ratio, ratio), (0.0, 0.0)
        spare = (self.size[1] - round(shape[1] * ratio), self.size[0] - round(shape[0] * ratio))
        # Half a pixel less is rounded down on the left and the top, as YOLOv5 does.
        return (ratio, ratio), (max(0.0, spare[0] / 2 - 0.1), max(0.0, spare[1] / 2 - 0.1))
