"""Pixels as a descriptor: which value stands where, that distances are those of pixels, and that it is tracked with."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.embedding import load_descriptor
from flatsort.embedding.descriptors.pixels import Pixels


def test_values_are_red_green_blue_row_by_row() -> None:
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    vectors = Pixels()(image, np.array([[3.0, 4.0, 19.0, 36.0], [20.0, 0.0, 36.0, 32.0]]))
    assert vectors.shape == (2, 1536)
    assert vectors.dtype == np.float32
    for vector, (left, top) in zip(vectors, ((3, 4), (20, 0)), strict=True):
        expected = image[top : top + 32, left : left + 16, ::-1] / 255  # one pixel a sample: nothing is resized
        np.testing.assert_allclose(vector.reshape(32, 16, 3), expected, atol=1e-6)


def test_black_and_white_are_farthest_apart() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 32:] = 255
    black, white = Pixels()(image, np.array([[0.0, 0.0, 30.0, 64.0], [34.0, 0.0, 64.0, 64.0]]))
    assert np.linalg.norm(white - black) == pytest.approx(np.sqrt(1536))


def test_no_boxes() -> None:
    assert Pixels()(np.zeros((9, 9, 3), np.uint8), np.empty((0, 4))).shape == (0, 1536)


def test_load() -> None:
    descriptor = load_descriptor("pixels")
    assert descriptor is not None
    assert (descriptor.name, descriptor.distance, descriptor.dimension) == ("pixels", "euclidean", 1536)
    with pytest.raises(InputError, match="descriptor pixels:x: takes no file; write pixels"):
        load_descriptor("pixels:x")
