"""Crops against a slow, independent sampler, and boxes in every position."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from flatsort.data.crops.cutting import cut_crops


@pytest.fixture(scope="module")
def image() -> NDArray[np.uint8]:
    """A smooth field, different in each channel, so that a misplaced sample shows."""
    y, x = np.mgrid[0:60, 0:80].astype(np.float64)
    return np.stack([128 + 100 * np.sin(x / 9), 128 + 100 * np.cos(y / 7), 2 * x + y], axis=2).round().astype(np.uint8)


def sample(image: NDArray[np.uint8], box: list[float], size: tuple[int, int], samples: int = 8) -> NDArray[np.float64]:
    """Oracle: the mean of bilinear samples, in plain double precision, edge pixels repeated."""
    height, width = size
    x = box[0] + (np.arange(width * samples) + 0.5) / (width * samples) * (box[2] - box[0]) - 0.5
    y = box[1] + (np.arange(height * samples) + 0.5) / (height * samples) * (box[3] - box[1]) - 0.5

    def lines(at: NDArray[np.float64], length: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        at = np.clip(at, 0, length - 1)
        low = np.floor(at).astype(np.int64)
        return low, np.minimum(low + 1, length - 1), at - low

    y0, y1, fy = lines(y, image.shape[0])
    x0, x1, fx = lines(x, image.shape[1])
    rows = image[y0] * (1 - fy)[:, None, None] + image[y1] * fy[:, None, None]
    fine = rows[:, x0] * (1 - fx)[None, :, None] + rows[:, x1] * fx[None, :, None]
    return fine.reshape(height, samples, width, samples, 3).mean(axis=(1, 3))


POSITIONS = {
    "inside, half a pixel off": [10.5, 12.25, 30.5, 52.25],
    "smaller than a pixel": [20.2, 20.3, 20.6, 20.7],
    "no width": [20.5, 10.0, 20.5, 50.0],
    "partly left of and above the image": [-15.0, -20.0, 12.0, 25.0],
    "partly right of and below the image": [70.0, 40.0, 95.0, 75.0],
    "wholly outside": [200.0, 300.0, 220.0, 360.0],
    "larger than the image": [-20.0, -15.0, 110.0, 80.0],
}


@pytest.mark.parametrize("box", POSITIONS.values(), ids=POSITIONS.keys())
@pytest.mark.parametrize("size", [(64, 64), (16, 8), (128, 64)])
def test_equals_slow_sampler(image: NDArray[np.uint8], box: list[float], size: tuple[int, int]) -> None:
    crop = cut_crops(image, np.array([box]), size)
    assert crop.shape == (1, *size, 3)
    difference = np.abs(crop[0] - sample(image, box, size))
    assert difference.mean() < 1.0
    assert difference.max() < 8.0  # the field's steepest step is 14 a pixel; one or two samples a pixel against eight


def test_whole_pixels_are_copied(image: NDArray[np.uint8]) -> None:
    crop = cut_crops(image, np.array([[7.0, 5.0, 39.0, 37.0]]), (32, 32))
    np.testing.assert_array_equal(crop[0], image[5:37, 7:39])


def test_far_outside_is_the_nearest_corner(image: NDArray[np.uint8]) -> None:
    crops = cut_crops(image, np.array([[-1e12, -1e12, -1e11, -1e11], [500.0, 500.0, 1e9, 1e9]]), (4, 4))
    assert (crops[0] == image[0, 0]).all()
    assert (crops[1] == image[-1, -1]).all()


def test_downscaling_reads_every_pixel() -> None:
    """One white column in sixteen must leave the same grey wherever it stands."""
    for column in range(16):
        image = np.zeros((64, 64, 3), np.uint8)
        image[:, column::16] = 160
        crop = cut_crops(image, np.array([[0.0, 0.0, 64.0, 64.0]]), (4, 4))
        assert np.abs(crop.astype(int) - 10).max() <= 1


def test_pad_widens_the_shorter_side(image: NDArray[np.uint8]) -> None:
    tall, square = np.array([[30.0, 10.0, 40.0, 50.0]]), np.array([[15.0, 10.0, 55.0, 50.0]])
    np.testing.assert_array_equal(cut_crops(image, tall, (32, 32), "pad"), cut_crops(image, square, (32, 32)))
    np.testing.assert_array_equal(cut_crops(image, tall, (64, 16), "pad"), cut_crops(image, tall, (64, 16)))


def test_no_boxes(image: NDArray[np.uint8]) -> None:
    assert cut_crops(image, np.empty((0, 4))).shape == (0, 64, 64, 3)


def test_rows_do_not_depend_on_each_other(image: NDArray[np.uint8]) -> None:
    boxes = np.array(list(POSITIONS.values()))
    together = cut_crops(image, boxes, (32, 16))
    np.testing.assert_array_equal(together, np.concatenate([cut_crops(image, box[None], (32, 16)) for box in boxes]))


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        (np.zeros((2, 5)), r"boxes has shape \(2, 5\), expected \(n, 4\)"),
        (np.array([[0.0, 0.0, 5.0, 5.0], [0.0, 0.0, np.nan, 5.0]]), "boxes, row 1"),
        (np.array([[9.0, 0.0, 5.0, 5.0]]), "boxes, row 0"),
    ],
)
def test_bad_boxes(image: NDArray[np.uint8], boxes: NDArray[np.float64], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        cut_crops(image, boxes)


def test_bad_image_and_options(image: NDArray[np.uint8]) -> None:
    box = np.array([[0.0, 0.0, 5.0, 5.0]])
    with pytest.raises(ValueError, match="image is float64"):
        cut_crops(image.astype(np.float64), box)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"image is uint8 \(60, 80\)"):
        cut_crops(image[:, :, 0], box)
    with pytest.raises(ValueError, match="image is NoneType"):
        cut_crops(None, box)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="aspect is 'squash'"):
        cut_crops(image, box, aspect="squash")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="size is"):
        cut_crops(image, box, size=(0, 4))
