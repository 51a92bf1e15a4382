"""Cutting regions from frames, and writing pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.tracker.drawing.picture import cut, plain_background, write_picture

FILL = (1, 2, 3)


def noise(height: int = 90, width: int = 120) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_region_inside_at_its_own_size_is_a_slice() -> None:
    image = noise()
    np.testing.assert_array_equal(cut(image, np.array([20.0, 10, 60, 70]), (40, 60), FILL), image[10:70, 20:60])


def test_what_lies_outside_is_filled() -> None:
    image = noise()
    out = cut(image, np.array([-10.0, -20, 30, 40]), (40, 60), FILL)
    np.testing.assert_array_equal(out[20:, 10:], image[:40, :30])
    assert (out[:20] == FILL).all()
    assert (out[:, :10] == FILL).all()


@pytest.mark.parametrize(
    "region",
    [[-500, -500, -400, -300], [500, 500, 600, 700], [-900, 10, -100, 3000]],
    ids=["before", "behind", "large"],
)
def test_a_region_wholly_outside_is_all_fill(region: list[float]) -> None:
    assert (cut(noise(), np.array(region, float), (24, 32), FILL) == FILL).all()


@pytest.mark.parametrize("scale", [0.1, 0.4, 0.9, 3.0])
def test_a_gradient_keeps_its_place_at_any_scale(scale: float) -> None:
    x = np.tile(np.arange(240, dtype=np.uint8), (240, 1))
    image = np.stack([x, x.T, x], axis=2)
    size = round(200 * scale)
    out = cut(image, np.array([20.0, 20, 220, 220]), (size, size), FILL).astype(float)
    centres = 20 + (np.arange(size) + 0.5) / scale - 0.5
    inside = slice(1, -1)
    assert np.abs(out[size // 2, inside, 0] - centres[inside]).max() < 1.0 + 0.6 / scale
    assert np.abs(out[inside, size // 2, 1] - centres[inside]).max() < 1.0 + 0.6 / scale


def test_shrinking_averages() -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    image[:, ::2] = 200
    out = cut(image, np.array([0.0, 0, 200, 200]), (20, 20), FILL)
    assert (np.abs(out[2:-2, 2:-2].astype(int) - 100) <= 20).all()


def test_a_plain_background_has_the_size_asked() -> None:
    assert plain_background((64, 48)).shape == (48, 64, 3)


def test_a_picture_is_written_whole(tmp_path: Path) -> None:
    image = noise()
    write_picture(tmp_path / "a.png", image)
    np.testing.assert_array_equal(cv2.imread(str(tmp_path / "a.png")), image)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not the name of a picture"):
        write_picture(tmp_path / "a.txt", noise())
    assert not list(tmp_path.iterdir())


def test_a_region_may_reach_any_distance() -> None:
    image = np.full((120, 160, 3), 255, np.uint8)
    for region in ([-1e9, -1e9, 1e9, 1e9], [1e300, 0, 1e300, 20], [-1e12, 10, 1e12, 20]):
        picture = cut(image, np.array(region, float), (112, 224), FILL)
        assert picture.shape == (224, 112, 3)
