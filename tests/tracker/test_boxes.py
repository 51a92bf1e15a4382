"""Overlaps against the naive double loop; layouts; non-maximum suppression by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from flatsort.tracker.boxes import ltwh_to_xyxy, nms, overlapping_pairs, points_in_boxes, xyxy_to_ltwh


def naive_iou(a: np.ndarray, b: np.ndarray) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return float(shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared))


some_boxes = arrays(np.float64, st.tuples(st.integers(0, 12), st.just(4)), elements=st.integers(0, 30)).map(
    ltwh_to_xyxy
)
some_points = arrays(np.float64, st.tuples(st.integers(0, 12), st.just(2)), elements=st.floats(-5, 40, width=32))


@given(some_boxes, some_boxes)
def test_overlapping_pairs_equal_the_double_loop(a: np.ndarray, b: np.ndarray) -> None:
    expected = np.array([[naive_iou(x, y) for y in b] for x in a]).reshape(len(a), len(b))
    rows, columns, values = overlapping_pairs(a, b)
    found = np.zeros_like(expected)
    found[rows, columns] = values
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert (values > 0).all()
    assert len(rows) == (expected > 0).sum()


@given(some_boxes, some_points)
def test_points_in_boxes_equals_the_double_loop(boxes: np.ndarray, points: np.ndarray) -> None:
    expected = {
        (i, j)
        for i, box in enumerate(boxes)
        for j, (x, y) in enumerate(points)
        if box[0] <= x <= box[2] and box[1] <= y <= box[3]
    }
    assert set(zip(*points_in_boxes(boxes, points), strict=True)) == expected


def test_layouts_are_inverse() -> None:
    boxes = np.array([[1.0, 2.0, 5.0, 9.0]])
    assert xyxy_to_ltwh(boxes).tolist() == [[1, 2, 4, 7]]
    assert ltwh_to_xyxy(xyxy_to_ltwh(boxes)).tolist() == boxes.tolist()


NMS_SCENES = {
    "nothing": ([], [], 0.5, []),
    "one box": ([[0, 0, 9, 9]], [0.1], 0.5, [0]),
    "a duplicate is dropped, the better stays": ([[0, 0, 9, 9], [0, 0, 9, 9]], [0.2, 0.9], 0.5, [1]),
    "exactly the threshold stays": ([[0, 0, 9, 9], [0, 5, 9, 14]], [0.9, 0.2], 0.5, [0, 1]),
    "apart": ([[0, 0, 9, 9], [50, 0, 59, 9]], [0.9, 0.2], 0.5, [0, 1]),
    "a small box inside a large one is covered": ([[0, 0, 99, 99], [10, 10, 19, 19]], [0.9, 0.2], 0.5, [0]),
    "a large box around a small one is not": ([[0, 0, 99, 99], [10, 10, 19, 19]], [0.2, 0.9], 0.5, [0, 1]),
}


@pytest.mark.parametrize(("boxes", "scores", "threshold", "kept"), NMS_SCENES.values(), ids=NMS_SCENES.keys())
def test_nms(boxes: list[list[int]], scores: list[float], threshold: float, kept: list[int]) -> None:
    assert nms(np.array(boxes, float).reshape(-1, 4), np.array(scores, float), threshold).tolist() == kept


def test_nms_does_not_depend_on_the_order_of_rows_with_equal_scores() -> None:
    random = np.random.default_rng(0)
    corner = random.uniform(0, 60, (80, 2)).round()
    boxes = np.concatenate([corner, corner + random.uniform(20, 40, (80, 2)).round()], axis=1)
    scores = random.integers(0, 3, 80) / 2
    kept = {tuple(box) for box in boxes[nms(boxes, scores, 0.7)].tolist()}
    assert 10 < len(kept) < 70
    for seed in range(20):
        order = np.random.default_rng(seed).permutation(80)
        rows = nms(boxes[order], scores[order], 0.7)
        assert {tuple(box) for box in boxes[order][rows].tolist()} == kept
