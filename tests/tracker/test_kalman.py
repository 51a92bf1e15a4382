"""The closed-form filters against filterpy's dense ones, over long random runs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from filterpy.kalman import KalmanFilter

from flatsort.tracker.kalman import (
    COVARIANCE,
    POSITION,
    POSITION_VARIANCE,
    VELOCITY,
    VELOCITY_VARIANCE,
    XYAH,
    XYSR,
    XYWH,
    MotionModel,
    at_rate,
)


def dense_sort(measurement: np.ndarray) -> KalmanFilter:
    """SORT's seven states: x, y, s, r and the velocities of the first three."""
    dense = KalmanFilter(dim_x=7, dim_z=4)
    dense.F = np.eye(7)
    dense.F[[0, 1, 2], [4, 5, 6]] = 1
    dense.H = np.eye(4, 7)
    dense.R = np.diag([1.0, 1, 10, 10])
    dense.P = np.diag([10.0, 10, 10, 10, 1e4, 1e4, 1e4])
    dense.Q = np.diag([1.0, 1, 1, 1, 0.01, 0.01, 0.0001])
    dense.x[:4, 0] = measurement
    return dense


def deepsort_noise(height: float, position: float, velocity: float, aspect: float) -> np.ndarray:
    p, v = position * height / 20, velocity * height / 160
    return np.diag(np.square([p, p, aspect, p, v, v, 1e-5, v]))


def dense_deepsort(measurement: np.ndarray) -> KalmanFilter:
    """DeepSORT's eight states: x, y, a, h and their velocities."""
    dense = KalmanFilter(dim_x=8, dim_z=4)
    dense.F = np.eye(8)
    dense.F[range(4), range(4, 8)] = 1
    dense.H = np.eye(4, 8)
    dense.P = deepsort_noise(measurement[3], 2, 10, 1e-2)
    dense.x[:4, 0] = measurement
    return dense


def dense_default(measurement: np.ndarray) -> KalmanFilter:
    """The default's eight states: x, y, w, h and their velocities; those of w and h fade."""
    dense = KalmanFilter(dim_x=8, dim_z=4)
    dense.F = np.eye(8)
    dense.F[range(4), range(4, 8)] = 1
    dense.H = np.eye(4, 8)
    dense.P = default_noise(measurement[3], 2, 10)
    dense.x[:4, 0] = measurement
    return dense


def default_noise(height: float, position: float, velocity: float) -> np.ndarray:
    return np.diag(np.square(np.repeat([position * height / 20, velocity * height / 200], 4)))


def step_dense(dense: KalmanFilter, measurement: np.ndarray | None, model: MotionModel) -> None:
    if model is XYSR:
        if dense.x[6, 0] + dense.x[2, 0] <= 0:
            dense.x[6, 0] = 0
        dense.predict()
        noise = dense.R
    elif model is XYWH:
        # Fading takes from the mean; the variance is kept, as by process noise that gives back what it took.
        dense.x[6:] *= 0.8
        dense.x[6:][dense.x[2:4] + dense.x[6:] <= 0] = 0
        dense.predict(Q=default_noise(dense.x[3, 0], 1, 1))
        noise = default_noise(dense.x[3, 0], 1, 1)[:4, :4]
    else:
        dense.predict(Q=deepsort_noise(dense.x[3, 0], 1, 1, 1e-2))
        noise = deepsort_noise(dense.x[3, 0], 1, 1, 1e-1)[:4, :4]
    if measurement is not None:
        dense.update(measurement[:, None], R=noise)


MODELS = {"xysr": (XYSR, dense_sort), "xyah": (XYAH, dense_deepsort), "xywh": (XYWH, dense_default)}


@pytest.mark.parametrize(("model", "dense_model"), MODELS.values(), ids=MODELS.keys())
@pytest.mark.parametrize("seed", range(3))
def test_equals_the_dense_filter(
    model: MotionModel, dense_model: Callable[[np.ndarray], KalmanFilter], seed: int
) -> None:
    random = np.random.default_rng(seed)
    tracks, frames = 5, 400
    boxes = np.concatenate([random.uniform(0, 500, (tracks, 2)), random.uniform(520, 900, (tracks, 2))], 1)
    measured = model.measure(boxes)
    filters = model.initiate(measured)
    dense = [dense_model(row) for row in measured]
    for _ in range(frames):
        model.predict(filters)
        seen = random.random(tracks) > 0.2
        boxes += random.normal(0, 3, (tracks, 1))
        measured = model.measure(boxes + random.normal(0, 4, boxes.shape))
        matched = filters[:, seen]
        model.update(matched, measured[seen])
        filters[:, seen] = matched
        for row, filter_ in enumerate(dense):
            step_dense(filter_, measured[row] if seen[row] else None, model)
    for row, filter_ in enumerate(dense):
        size = filter_.dim_x
        mean = np.concatenate([filters[POSITION, row], filters[VELOCITY, row]])[:size]
        np.testing.assert_allclose(mean, filter_.x[:, 0], rtol=1e-9, atol=1e-9)
        covariance = np.zeros((8, 8))
        covariance[range(4), range(4)] = filters[POSITION_VARIANCE, row]
        covariance[range(4, 8), range(4, 8)] = filters[VELOCITY_VARIANCE, row]
        covariance[range(4), range(4, 8)] = covariance[range(4, 8), range(4)] = filters[COVARIANCE, row]
        np.testing.assert_allclose(covariance[:size, :size], filter_.P, rtol=1e-9, atol=1e-9)


def test_an_area_may_not_shrink_through_zero() -> None:
    filters = XYSR.initiate(np.array([[0.0, 0.0, 100.0, 0.5]]))
    filters[VELOCITY, 0, 2] = -150
    XYSR.predict(filters)
    assert filters[POSITION, 0, 2] == 100


@pytest.mark.parametrize("model", [XYSR, XYAH, XYWH], ids=["xysr", "xyah", "xywh"])
def test_measure_and_boxes_are_inverse(model: MotionModel) -> None:
    boxes = np.array([[0.0, 0.0, 10.0, 20.0], [-5.5, 3.25, 1.0, 90.0]])
    np.testing.assert_allclose(model.boxes(model.measure(boxes)), boxes)


@pytest.mark.parametrize("model", [XYSR, XYAH, XYWH], ids=["xysr", "xyah", "xywh"])
def test_warp_moves_boxes_like_the_camera(model: MotionModel) -> None:
    boxes = np.array([[100.0, 100.0, 140.0, 200.0], [300.0, 50.0, 350.0, 180.0]])
    filters = model.initiate(model.measure(boxes))
    before = filters[POSITION_VARIANCE].copy()
    model.warp(filters, np.array([[1.1, 0.0, 7.0], [0.0, 1.1, -3.0]]))
    np.testing.assert_allclose(model.boxes(filters[POSITION]), boxes * 1.1 + [7, -3, 7, -3])
    np.testing.assert_allclose(filters[POSITION_VARIANCE, :, :2], before[:, :2] * 1.21)


@pytest.mark.parametrize("frame_rate", [None, 30.0, 60.0])
def test_usual_rates_have_the_plain_noise(frame_rate: float | None) -> None:
    assert at_rate(frame_rate) is XYWH


def test_speed_is_in_seconds_at_low_rates_and_so_is_its_change() -> None:
    at = {rate: at_rate(rate) for rate in (10.0, 5.0, 2.5)}
    speed = {rate: np.sqrt(model.initial[1][1]) * rate for rate, model in at.items()}
    np.testing.assert_allclose(speed[5.0], speed[10.0])
    np.testing.assert_allclose(speed[5.0], np.sqrt(XYWH.initial[1][1]) * 30)
    np.testing.assert_allclose(at[10.0].process[1], XYWH.process[1])
    # Random accelerations: the variance of a speed in heights a second grows with the time between frames.
    change = {rate: at[rate].process[1][1] * rate**2 for rate in at}
    np.testing.assert_allclose(change[2.5], 2 * change[5.0])
    np.testing.assert_allclose(at[2.5].process[1][0], 2 * at[5.0].process[1][0])
