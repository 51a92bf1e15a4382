"""Frames without detections: whether the detector looked."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.association.detector_pace import DetectorPace


def looked(counts: list[int]) -> str:
    pace = DetectorPace()
    return "".join("x" if pace.looked(count) else "." for count in counts)


@pytest.mark.parametrize(
    ("counts", "expected"),
    {
        "every frame": ([2, 3, 2, 1], "xxxx"),
        "an empty scene": ([2, 2, 0, 0, 0, 0], "xxxxxx"),
        "every third frame, known from the third on": ([2, 0, 0, 3, 0, 0, 1, 0, 0, 2, 0, 0], "xxxxxxx..x.."),
        "a longer pause than that is one of people": ([2, 0, 1, 0, 1, 0, 0, 0], "xxxxx.xx"),
        "one empty frame is no pace": ([2, 2, 0, 2, 2, 0, 2], "xxxxxxx"),
    }.values(),
)
def test_pace(counts: list[int], expected: str) -> None:
    assert looked(counts) == expected


def test_refuses_a_pace_that_is_none() -> None:
    with pytest.raises(ValueError, match="state has a pace"):
        DetectorPace().load_state_dict({"pace": np.array([1, -2, 0])})
