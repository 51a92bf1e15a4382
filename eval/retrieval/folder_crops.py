"""Crops of a folder, described: the people of an image a file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from flatsort.data import Detections, Frame, InputError
from flatsort.data.crops.crop_folder import LabelledFolder, read_crops
from flatsort.data.opencv import import_cv2
from flatsort.data.progress import Bar
from flatsort.embedding import Descriptor, describe, load_descriptor
from flatsort.embedding.descriptor import FrameDescriptor

cv2 = import_cv2()

# Crops at once: as many as a network takes (`descriptors.onnx`).
PER_PICTURE = 64
# A crop is cut by samples that read up to two pixels beside them: its own edge is repeated, as at an image's end.
_EDGE = 2


def load_for_crops(names: Mapping[str, str]) -> dict[str, Descriptor]:
    """Descriptors by label, for images without a sequence.

    Raises InputError for `none`, for vectors stored of detections, and for what must be fitted on a sequence.
    """
    loaded: dict[str, Descriptor] = {}
    for label, name in names.items():
        gate = None if re.search(",gate=", name) else math.inf  # none is used here
        descriptor = load_descriptor(name, gate=gate)
        if descriptor is None or isinstance(descriptor, FrameDescriptor):
            raise InputError(f"descriptor {name}", None, "describes no crops", "name one that reads images")
        loaded[label] = descriptor
    return loaded


def describe_folder(
    folder: LabelledFolder,
    descriptors: Mapping[str, Descriptor],
    bar: Bar = iter,
) -> dict[str, NDArray[np.float32]]:
    """The vectors of every crop by label, each (n, d) float32.

    bar: sees pictures of up to 64 crops pass by, for a progress bar. Raises InputError as `describe`, and where an
    image is broken.
    """
    parts: dict[str, list[NDArray[np.float32]]] = {label: [] for label in descriptors}
    for frame in bar(_pictures(folder)):
        for label, descriptor in descriptors.items():
            parts[label].append(describe(descriptor, frame))
    return {label: np.concatenate(vectors) for label, vectors in parts.items()}


def _pictures(folder: LabelledFolder) -> Iterable[Frame]:
    """Crops of one size side by side, so that a network describes them in one run."""
    for start in range(0, len(folder), PER_PICTURE):
        crops = read_crops(folder.files[start : start + PER_PICTURE])
        place = start
        for (height, width), group in groupby(crops, key=lambda crop: crop.shape[:2]):
            own = list(group)
            bordered = [cv2.copyMakeBorder(crop, _EDGE, _EDGE, _EDGE, _EDGE, cv2.BORDER_REPLICATE) for crop in own]
            left = _EDGE + np.arange(len(own)) * (width + 2.0 * _EDGE)
            boxes = np.stack(
                [left, np.full_like(left, _EDGE), left + width, np.full_like(left, _EDGE + height)], axis=1
            )
            place += len(own)
            yield Frame(place, np.concatenate(bordered, axis=1), Detections(boxes, np.ones(len(own))))
