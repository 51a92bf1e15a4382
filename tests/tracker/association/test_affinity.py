"""The terms of a pair against plain loops over all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.association.affinity import MOTION_GATE, direction, overlapping, within_reach
from flatsort.tracker.kalman import POSITION, POSITION_VARIANCE, XYWH
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


def test_reach_is_the_mahalanobis_distance() -> None:
    table = TrackTable(XYWH)
    table.start(np.arange(12), XYWH.measure(boxes_of(12, 2)), np.ones(12))
    table.predict()
    measurements = XYWH.measure(boxes_of(60, 3))
    found = set(zip(*(index.tolist() for index in within_reach(table, np.arange(1, 12), measurements)), strict=True))
    expected = set()
    for i in range(1, 12):
        variance = table.filters[POSITION_VARIANCE, i] + (table.filters[POSITION, i, 3] / 20) ** 2
        for j, measured in enumerate(measurements):
            if (np.square(measured - table.filters[POSITION, i]) / variance).sum() < MOTION_GATE:
                expected.add((i, j))
    assert found == expected
    assert 5 < len(expected) < 11 * 60


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
