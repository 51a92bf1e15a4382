"""Blobs of a foreground mask as people: how large people are, which blobs are parts of one, which are several."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flatsort.data.opencv import import_cv2

# A blob taken for one person when sizes are learned: upright, mostly filled, away from the left and right border.
_SINGLE_ASPECT = (0.2, 0.6)
_SINGLE_FILL = 0.4
_MIN_HEIGHT = 0.03  # of the picture: below it, blobs are noise
_FEWEST = 20  # blobs that a size is learned from
# The rest was chosen on PETS09-S2L1.
_JOIN = 0.15  # parts of a person lie within this share of the person's height
_WIDEST, _TALLEST = 1.5, 1.4  # of a person's sides: a larger blob is several people
_FILL = 0.55  # of a person's box is foreground
_SPARE = 0.35  # of a side: a blob that large beyond a whole number of people is one more
_SHORTEST = 0.45  # of a person's height: a smaller blob is no person
_MOST = 8  # people in one blob
_ROUNDS = 12  # of k-means


@dataclass(frozen=True)
class PersonSize:
    """A person's height where the feet are at row y: slope * y + offset; width is height * aspect."""

    slope: float
    offset: float
    aspect: float
    least: float

    def height(self, feet: float) -> float:
        """Pixels of height of a person whose feet are at this row."""
        return max(self.slope * feet + self.offset, self.least)


def learn_size(masks: list[NDArray[np.uint8]]) -> PersonSize | None:
    """Fit a person's size to the upright blobs of some masks (Theil-Sen); None where there are too few.

    masks: (h, w) uint8 each, foreground not 0.
    """
    found = []
    for mask in masks:
        rows, columns = mask.shape
        _, boxes = components(mask, round(0.02 * rows), round(0.01 * rows))
        left, top, width, height, area = boxes.T
        single = (height > _MIN_HEIGHT * rows) & (left > 2) & (left + width < columns - 2)
        aspect = width / height
        single &= (aspect > _SINGLE_ASPECT[0]) & (aspect < _SINGLE_ASPECT[1]) & (area > _SINGLE_FILL * width * height)
        found.append(np.stack([top + height, height, width], axis=1)[single])
    blobs = np.concatenate(found).astype(np.float64) if found else np.empty((0, 3))
    if len(blobs) < _FEWEST:
        return None
    rows = masks[0].shape[0]
    blobs = blobs[:: len(blobs) // 2000 + 1]
    i, j = np.triu_indices(len(blobs), 1)
    apart = np.abs(blobs[i, 0] - blobs[j, 0]) > 0.03 * rows
    slopes = (blobs[i, 1] - blobs[j, 1])[apart] / (blobs[i, 0] - blobs[j, 0])[apart]
    slope = float(np.median(slopes)) if len(slopes) else 0.0
    offset = float(np.median(blobs[:, 1] - slope * blobs[:, 0]))
    return PersonSize(slope, offset, float(np.median(blobs[:, 2] / blobs[:, 1])), _MIN_HEIGHT * rows)


def components(mask: NDArray[np.uint8], down: int, across: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Connected parts after gaps of `down` by `across` pixels are closed.

    Returns their labels (h, w), 0 for the background, and (n, 5): left, top, width, height, area of label 1 to n.
    """
    cv2 = import_cv2()
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (max(1, across) | 1, max(1, down) | 1))
    closed = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(closed)
    return labels, boxes[1:].astype(np.int64)


def people_in(mask: NDArray[np.uint8], size: PersonSize | None) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Boxes (n, 4) `xyxy` and scores (n,) from 0 to 1 of the people that a foreground mask shows.

    A blob scores by how much of its box is foreground; people in a blob that was split score less.
    """
    rows = mask.shape[0]
    middle = _MIN_HEIGHT * 4 * rows if size is None else size.height(0.6 * rows)
    labels, blobs = components(mask, round(_JOIN * middle), round(_JOIN * middle / 4))
    boxes: list[list[float]] = []
    scores: list[float] = []
    for number, (left, top, width, height, area) in enumerate(blobs.tolist(), start=1):
        filled = min(1.0, area / (width * height) / 0.7)
        if size is None:
            if height >= _MIN_HEIGHT * rows:
                boxes.append([left, top, left + width, top + height])
                scores.append(filled)
            continue
        tall = size.height(top + height)
        wide = size.aspect * tall
        cut_off = top + height >= rows - 2
        if (height < _SHORTEST * tall and not cut_off) or width * height < 0.15 * wide * tall:
            continue
        if width <= _WIDEST * wide and height <= _TALLEST * tall:
            boxes.append([left, top, left + width, top + height])
            scores.append(filled)
            continue
        inside = (slice(top, top + height), slice(left, left + width))
        y, x = np.nonzero((labels[inside] == number) & (mask[inside] > 0))
        for part in _split(np.stack([x + left, y + top], axis=1).astype(np.float64), wide, tall):
            if part[3] - part[1] >= _SHORTEST * size.height(part[3]):
                boxes.append(part)
                scores.append(0.6)
    return np.array(boxes, np.float64).reshape(-1, 4), np.array(scores, np.float64)


def _split(pixels: NDArray[np.float64], wide: float, tall: float) -> list[list[float]]:
    """Boxes of the people whose pixels (n, 2), x and y, form one blob: k-means in units of a person's sides."""
    if len(pixels) < 20:
        return []
    scaled = pixels / (wide, tall)
    across, down = np.ptp(scaled, axis=0)
    by_area, by_width = round(len(pixels) / (_FILL * wide * tall)), round(across / 1.25)
    room = int(across + _SPARE) * int(down + _SPARE)  # side by side, and behind each other
    count = int(np.clip(min(max(by_area, by_width), max(room, by_width)), 1, _MOST))
    scaled = scaled[:: len(scaled) // 1500 + 1]
    centred = scaled - scaled.mean(axis=0)
    along = centred @ np.linalg.svd(centred, full_matrices=False)[2][0]
    member = np.minimum(np.argsort(np.argsort(along)) * count // len(along), count - 1)
    for _ in range(_ROUNDS):
        means = np.array([scaled[member == k].mean(axis=0) if (member == k).any() else scaled[0] for k in range(count)])
        member = ((scaled[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)
    boxes = []
    for k in range(count):
        own = scaled[member == k] * (wide, tall)
        if len(own) < 8:
            continue
        (left, top), (right, bottom) = np.percentile(own, (3, 97), axis=0)  # stray pixels belong to neighbours
        half = min((right - left) * 1.06, 1.3 * wide) / 2
        middle = (left + right) / 2
        boxes.append([middle - half, top - 0.02 * (bottom - top), middle + half, bottom + 0.02 * (bottom - top)])
    return boxes
