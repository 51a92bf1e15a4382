"""YOLOX on one picture, written from YOLOX's README and demo alone: letterbox, grid decoding, suppression.

Nothing of this project is imported, so that its detectors can be measured beside it (`detectors.py`). Source: Ge et
al., "YOLOX: Exceeding YOLO Series in 2021", demo/ONNXRuntime of https://github.com/Megvii-BaseDetection/YOLOX.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnxruntime
from numpy.typing import NDArray

STRIDES = (8, 16, 32)
OVERLAP = 0.65  # of YOLOX's evaluation on COCO


def letterbox(image: NDArray[np.uint8], size: tuple[int, int]) -> tuple[NDArray[np.float32], float]:
    """(h, w, 3) uint8 BGR to (3, height, width) float32 of `size`, grey where it does not reach; and the ratio."""
    ratio = min(size[0] / image.shape[0], size[1] / image.shape[1])
    padded = np.full((*size, 3), 114, np.uint8)
    height, width = int(image.shape[0] * ratio), int(image.shape[1] * ratio)
    padded[:height, :width] = cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(padded.transpose(2, 0, 1), dtype=np.float32), ratio


def decode(output: NDArray[np.float32], size: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cells (n, 5 + classes) to boxes (n, 4) `xyxy` in pixels of the input and scores (n, classes).

    centre = (value + cell) * stride, side = exp(value) * stride, score = objectness * class.
    """
    values, places, steps = output.astype(np.float64), [], []
    for stride in STRIDES:
        y, x = np.mgrid[: size[0] // stride, : size[1] // stride]
        places.append(np.stack([x.ravel(), y.ravel()], axis=1))
        steps.append(np.full((x.size, 1), stride))
    cells, stride_of = np.concatenate(places), np.concatenate(steps)
    centre, half = (values[:, :2] + cells) * stride_of, np.exp(values[:, 2:4]) * stride_of / 2
    return np.hstack([centre - half, centre + half]), values[:, 4:5] * values[:, 5:]


def suppress(boxes: NDArray[np.float64], scores: NDArray[np.float64], overlap: float = OVERLAP) -> list[int]:
    """The rows that stay, from the highest score down, where none covers another by more than `overlap` (IoU)."""
    order, kept = np.argsort(-scores, kind="stable"), []
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(int(best))
        low, high = np.maximum(boxes[best, :2], boxes[rest, :2]), np.minimum(boxes[best, 2:], boxes[rest, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        order = rest[shared <= overlap * (area[best] + area[rest] - shared)]
    return kept


class Yolox:
    """People, the first class, by a YOLOX file. score: lowest score kept."""

    def __init__(self, path: Path, score: float) -> None:
        self._session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        one = self._session.get_inputs()[0]
        self._name, self.size, self._score = one.name, (int(one.shape[2]), int(one.shape[3])), score

    def run(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.float32], float]:
        """The network's cells (n, 5 + classes), and the ratio of input to image."""
        pixels, ratio = letterbox(image, self.size)
        return self._session.run(None, {self._name: pixels[None]})[0][0], ratio

    def __call__(self, image: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Boxes (n, 4) `xyxy` in pixels of the image, and scores (n,), of people."""
        output, ratio = self.run(image)
        boxes, scores = decode(output, self.size)
        people = (scores.argmax(axis=1) == 0) & (scores[:, 0] >= self._score)
        boxes, best = boxes[people] / ratio, scores[people, 0]
        kept = suppress(boxes, best)
        return boxes[kept], best[kept]
