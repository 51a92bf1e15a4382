"""The colour histogram: invariances, and that it tells clothes apart."""

from __future__ import annotations

import numpy as np
import pytest

from flatsort.data import InputError
from flatsort.embedding import load_descriptor
from flatsort.embedding.descriptors.hsv import ColourHistogram

BOX = np.array([[10.0, 10.0, 42.0, 74.0]])


def person(shirt: tuple[int, int, int], trousers: tuple[int, int, int], background: int = 0) -> np.ndarray:
    image = np.full((90, 60, 3), background, np.uint8)
    image[10:42, 18:34] = shirt
    image[42:74, 18:34] = trousers
    return image


RED, BLUE, GREEN = (30, 30, 220), (220, 40, 40), (40, 200, 60)


def test_shape_and_length() -> None:
    vectors = ColourHistogram()(person(RED, BLUE), np.concatenate([BOX, BOX + 7.3, BOX - 500]))
    assert vectors.shape == (3, 512)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_boxes() -> None:
    assert ColourHistogram()(person(RED, BLUE), np.empty((0, 4))).shape == (0, 512)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (person(RED, BLUE), person(RED, BLUE, background=90), True),  # the middle counts more than the sides
        (person(RED, BLUE), person((36, 36, 216), (216, 46, 46)), True),
        (person(RED, BLUE), person(BLUE, RED), False),  # the same colours in other places
        (person(RED, BLUE), person(RED, GREEN), False),
        (person(RED, BLUE), person(GREEN, GREEN), False),
    ],
    ids=["background", "slightly other colours", "swapped", "other trousers", "all other"],
)
def test_distance(one: np.ndarray, other: np.ndarray, alike: bool) -> None:
    hsv = ColourHistogram()
    assert (np.linalg.norm(hsv(one, BOX) - hsv(other, BOX)) < 0.7) == alike


def test_size_of_the_person_does_not_matter() -> None:
    image = person(RED, BLUE)
    large = image.repeat(3, axis=0).repeat(3, axis=1)
    hsv = ColourHistogram()
    assert np.linalg.norm(hsv(image, BOX) - hsv(large, BOX * 3)) < 0.1


def test_rows_are_independent() -> None:
    image = np.random.default_rng(0).integers(0, 256, (120, 160, 3), dtype=np.uint8)
    boxes = np.random.default_rng(1).uniform(0, 80, (6, 4))
    boxes[:, 2:] += boxes[:, :2]
    hsv = ColourHistogram()
    np.testing.assert_array_equal(hsv(image, boxes), np.concatenate([hsv(image, box[None]) for box in boxes]))


def test_load() -> None:
    descriptor = load_descriptor("hsv,gate=0.5")
    assert descriptor is not None
    assert (descriptor.name, descriptor.distance, descriptor.gate) == ("hsv", "euclidean", 0.5)
    with pytest.raises(InputError, match="descriptor hsv:x: takes no file; write hsv"):
        load_descriptor("hsv:x")
