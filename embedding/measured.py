"""A descriptor in a learned metric: its vectors are taken where their Euclidean distance is the metric's."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.data import Frame, InputError
from flatsort.embedding.descriptor import Descriptor, Distance, FrameDescriptor
from flatsort.embedding.metric import Metric


class MeasuredDescriptor:
    """A descriptor's vectors in a metric; `gate` is a distance there."""

    distance: Distance = "euclidean"

    def __init__(self, descriptor: Descriptor, metric: Metric) -> None:
        """Raises InputError where the metric is of another number of values."""
        if len(metric.matrix) != descriptor.dimension:
            problem = (
                f"its gate's metric is of {len(metric.matrix)} values, and its vectors have {descriptor.dimension}"
            )
            raise InputError(f"descriptor {descriptor.name}", None, problem, "calibrate this descriptor")
        self.descriptor, self.metric = descriptor, metric
        self.name, self.dimension, self.gate = descriptor.name, descriptor.dimension, descriptor.gate

    def __call__(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.float32]:
        return self.metric(self.descriptor(image, boxes))


class MeasuredFrames(MeasuredDescriptor):
    """The same of a descriptor that answers by frame number."""

    descriptor: FrameDescriptor  # type: ignore[assignment]

    def of_frame(self, frame: Frame) -> NDArray[np.float32]:
        """As `FrameDescriptor`."""
        return self.metric(self.descriptor.of_frame(frame))


def measured(descriptor: Descriptor, metric: Metric) -> MeasuredDescriptor:
    """The descriptor in this metric. Raises InputError where they do not fit."""
    kind = MeasuredFrames if isinstance(descriptor, FrameDescriptor) else MeasuredDescriptor
    return kind(descriptor, metric)
