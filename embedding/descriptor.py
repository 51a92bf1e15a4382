"""The seam between appearance and tracking: what a descriptor is, and the one place where its answers are checked."""

from __future__ import annotations

from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from flatsort.data import Frame, InputError

Distance = Literal["euclidean", "cosine"]
DISTANCES: tuple[Distance, ...] = ("euclidean", "cosine")


class Descriptor(Protocol):
    """An image and boxes in, one vector a box out.

    Called with an image, (h, w, 3) uint8 BGR, and boxes, (n, 4) float64 `xyxy` in pixels; returns (n, dimension)
    float32.

    name: as the user wrote it.
    dimension: of a vector.
    distance: how two vectors are compared.
    gate: above which distance they are different people.
    """

    name: str
    dimension: int
    distance: Distance
    gate: float

    def __call__(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.float32]: ...


@runtime_checkable
class FrameDescriptor(Protocol):
    """A descriptor that answers by frame number and boxes, without the image (stored descriptors)."""

    def of_frame(self, frame: Frame) -> NDArray[np.float32]: ...


def describe(descriptor: Descriptor, frame: Frame) -> NDArray[np.float32]:
    """The descriptors of a frame's detections, checked.

    Returns (n, dimension) float32, row i for detection i; (0, dimension) where the frame has no detections.
    Raises InputError that names the descriptor and the frame where the image is missing, or the descriptor returns
    another shape, NaN or infinity, or a vector without length where angles are compared (names the detection, counted
    from 1).
    """
    boxes = frame.detections.boxes
    if len(boxes) == 0:
        return np.empty((0, descriptor.dimension), np.float32)
    where = f"descriptor {descriptor.name}, frame {frame.index}"
    if isinstance(descriptor, FrameDescriptor):
        vectors = descriptor.of_frame(frame)
    elif frame.image is None:
        cure = "give a source with frames, or descriptors stored before as npy:FILE"
        raise InputError(where, None, "needs the image, and this frame has none", cure)
    else:
        vectors = descriptor(frame.image, boxes)
    expected = (len(boxes), descriptor.dimension)
    if not isinstance(vectors, np.ndarray) or vectors.dtype.kind not in "fiu":
        found = vectors.dtype if isinstance(vectors, np.ndarray) else type(vectors).__name__
        problem = f"returned {found}, expected an array of numbers, {expected}"
        raise InputError(where, None, problem, "correct the descriptor")
    if vectors.shape != expected:
        raise InputError(where, None, f"returned shape {vectors.shape}, expected {expected}", "correct the descriptor")
    if not np.isfinite(vectors).all():
        bad = int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0])
        raise InputError(where, bad + 1, "NaN or infinity in the vector", "correct the descriptor or remove the box")
    if descriptor.distance == "cosine" and not vectors.any(axis=1).all():
        bad = int(np.flatnonzero(~vectors.any(axis=1))[0])
        raise InputError(where, bad + 1, "the vector is zero and has no direction", "use the euclidean distance")
    return np.ascontiguousarray(vectors, np.float32)
