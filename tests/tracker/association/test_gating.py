"""Pairs within a gate of motion against a plain loop over all pairs."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.tracker.association.gating import motion_gated_pairs
from flatsort.tracker.kalman import POSITION, POSITION_VARIANCE, XYWH
from flatsort.tracker.track_table import TrackTable
from tests.tracker.association.test_affinity import boxes_of

GATE = 100.0


@pytest.mark.parametrize("first", [0, 1], ids=["all tracks", "all but one"])
def test_they_are_those_within_the_mahalanobis_distance(first: int) -> None:
    table = TrackTable(XYWH)
    table.start(np.arange(12), XYWH.measure(boxes_of(12, 2)), np.ones(12))
    table.predict()
    measurements = XYWH.measure(boxes_of(60, 3))
    (rows, columns), distances = motion_gated_pairs(table, np.arange(first, 12), measurements, GATE)
    expected = {}
    for i in range(first, 12):
        variance = table.filters[POSITION_VARIANCE, i] + (table.filters[POSITION, i, 3] / 20) ** 2
        for j, measured in enumerate(measurements):
            distance = (np.square(measured - table.filters[POSITION, i]) / variance).sum()
            if distance <= GATE:
                expected[i, j] = distance
    assert dict(zip(zip(rows.tolist(), columns.tolist(), strict=True), distances, strict=True)) == pytest.approx(
        expected
    )
    assert 5 < len(expected) < 11 * 60
