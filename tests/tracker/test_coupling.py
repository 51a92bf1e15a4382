"""Coupled filters against dense ones of eight states, before a camera that turns, zooms and shears."""

from __future__ import annotations

import numpy as np
import pytest
from filterpy.kalman import KalmanFilter

from flatsort.tracker.association.botsort import XYWH
from flatsort.tracker.coupling import predict_coupling, update_coupled, warp_coupled
from flatsort.tracker.kalman import POSITION, POSITION_VARIANCE, VELOCITY, VELOCITY_VARIANCE


def noise(state: np.ndarray, position: float, velocity: float) -> np.ndarray:
    """BoT-SORT's: x and width by the width, y and height by the height."""
    side = np.tile(state[2:4], 2)
    return np.diag(np.square(np.concatenate((side * position / 20, side * velocity / 160))))


def dense_filter(measurement: np.ndarray) -> KalmanFilter:
    dense = KalmanFilter(dim_x=8, dim_z=4)
    dense.F[range(4), range(4, 8)] = 1
    dense.H = np.eye(4, 8)
    dense.x[:4, 0] = measurement
    dense.P = noise(measurement, 2, 10)
    return dense


def camera(random: np.random.Generator) -> np.ndarray:
    linear = np.eye(2) + random.normal(0, 0.03, (2, 2))
    return np.column_stack((linear, random.normal(0, 4, 2)))


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_dense_filter(seed: int) -> None:
    random = np.random.default_rng(seed)
    start = random.uniform((100, 100, 400, 400), (500, 400, 600, 600), (5, 4))
    filters, coupling = XYWH.initiate(start), np.zeros((3, 5, 4))
    dense = [dense_filter(measurement) for measurement in start]
    for frame in range(60):
        XYWH.predict(filters)
        predict_coupling(coupling)
        for track in dense:
            track.predict(Q=noise(track.x[:, 0], 1, 1))
        if frame % 3:
            motion = camera(random)
            warp_coupled(filters, coupling, motion)
            turn = np.kron(np.eye(4), motion[:, :2])
            for track in dense:
                track.x = turn @ track.x
                track.x[:2, 0] += motion[:, 2]
                track.P = turn @ track.P @ turn.T
        if frame % 4:
            seen = filters[POSITION] + random.normal(0, 2, (5, 4))
            update_coupled(XYWH, filters, coupling, seen)
            for track, measurement in zip(dense, seen, strict=True):
                track.update(measurement[:, None], R=noise(track.x[:, 0], 1, 1)[:4, :4])
        states = np.array([track.x[:, 0] for track in dense])
        covariance = np.array([track.P for track in dense])
        np.testing.assert_allclose(np.concatenate(filters[[POSITION, VELOCITY]], axis=1), states, rtol=1e-8, atol=1e-8)
        own = np.concatenate(filters[[POSITION_VARIANCE, VELOCITY_VARIANCE]], axis=1)
        np.testing.assert_allclose(own, covariance[:, range(8), range(8)], rtol=1e-7)
        i, partner = np.arange(4), np.array([1, 0, 3, 2])
        for shared, rows, columns in ((0, i, partner), (1, i, partner + 4), (2, i + 4, partner + 4)):
            np.testing.assert_allclose(coupling[shared], covariance[:, rows, columns], rtol=1e-6, atol=1e-7)
    assert abs(coupling).max() > 1e-3  # or nothing was tested


def test_a_camera_that_does_not_turn_couples_nothing() -> None:
    filters, coupling = XYWH.initiate(np.array([[100.0, 100, 40, 90]])), np.zeros((3, 1, 4))
    warp_coupled(filters, coupling, np.array([[1.1, 0, 5], [0, 0.9, -3]]))
    assert not coupling.any()
    np.testing.assert_allclose(filters[POSITION, 0], [115, 87, 44, 81])
