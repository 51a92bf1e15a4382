"""The pendulum: same seed, same bytes; the rod points where the label says; the noise floor is the stated one."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.data.experiments import pendulum


def test_same_seed_same_bytes_and_stated_shapes() -> None:
    first, again, other = pendulum.load(0), pendulum.load(0), pendulum.load(1)
    assert first.train.tobytes() == again.train.tobytes() != other.train.tobytes()
    assert (first.train.shape, first.validation.shape, first.test.shape) == ((12_000, 256), (1_500, 256), (1_500, 256))
    assert first.train.dtype == np.float32
    assert "12,000 training" in first.describe()


@pytest.mark.parametrize(
    ("angle", "row", "column"),
    [(0.0, 12, 8), (np.pi / 2, 8, 12), (np.pi, 3, 8), (3 * np.pi / 2, 8, 3)],
    ids=["down", "right", "up", "left"],
)
def test_rod_points_where_the_angle_says(angle: float, row: int, column: int) -> None:
    image = pendulum.render(np.array([angle])).reshape(16, 16)
    opposite = image[15 - row, 15 - column]
    assert image[row, column] > 0.8 > 0.1 > opposite


def test_noise_floor() -> None:
    data = pendulum.load(3)
    residual = data.test - pendulum.render(data.about["test"].labels.astype(float))
    assert residual.std() == pytest.approx(pendulum.NOISE, rel=0.01)
    assert abs(residual.mean()) < 3 * pendulum.NOISE / np.sqrt(residual.size)
