"""How a network wants its crops: size, channel order and normalisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from flatsort.data.crops.cutting import Aspect, cut_crops

# The mean and deviation of ImageNet's RGB values in [0, 1], which networks of torchvision and torchreid are given.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

# Pixels a side. Networks of people read 64 to 512; one that claims more would take gigabytes for the crops of a frame.
LARGEST_SIDE = 1024
# Of scale, mean and std: what is normalised by more leaves the range of float32.
_LARGEST = 1e6


@dataclass(frozen=True)
class CropInput:
    """What a network's input is: `(crop / scale - mean) / std` of a crop of `size` (height, width).

    `mean` and `std` follow `channels`; the crop's values are 0 to 255. The defaults are those of supervised person
    re-identification networks (torchreid): RGB / 255, ImageNet's mean and deviation. Raises ValueError that names the
    field.
    """

    size: tuple[int, int]
    channels: Literal["rgb", "bgr"] = "rgb"
    scale: float = 255.0
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD
    aspect: Aspect = "stretch"

    def __post_init__(self) -> None:
        if len(self.size) != 2 or not 1 <= min(self.size) <= max(self.size) <= LARGEST_SIDE:
            raise ValueError(f"size is {self.size}, expected (height, width) from 1 to {LARGEST_SIDE}")
        if self.channels not in ("rgb", "bgr"):
            raise ValueError(f"channels is {self.channels!r}, expected 'rgb' or 'bgr'")
        if self.aspect not in ("stretch", "pad"):
            raise ValueError(f"aspect is {self.aspect!r}, expected 'stretch' or 'pad'")
        for name in ("mean", "std"):
            values = getattr(self, name)
            if len(values) != 3 or not all(abs(value) <= _LARGEST for value in values):
                raise ValueError(f"{name} is {values}, expected three numbers, one a channel")
        if not all(1 / _LARGEST <= value <= _LARGEST for value in (self.scale, *self.std)):
            raise ValueError(f"scale is {self.scale} and std {self.std}, expected positive numbers")

    def batch(self, image: NDArray[np.uint8], boxes: NDArray[np.float64]) -> NDArray[np.float32]:
        """The crops as a network's batch: (n, 3, height, width) float32, contiguous."""
        return self.normalise(cut_crops(image, boxes, self.size, self.aspect))

    def normalise(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(n, height, width, 3) uint8 BGR in, (n, 3, height, width) float32 out."""
        planes = crops.transpose(0, 3, 1, 2)
        if self.channels == "rgb":
            planes = planes[:, ::-1]
        mean, std = (np.array(values, np.float64)[:, None, None] for values in (self.mean, self.std))
        batch: NDArray[np.float32] = np.empty(planes.shape, np.float32)
        np.multiply(planes, (1 / (self.scale * std)).astype(np.float32), out=batch)
        batch -= (mean / std).astype(np.float32)
        return batch


def parse_crop_input(values: Mapping[str, Any], size: tuple[int, int] | None) -> CropInput:
    """Build it from text (`size=256x128`, `mean=0.5/0.5/0.5`) or JSON values; unknown keys are left alone.

    size: the size where `values` has none. Raises ValueError where a value is wrong, or no size is given.
    """
    known: dict[str, Any] = {field.name: values[field.name] for field in fields(CropInput) if field.name in values}
    for name, separator in (("size", "x"), ("mean", "/"), ("std", "/")):
        if name in known:
            parts = known[name].split(separator) if isinstance(known[name], str) else list(known[name])
            known[name] = tuple(int(part) if name == "size" else float(part) for part in parts)
    if "scale" in known:
        known["scale"] = float(known["scale"])
    if "size" not in known:
        if size is None:
            raise ValueError("size is not known, expected size=HEIGHTxWIDTH")
        known["size"] = size
    return CropInput(**known)
