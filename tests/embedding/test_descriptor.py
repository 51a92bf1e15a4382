"""The seam: what `describe` lets through, and what it refuses by name."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from flatsort.data import Detections, Frame, InputError
from flatsort.embedding import describe
from flatsort.embedding.descriptor import Distance


class Constant:
    """Returns what it was given, whatever it is asked."""

    name, dimension, gate = "constant", 2, 1.0
    distance: Distance = "euclidean"

    def __init__(self, answer: NDArray[np.float64]) -> None:
        self.answer = answer

    def __call__(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.float32]:
        return self.answer  # type: ignore[return-value]


IMAGE = np.zeros((10, 10, 3), np.uint8)
TWO = Detections(np.array([[0.0, 0.0, 5.0, 5.0], [1.0, 1.0, 6.0, 6.0]]), np.ones(2))


def test_float64_becomes_float32() -> None:
    vectors = describe(Constant(np.array([[1.0, 2.0], [3.0, 4.0]])), Frame(1, IMAGE, TWO))
    assert vectors.dtype == np.float32
    np.testing.assert_array_equal(vectors, [[1, 2], [3, 4]])


def test_no_detections_need_no_image() -> None:
    assert describe(Constant(np.empty((0, 7))), Frame(1, None, Detections.none())).shape == (0, 2)


@pytest.mark.parametrize(
    ("answer", "image", "message"),
    [
        (np.zeros((2, 3)), IMAGE, r"descriptor constant, frame 4: returned shape \(2, 3\), expected \(2, 2\)"),
        (np.zeros((1, 2)), IMAGE, r"returned shape \(1, 2\), expected \(2, 2\)"),
        (np.array([[0, 0], [0, np.nan]]), IMAGE, "descriptor constant, frame 4, row 2: NaN or infinity"),
        (np.array([[np.inf, 0], [0, 0]]), IMAGE, "descriptor constant, frame 4, row 1: NaN or infinity"),
        ([[0.0, 0.0]] * 2, IMAGE, r"frame 4: returned list, expected an array of numbers, \(2, 2\)"),
        (np.array([["a", "b"]] * 2), IMAGE, "frame 4: returned <U1, expected an array of numbers"),
        (np.zeros((2, 2)), None, "descriptor constant, frame 4: needs the image, and this frame has none"),
    ],
    ids=["dimension", "rows", "nan", "infinity", "list", "text", "no image"],
)
def test_refused(answer: NDArray[np.float64], image: NDArray[np.uint8] | None, message: str) -> None:
    with pytest.raises(InputError, match=message):
        describe(Constant(answer), Frame(4, image, TWO))


def test_zero_has_no_direction() -> None:
    descriptor = Constant(np.array([[1.0, 0.0], [0.0, 0.0]]))
    describe(descriptor, Frame(1, IMAGE, TWO))
    descriptor.distance = "cosine"
    with pytest.raises(InputError, match="row 2: the vector is zero and has no direction"):
        describe(descriptor, Frame(1, IMAGE, TWO))
