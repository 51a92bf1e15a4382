"""The terms of a pair against plain loops over all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.association.affinity import (
    CERTAIN,
    MOST_GROWTH,
    direction,
    doubt,
    overlapping,
)
from flatsort.tracker.kalman import POSITION_VARIANCE, XYWH, at_rate
from flatsort.tracker.track_table import TrackTable


def boxes_of(count: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    corner = random.uniform(0, 200, (count, 2))
    return np.concatenate([corner, corner + random.uniform(10, 80, (count, 2))], 1)


def plain_overlap(a: np.ndarray, b: np.ndarray) -> float:
    width, height = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    if width <= 0 or height <= 0:
        return 0.0
    area = float(width * height)
    union = float(np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2])) - area
    return area / union * float(height / (max(a[3], b[3]) - min(a[1], b[1])))


def test_overlap_times_that_of_the_heights() -> None:
    tracks, detections = boxes_of(30, 0), boxes_of(40, 1)
    rows, columns, values = overlapping(tracks, detections)
    dense = np.zeros((30, 40))
    dense[rows, columns] = values
    expected = [[plain_overlap(a, b) for b in detections] for a in tracks]
    np.testing.assert_allclose(dense, expected, atol=1e-12)


def test_grown_boxes_overlap_as_boxes_of_that_size() -> None:
    tracks, detections = boxes_of(20, 4), boxes_of(25, 5)
    growth = np.random.default_rng(6).uniform(0, 12, (20, 2))
    dense = np.zeros((20, 25))
    rows, columns, values = overlapping(tracks, detections, None, growth)
    dense[rows, columns] = values
    for i, (track, more) in enumerate(zip(tracks, growth, strict=True)):
        margin = np.concatenate((-more, more))
        for j, detection in enumerate(detections):
            # A pair is asked where the track's grown box meets the detection as it is.
            asked = plain_overlap(track + margin, detection) > 0
            expected = plain_overlap(track + margin, detection + margin) if asked else 0.0
            assert dense[i, j] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("frame_rate", [None, 60.0, 30.0, 25.0, 20.0])
def test_nobody_grows_at_usual_rates(frame_rate: float | None) -> None:
    table = TrackTable(at_rate(frame_rate))
    table.start(np.arange(3), XYWH.measure(boxes_of(3, 2)), np.ones(3))
    table.predict()
    assert doubt(table) is None


def test_boxes_grow_at_low_rates_while_the_place_is_unknown() -> None:
    table = TrackTable(at_rate(2.0))
    measured = XYWH.measure(boxes_of(2, 2))
    table.start(np.arange(2), measured, np.ones(2))
    table.predict()
    height = measured[:, 3:]
    deviation = np.sqrt(1 / 20**2 + table.filters[POSITION_VARIANCE, :, :2] / height**2)
    expected = np.minimum(deviation - CERTAIN, MOST_GROWTH) * height
    first = doubt(table)
    assert first is not None
    np.testing.assert_allclose(first, expected)
    for _ in range(3):
        table.update(np.array([0]), np.array([0]), measured[:1], np.ones(1))
        table.predict()
    seen = doubt(table)
    assert seen is not None
    assert (seen[0] < first[0]).all()
    assert (seen[1] == 0).all()  # lost for more than two frames


@pytest.mark.parametrize(
    ("steps", "observations", "target", "expected"),
    [
        pytest.param([(0, 0), (1, 0), (2, 0), (3, 0)], 4, (4, 0), 0.5, id="straight on"),
        pytest.param([(0, 0), (1, 0), (2, 0), (3, 0)], 4, (2, 0), -0.5, id="back"),
        pytest.param([(0, 0), (1, 0), (2, 0), (3, 0)], 4, (3, 5), 0.0, id="a right angle"),
        pytest.param([(0, 0), (1, 0), (2, 0), (3, 0)], 4, (4, 1), 0.25, id="half of one"),
        pytest.param([(9, 9), (9, 9), (2, 0), (3, 0)], 2, (4, 0), 0.5, id="two observations"),
        pytest.param([(9, 9), (9, 9), (9, 9), (3, 0)], 1, (4, 0), 0.0, id="one observation has no direction"),
        pytest.param([(3, 0), (3, 0), (3, 0), (3, 0)], 9, (4, 0), 0.0, id="who stands has no direction"),
        pytest.param([(0, 0), (1, 0), (2, 0), (3, 0)], 9, (3, 0), 0.0, id="who stops has no direction"),
    ],
)
def test_direction(steps: list[tuple[float, float]], observations: int, target: tuple, expected: float) -> None:
    newest_first = np.array([steps[::-1]], float)
    found = direction(newest_first, np.array([observations]), np.array([0]), np.array([target], float))
    np.testing.assert_allclose(found, [expected], atol=1e-12)
