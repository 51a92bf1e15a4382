"""What detection networks put out, decoded into boxes: one function a family, told apart by shapes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flatsort.data.detection.detector import Found
from flatsort.data.detection.letterbox import Fit

Array = NDArray[np.float32]
STRIDES = (8, 16, 32)  # of the three levels of YOLO networks


@dataclass(frozen=True)
class Head:
    """A family of networks.

    decode: its outputs for one image, without the batch axis, the input's (height, width), and the lowest score to
        keep; boxes come in pixels of the input.
    classes: how many classes outputs of these shapes tell, None where shapes do not say.
    suppressed: its boxes are free of duplicates already.
    fit, rgb, scale: how the family's images are prepared, where the file does not say.
    """

    decode: Callable[[list[Array], tuple[int, int], float], Found]
    classes: Callable[[list[Array]], int | None]
    suppressed: bool
    fit: Fit
    rgb: bool = True
    scale: float = 255.0


def yolox(outputs: list[Array], size: tuple[int, int], least: float) -> Found:
    """YOLOX (Ge et al. 2021): (g, 5 + c), offsets in the grid, log sizes, objectness and class scores."""
    output = outputs[0].astype(np.float64)
    grids, strides = [], []
    for stride in STRIDES:
        rows, columns = np.mgrid[: size[0] // stride, : size[1] // stride]
        grids.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
        strides.append(np.full((rows.size, 1), stride))
    grid, stride_of = np.concatenate(grids), np.concatenate(strides)
    classes = output[:, 5:].argmax(axis=1)
    scores = output[:, 4] * output[np.arange(len(output)), 5 + classes]
    keep = scores >= least
    centres = (output[keep, :2] + grid[keep]) * stride_of[keep]
    sides = np.exp(np.minimum(output[keep, 2:4], 20)) * stride_of[keep]
    return Found(_around(centres, sides), scores[keep], classes[keep])


def yolo5(outputs: list[Array], size: tuple[int, int], least: float) -> Found:
    """YOLOv5 to v7 exports: (a, 5 + c), centre, size, objectness and class scores, in pixels of the input."""
    output = outputs[0].astype(np.float64)
    classes = output[:, 5:].argmax(axis=1)
    scores = output[:, 4] * output[np.arange(len(output)), 5 + classes]
    keep = scores >= least
    return Found(_around(output[keep, :2], output[keep, 2:4]), scores[keep], classes[keep])


def yolo8(outputs: list[Array], size: tuple[int, int], least: float) -> Found:
    """YOLOv8 and later exports: (4 + c, g), centre, size and class scores, in pixels of the input."""
    output = outputs[0].T.astype(np.float64)
    classes = output[:, 4:].argmax(axis=1)
    scores = output[np.arange(len(output)), 4 + classes]
    keep = scores >= least
    return Found(_around(output[keep, :2], output[keep, 2:4]), scores[keep], classes[keep])


def suppressed(outputs: list[Array], size: tuple[int, int], least: float) -> Found:
    """Exports with suppression inside, and YOLOv10: (n, 6), corners in pixels of the input, score and class."""
    output = outputs[0].astype(np.float64)
    output = output[output[:, 4] >= least]
    return Found(output[:, :4], output[:, 4], output[:, 5].astype(np.int64))


def detr(outputs: list[Array], size: tuple[int, int], least: float) -> Found:
    """RT-DETR, D-FINE, RF-DETR: boxes (q, 4), centre and size from 0 to 1, and logits (q, c), each class by itself."""
    boxes, logits = outputs if outputs[0].shape[1] == 4 else outputs[::-1]
    probability = 1 / (1 + np.exp(-logits.astype(np.float64)))
    classes = probability.argmax(axis=1)
    scores = probability[np.arange(len(probability)), classes]
    keep = scores >= least
    whole = np.array([size[1], size[0]], np.float64)
    return Found(_around(boxes[keep, :2] * whole, boxes[keep, 2:] * whole), scores[keep], classes[keep])


def _around(centres: NDArray[np.float64], sides: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([centres - sides / 2, centres + sides / 2], axis=1)


HEADS = {
    "yolox": Head(yolox, lambda outputs: outputs[0].shape[1] - 5, suppressed=False, fit="corner", rgb=False, scale=1.0),
    "yolov5": Head(yolo5, lambda outputs: outputs[0].shape[1] - 5, suppressed=False, fit="centre"),
    "yolov8": Head(yolo8, lambda outputs: outputs[0].shape[0] - 4, suppressed=False, fit="centre"),
    "nms": Head(suppressed, lambda outputs: None, suppressed=True, fit="centre"),
    "detr": Head(detr, lambda outputs: max(output.shape[1] for output in outputs), suppressed=True, fit="stretch"),
}


def tell_apart(shapes: Sequence[tuple[int, ...]], size: tuple[int, int]) -> str | None:
    """The name in HEADS of a network with outputs of these shapes, without the batch axis; None where none fits.

    size: (height, width) of its input, which decides how many boxes each family gives.
    """
    cells = sum((size[0] // stride) * (size[1] // stride) for stride in STRIDES)
    flat = [shape for shape in shapes if len(shape) == 2]
    if len(shapes) == 1 and len(flat) == 1:
        rows, columns = flat[0]
        if rows == cells and columns > 5:
            return "yolox"
        if rows == 3 * cells and columns > 5:
            return "yolov5"
        if columns == cells and rows > 4:
            return "yolov8"
        return "nms" if columns == 6 else None
    if len(shapes) == len(flat) == 2 and flat[0][0] == flat[1][0] and 4 in (flat[0][1], flat[1][1]):
        return "detr"
    return None
