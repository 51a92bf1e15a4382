"""Heads against decoders written out by hand from each family's formulas, and told apart by their shapes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from flatsort.data.detection.heads import HEADS, tell_apart

SIZE = (64, 96)
CELLS = sum((SIZE[0] // s) * (SIZE[1] // s) for s in (8, 16, 32))


def raw(rows: int, columns: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.01, 1, (rows, columns)).astype(np.float32)


def test_yolox_equals_the_formula_of_its_readme() -> None:
    """Cell by cell: centre = (offset + cell) * stride, side = exp(value) * stride, score = objectness * class."""
    output = raw(CELLS, 5 + 3)
    expected, row = [], 0
    for stride in (8, 16, 32):
        for y in range(SIZE[0] // stride):
            for x in range(SIZE[1] // stride):
                dx, dy, log_w, log_h, objectness, *classes = (float(value) for value in output[row])
                centre = ((dx + x) * stride, (dy + y) * stride)
                half = (math.exp(log_w) * stride / 2, math.exp(log_h) * stride / 2)
                best = max(range(3), key=classes.__getitem__)
                box = [centre[0] - half[0], centre[1] - half[1], centre[0] + half[0], centre[1] + half[1]]
                expected.append([*box, objectness * classes[best], best])
                row += 1
    wanted = np.array([one for one in expected if one[4] >= 0.2])
    found = HEADS["yolox"].decode([output], SIZE, 0.2)
    np.testing.assert_allclose(found.boxes, wanted[:, :4], atol=1e-4)
    np.testing.assert_allclose(found.scores, wanted[:, 4], atol=1e-6)
    np.testing.assert_array_equal(found.classes, wanted[:, 5])


BOX = [10.0, 20.0, 30.0, 60.0]  # xyxy of what each output below says
CENTRE = [20.0, 40.0, 20.0, 40.0]


@pytest.mark.parametrize(
    ("family", "outputs", "score", "number"),
    {
        "yolov5": ("yolov5", [[[*CENTRE, 0.5, 0.1, 0.8]]], 0.4, 1),
        "yolov8": ("yolov8", [[[value] for value in [*CENTRE, 0.1, 0.8]]], 0.8, 1),
        "suppressed": ("nms", [[[*BOX, 0.7, 2.0]]], 0.7, 2),
        "detr": ("detr", [[[20 / 96, 40 / 64, 20 / 96, 40 / 64]], [[-9.0, 0.0]]], 0.5, 1),
        "detr, logits first": ("detr", [[[-9.0, 0.0]], [[20 / 96, 40 / 64, 20 / 96, 40 / 64]]], 0.5, 1),
    }.values(),
)
def test_one_box_of_each_family(family: str, outputs: list[list[list[float]]], score: float, number: int) -> None:
    arrays = [np.array(output, np.float32) for output in outputs]
    found = HEADS[family].decode(arrays, SIZE, score - 0.01)
    np.testing.assert_allclose(found.boxes, [BOX], atol=1e-4)
    np.testing.assert_allclose(found.scores, [score], atol=1e-6)
    assert found.classes.tolist() == [number]
    assert len(HEADS[family].decode(arrays, SIZE, score + 0.01).boxes) == 0


@pytest.mark.parametrize(
    ("shapes", "family"),
    [
        ([(CELLS, 85)], "yolox"),
        ([(CELLS, 6)], "yolox"),
        ([(3 * CELLS, 85)], "yolov5"),
        ([(84, CELLS)], "yolov8"),
        ([(300, 6)], "nms"),
        ([(300, 4), (300, 80)], "detr"),
        ([(300, 91), (300, 4)], "detr"),
        ([(1000,)], None),
        ([(300, 7)], None),
        ([(300, 4), (200, 80)], None),
        ([(3, 64, 96)], None),
    ],
)
def test_families_are_told_apart_by_shapes(shapes: list[tuple[int, ...]], family: str | None) -> None:
    assert tell_apart(shapes, SIZE) == family
