"""Crops: the image inside each box, all of one size, one batch a frame."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from flatsort.data.opencv import import_cv2

cv2 = import_cv2()

Aspect = Literal["stretch", "pad"]

# A sample reads the two pixels beside it on each axis, so samples up to two pixels apart leave no pixel unread.
_READ = 2.0
# At most this many samples on each axis of an output pixel: a whole 4K frame still fits a 64-pixel crop.
_MOST_SAMPLES = 17
# OpenCV counts sample positions in 1/1024 px in 32 bits. Box edges farther out than this are moved in to it.
_FARTHEST = 1e6


def cut_crops(
    image: NDArray[np.uint8], boxes: NDArray[np.float64], size: tuple[int, int] = (64, 64), aspect: Aspect = "stretch"
) -> NDArray[np.uint8]:
    """Cut the boxes out of an image and bring them to one size.

    image: (h, w, 3) uint8.
    boxes: (n, 4) `xyxy` in pixels, where pixel (0, 0) covers [0, 1) x [0, 1).
    size: (height, width).
    Returns (n, height, width, 3) uint8, channels in the image's order.

    Positions are exact to 1/32 px (bilinear samples, averaged where the box is larger than the crop), so a box
    that moves by half a pixel moves its crop by half a pixel. Boxes may lie anywhere: outside the image its nearest
    edge pixel is repeated, and a box without width or height reads the line or point it stands on.
    `aspect="stretch"` maps the box onto the crop. `aspect="pad"` first widens the box's shorter side about its centre
    to the crop's aspect ratio, so that the scene around the box fills the crop and nothing is distorted.

    Raises ValueError where the image or the boxes have another shape or type, or a box is not finite or inverted.
    """
    _check(image, boxes, size)
    height, width = size
    crops = np.empty((len(boxes), height, width, 3), np.uint8)
    left, top, right, bottom = np.clip(_with_aspect(boxes, width / height, aspect), -_FARTHEST, _FARTHEST).T
    step_x, step_y = (right - left) / width, (bottom - top) / height
    samples_x, samples_y = (np.clip(np.ceil(step / _READ), 1, _MOST_SAMPLES).astype(int) for step in (step_x, step_y))
    for i, (nx, ny) in enumerate(zip(samples_x.tolist(), samples_y.tolist(), strict=True)):
        dx, dy = step_x[i] / nx, step_y[i] / ny
        # Sample centres lie half a step inside the box; OpenCV's pixel centres lie on whole numbers.
        map_to_image = np.array([[dx, 0.0, left[i] + dx / 2 - 0.5], [0.0, dy, top[i] + dy / 2 - 0.5]])
        one_sample = nx == ny == 1
        sampled = cv2.warpAffine(
            image,
            map_to_image,
            (width * nx, height * ny),
            dst=crops[i] if one_sample else None,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        if not one_sample:
            cv2.resize(sampled, (width, height), dst=crops[i], interpolation=cv2.INTER_AREA)
    return crops


def _with_aspect(boxes: NDArray[np.float64], ratio: float, aspect: Aspect) -> NDArray[np.float64]:
    if aspect == "stretch":
        return boxes
    if aspect != "pad":
        raise ValueError(f"aspect is {aspect!r}, expected 'stretch' or 'pad'")
    centre = (boxes[:, :2] + boxes[:, 2:]) / 2
    wide, tall = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    half = np.stack([np.maximum(wide, tall * ratio), np.maximum(tall, wide / ratio)], axis=1) / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def _check(image: NDArray[np.uint8], boxes: NDArray[np.float64], size: tuple[int, int]) -> None:
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        found = f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__
        raise ValueError(f"image is {found}, expected uint8 (height, width, 3)")
    if 0 in image.shape:
        raise ValueError(f"image has shape {image.shape}, expected at least one pixel")
    if boxes.ndim != 2 or boxes.shape[1] != 4:
        raise ValueError(f"boxes has shape {boxes.shape}, expected (n, 4)")
    if not np.isfinite(boxes).all() or (boxes[:, 2:] < boxes[:, :2]).any():
        bad = int(np.flatnonzero(~np.isfinite(boxes).all(axis=1) | (boxes[:, 2:] < boxes[:, :2]).any(axis=1))[0])
        raise ValueError(f"boxes, row {bad}: {boxes[bad].tolist()}, expected finite left <= right and top <= bottom")
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"size is {size}, expected (height, width) of at least 1")
