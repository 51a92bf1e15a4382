"""A table of boxes answers for every frame, near and far."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.data import BoxTable


def table(frames: list[int]) -> BoxTable:
    n = len(frames)
    boxes = np.arange(4.0 * n).reshape(n, 4)
    ids = np.arange(n)
    return BoxTable(np.array(frames, dtype=np.int64), ids, boxes, np.ones(n), ids - 1, np.ones(n))


@pytest.mark.parametrize("frame", [-1, 0, 1, 2, 3, 4, 5, 10_000_000, 10_000_001])
def test_rows_of_a_frame_are_those_that_carry_its_number(frame: int) -> None:
    boxes = table([2, 2, 3, 5, 10_000_000])
    expected = np.flatnonzero(boxes.frames == frame)
    assert np.array_equal(np.arange(len(boxes))[boxes.rows_of(frame)], expected)
    assert np.array_equal(boxes.detections(frame).boxes, boxes.boxes[expected])


def test_empty_table() -> None:
    assert BoxTable.none().last_frame == 0
    assert len(BoxTable.none().detections(1)) == 0
    assert BoxTable.none().detections(1).boxes.shape == (0, 4)


def test_selected_rows_find_their_own_frames() -> None:
    boxes = table([1, 1, 2, 4])
    assert boxes.last_frame == 4
    later = boxes[boxes.frames > 1]
    assert later.rows_of(2) == slice(0, 1)
    assert later.last_frame == 4
