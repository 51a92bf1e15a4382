"""Cameras told from crops: people drawn from two angles, in all colours, fall into two views."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from flatsort.train_embedding.batches.camera_views import group_views, outlines


def crops_from_angles(tracklets: int, moments: int) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """Crops, the tracklet of each, and the angle of each tracklet: striding legs and a rail, or straight legs."""
    random = np.random.default_rng(1)
    angle = random.permutation(np.arange(tracklets) % 2)
    crops = np.empty((tracklets * moments, 128, 64, 3), np.uint8)
    rows, columns = np.mgrid[:128, :64]
    for place in range(len(crops)):
        picture = np.tile(random.integers(0, 256, 3), (128, 64, 1)).astype(float)
        colour = random.integers(0, 256, 3)
        lean = 0.35 if angle[place // moments] else 0.0
        shift = random.uniform(-4, 4)
        for side in (-1, 1):
            leg = np.abs(columns - 32 - shift - side * (4 + lean * (rows - 60))) < 5
            picture[leg & (rows > 60)] = colour
        picture[(np.abs(columns - 32 - shift) < 10) & (rows > 20) & (rows <= 60)] = colour
        if angle[place // moments]:
            picture[(rows % 24 < 3) & (np.abs(columns - 32) > 14)] = random.integers(0, 256, 3)
        crops[place] = np.clip(picture + random.normal(0, 6, picture.shape), 0, 255)
    return crops, np.repeat(np.arange(tracklets), moments), angle


def test_two_angles_are_two_views_whatever_people_wear() -> None:
    crops, tracklets, angle = crops_from_angles(40, 3)
    views = group_views(outlines(crops), tracklets)
    assert views[0] == 0
    np.testing.assert_array_equal(views, np.abs(angle - angle[0]))
    np.testing.assert_array_equal(views, group_views(outlines(crops), tracklets))


def test_outlines_are_those_of_the_mirror_image() -> None:
    crops, _, _ = crops_from_angles(2, 2)
    mirrored = np.ascontiguousarray(crops[:, :, ::-1])
    np.testing.assert_allclose(outlines(mirrored), outlines(crops), rtol=1e-5, atol=1e-4)
    assert outlines(crops).shape == (4, 8 * 4 * 8)


def test_the_order_of_crops_does_not_matter() -> None:
    crops, tracklets, _ = crops_from_angles(20, 3)
    order = np.random.default_rng(0).permutation(len(crops))
    one, other = group_views(outlines(crops), tracklets), group_views(outlines(crops[order]), tracklets[order])
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(("tracklets", "views"), [(3, 2), (8, 1)])
def test_too_few_are_refused(tracklets: int, views: int) -> None:
    with pytest.raises(ValueError, match="views"):
        group_views(np.zeros((tracklets, 4), np.float32), np.arange(tracklets), views)
