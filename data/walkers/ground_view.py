"""A level camera that looks along a street: places on the ground to pixels and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class GroundView:
    """A pinhole camera above level ground. Metres: x to the right, z away from the camera.

    size: (width, height) of the image in pixels.
    eye: the camera's height in metres.
    """

    size: tuple[int, int]
    eye: float = 3.2

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return 1.3 * self.size[1]

    @property
    def horizon(self) -> float:
        """The image row of what lies at the eye's height."""
        return 0.27 * self.size[1]

    def pixels_per_metre(self, z: float) -> float:
        """The scale of an upright figure at the distance z."""
        return self.focal / z

    def project(self, x: float, z: float, height: float = 0.0) -> tuple[float, float]:
        """(column, row) of a point `height` metres above the ground."""
        scale = self.pixels_per_metre(z)
        return self.size[0] / 2 + x * scale, self.horizon + (self.eye - height) * scale

    def half_width(self, z: float) -> float:
        """Metres from the middle of the view to its side, at the distance z."""
        return self.size[0] / 2 / self.pixels_per_metre(z)

    def ground(self, first_row: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(x, z) of the ground that the pixels from a row downward show; x is (rows, width), z is (rows, 1)."""
        width, height = self.size
        z = self.focal * self.eye / (np.arange(first_row, height, dtype=np.float64)[:, None] + 0.5 - self.horizon)
        columns = np.arange(width, dtype=np.float64)[None, :] + 0.5 - width / 2
        return columns * z / self.focal, z
