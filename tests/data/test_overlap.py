"""Overlap is TrackEval's to the last bit, and 0 for boxes without area."""

from __future__ import annotations

import numpy as np
import pytest
import trackeval

from flatsort.data.overlap import overlap


def test_equals_trackeval_bit_for_bit() -> None:
    random = np.random.default_rng(0)
    for count in (0, 1, 7, 60):
        first, second = (np.round(random.uniform(0, 40, (n, 4)), 2) for n in (count, count + 2))
        for boxes in (first, second):
            boxes[:, 2:] += boxes[:, :2]
        theirs = trackeval.datasets.MotChallenge2DBox._calculate_box_ious(first, second, box_format="x0y0x1y1")
        np.testing.assert_array_equal(overlap(first, second), theirs)


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param((0, 0, 10, 20), 1.0, id="the same box"),
        pytest.param((0, 0, 10, 10), 0.5, id="half of it"),
        pytest.param((10, 0, 20, 20), 0.0, id="edge to edge"),
        pytest.param((5, 5, 5, 15), 0.0, id="no width"),
        pytest.param((8, 18, 2, 2), 0.0, id="turned inside out"),
    ],
)
def test_one_pair(second: tuple[float, ...], expected: float) -> None:
    assert overlap(np.array([[0.0, 0, 10, 20]]), np.array([second], float)) == [[expected]]


def test_inputs_are_not_changed() -> None:
    boxes = np.array([[0.0, 0, 4, 4], [1, 1, 1, 3]])
    before = boxes.copy()
    overlap(boxes, boxes)
    np.testing.assert_array_equal(boxes, before)
