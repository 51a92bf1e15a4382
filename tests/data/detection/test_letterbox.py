"""Images into a network's input and boxes back."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.data.detection.letterbox import GREY, Fit, ImageInput


@pytest.mark.parametrize("fit", ["corner", "centre", "stretch"])
@pytest.mark.parametrize("shape", [(100, 200), (200, 100), (64, 64), (333, 517)])
def test_a_box_comes_back_to_where_it_was(fit: Fit, shape: tuple[int, int]) -> None:
    """A white box on black is found in the input by its pixels; put back, it is where it was drawn, to a pixel."""
    image = np.zeros((*shape, 3), np.uint8)
    top, left, bottom, right = (round(f * side) for f, side in zip((0.2, 0.3, 0.7, 0.8), (*shape, *shape), strict=True))
    image[top:bottom, left:right] = 255
    prepared = ImageInput((96, 128), fit, scale=1.0).prepare(image)
    assert prepared.shape == (3, 96, 128)
    rows, columns = np.nonzero(prepared[0] > 180)
    seen = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float64)
    back = ImageInput((96, 128), fit).restore(seen, shape)
    pixel = max(shape) / 96
    np.testing.assert_allclose(back, [[left, top, right, bottom]], atol=1.5 * max(1, pixel))


def test_padding_is_grey_and_lies_where_the_family_has_it() -> None:
    image = np.zeros((50, 100, 3), np.uint8)
    corner = ImageInput((100, 100), "corner", scale=1.0).prepare(image)[0]
    centre = ImageInput((100, 100), "centre", scale=1.0).prepare(image)[0]
    assert (corner[:50] == 0).all()
    assert (corner[50:] == GREY).all()
    assert (centre[25:75] == 0).all()
    assert (centre[:25] == GREY).all()
    assert (centre[75:] == GREY).all()


def test_channels_scale_mean_and_deviation() -> None:
    image = np.full((8, 8, 3), (10, 20, 30), np.uint8)
    plain = ImageInput((8, 8), "stretch", rgb=False, scale=1.0).prepare(image)
    assert plain[:, 0, 0].tolist() == [10, 20, 30]
    turned = ImageInput((8, 8), "stretch", scale=10.0, mean=(1.0, 1.0, 0.0), std=(2.0, 1.0, 4.0)).prepare(image)
    np.testing.assert_allclose(turned[:, 0, 0], [(3 - 1) / 2, 2 - 1, 1 / 4])
