"""A picture: a plain background, a region cut from a frame, a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from flatsort.data.errors import InputError
from flatsort.data.files.atomic import atomic_path
from flatsort.data.opencv import import_cv2

cv2 = import_cv2()

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]

FONT = cv2.FONT_HERSHEY_SIMPLEX
INK: Colour = (24, 20, 18)
PAPER: Colour = (248, 247, 245)
BACKGROUND: Colour = (46, 40, 36)
GRID: Colour = (58, 51, 46)
# OpenCV counts sample positions in 1/1024 px in 32 bits. Edges farther out than this are moved in to it.
FARTHEST = 1e6


def plain_background(size: tuple[int, int]) -> Image:
    """A dark picture with a faint grid, (height, width, 3), for sequences without images. `size` is (width, height)."""
    width, height = size
    image = np.full((height, width, 3), BACKGROUND, np.uint8)
    step = max(20, height // 9)
    image[step::step] = GRID
    image[:, step::step] = GRID
    return image


def cut(image: Image, region: NDArray[np.float64], size: tuple[int, int], fill: Colour) -> Image:
    """A region (4,) `xyxy` of a picture, resized to `size` (width, height); what lies outside is `fill`."""
    width, height = size
    left, top, right, bottom = np.clip(region, -FARTHEST, FARTHEST).tolist()
    x, y = width / max(right - left, 1e-6), height / max(bottom - top, 1e-6)
    affine = np.array([[x, 0.0, -left * x], [0.0, y, -top * y]])
    shrinks = min(x, y) < 0.5
    if shrinks:
        # warpAffine does not average: halve large regions first, so that small pictures do not flicker.
        rows = slice(max(0, int(top)), max(0, int(bottom) + 1))
        columns = slice(max(0, int(left)), max(0, int(right) + 1))
        part = image[rows, columns]
        if min(part.shape[1] * x, part.shape[0] * y) >= 1:
            small = cv2.resize(part, None, fx=x, fy=y, interpolation=cv2.INTER_AREA)
            affine = np.array([[1.0, 0.0, (columns.start - left) * x], [0.0, 1.0, (rows.start - top) * y]])
            image = small.astype(np.uint8)
    return cv2.warpAffine(image, affine, size, flags=cv2.INTER_LINEAR, borderValue=fill).astype(np.uint8, copy=False)


def write_picture(path: Path, picture: Image) -> None:
    """Write a picture under a temporary name, then rename it. The suffix (.png, .jpg) says the format.

    Raises `InputError` where OpenCV knows no such format.
    """
    known, encoded = cv2.imencode(path.suffix or ".", picture) if cv2.haveImageWriter(str(path)) else (False, None)
    if not known or encoded is None:
        raise InputError(path, None, "not the name of a picture", "use .png or .jpg")
    with atomic_path(path) as temporary:
        temporary.write_bytes(encoded.tobytes())
