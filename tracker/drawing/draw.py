"""Boxes, ids, classes and trails on a picture, in colours that depend on the id alone."""

from __future__ import annotations

import math
from collections import deque
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.data.opencv import import_cv2
from flatsort.tracker.drawing.picture import FONT, INK, Colour, Image

cv2 = import_cv2()

# Turning the hue by the golden angle keeps neighbouring ids far apart for any number of ids.
GOLDEN_ANGLE = math.pi * (3.0 - math.sqrt(5.0))
# Lightness and chroma in OKLCH (Ottosson 2020): equally bright hues, light enough for dark letters on them.
LIGHTNESS = (0.78, 0.68, 0.88)
CHROMA = (0.16, 0.19, 0.12)
TRAIL_OPACITY = 0.65
# OpenCV draws with whole numbers of 32 bits, some of them fractions; what lies farther out is moved in to this.
FARTHEST = 32000
LETTERS = 20  # of a class's name


@lru_cache(maxsize=4096)
def colour_of(identity: int) -> Colour:
    """The colour (blue, green, red; 0 to 255) of an identity: a function of the id, the same in every picture."""
    hue = GOLDEN_ANGLE * identity
    light, chroma = LIGHTNESS[identity % 3], CHROMA[identity % 3]
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    # OKLab to linear sRGB: https://bottosson.github.io/posts/oklab/
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    )
    blue, green, red = (round(255 * _gamma(min(max(value, 0.0), 1.0))) for value in linear)
    return blue, green, red


def _gamma(linear: float) -> float:
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055


def stroke_of(image: Image) -> int:
    """The line width in pixels that suits a picture's size: 2 at 720 lines."""
    return max(1, round(min(image.shape[:2]) / 360))


class Trails:
    """Where each identity stood in the last frames: the middle of the lower edge of its boxes."""

    def __init__(self, length: int) -> None:
        self.length = length
        self._points: dict[int, deque[tuple[int, float, float]]] = {}

    def add(self, frame: int, ids: NDArray[np.int64], boxes: NDArray[np.float64]) -> None:
        """Append the boxes (n, 4) of a frame and forget what is older than `length` frames."""
        for identity, (left, _, right, bottom) in zip(ids.tolist(), boxes.tolist(), strict=True):
            self._points.setdefault(identity, deque()).append((frame, (left + right) / 2, bottom))
        for identity, points in list(self._points.items()):
            while points and points[0][0] <= frame - self.length:
                points.popleft()
            if not points:
                del self._points[identity]

    def lines(self) -> dict[int, NDArray[np.float64]]:
        """Per identity its points (m, 2), oldest first."""
        return {identity: np.array(points)[:, 1:] for identity, points in self._points.items()}


def draw_trails(image: Image, lines: dict[int, NDArray[np.float64]]) -> None:
    """Draw trails into the picture, in place: thin where they are old, translucent all along."""
    if not lines:
        return
    layer = image.copy()
    stroke = stroke_of(image)
    for identity, points in lines.items():
        pixels = _pixels(points)
        for step, (start, end) in enumerate(pairwise(pixels), start=1):
            width = max(1, round((1.0 + 1.5 * step / len(pixels)) * stroke))
            cv2.line(layer, start, end, colour_of(identity), width, cv2.LINE_AA)
    cv2.addWeighted(layer, TRAIL_OPACITY, image, 1.0 - TRAIL_OPACITY, 0.0, dst=image)


def draw_boxes(
    image: Image, ids: NDArray[np.int64], boxes: NDArray[np.float64], kinds: NDArray[np.str_] | None = None
) -> None:
    """Draw boxes (n, 4) `xyxy` with their ids into the picture, in place; nearer (lower) boxes come on top.

    kinds: (n,) what the class of each is called, to be written behind the id.
    """
    stroke = stroke_of(image)
    order = np.argsort(boxes[:, 3], kind="stable")
    texts = [str(identity) for identity in ids[order].tolist()]
    if kinds is not None:
        texts = [f"{text} {kind[:LETTERS]}" for text, kind in zip(texts, kinds[order].tolist(), strict=True)]
    for identity, text, box in zip(ids[order].tolist(), texts, boxes[order], strict=True):
        colour = colour_of(identity)
        left, top, right, bottom = _pixels(box)
        cv2.rectangle(image, (left, top), (right, bottom), INK, stroke + 2)
        cv2.rectangle(image, (left, top), (right, bottom), colour, stroke)
        draw_label(image, text, (left, top), colour)


def _pixels(positions: NDArray[np.float64]) -> Any:
    """Positions as nested lists of whole numbers that OpenCV draws at."""
    return np.clip(np.round(positions), -FARTHEST, FARTHEST).astype(int).tolist()


def draw_label(image: Image, text: str, corner: tuple[int, int], colour: Colour) -> None:
    """Dark letters on a coloured plate that sits on `corner` (left, bottom), moved inside the picture."""
    size = max(0.4, min(image.shape[:2]) / 1440)
    thickness = max(1, round(2 * size))
    (width, height), _ = cv2.getTextSize(text, FONT, size, thickness)
    pad = max(2, height // 3)
    plate_width, plate_height = width + 2 * pad, height + 2 * pad
    left = min(max(corner[0] - stroke_of(image) // 2, 0), max(0, image.shape[1] - plate_width))
    top = min(max(corner[1] - plate_height, 0), max(0, image.shape[0] - plate_height))
    cv2.rectangle(image, (left, top), (left + plate_width, top + plate_height), colour, cv2.FILLED)
    cv2.putText(image, text, (left + pad, top + pad + height), FONT, size, INK, thickness, cv2.LINE_AA)
