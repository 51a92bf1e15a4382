"""The pendulum: 16×16 images of a rod that hangs at a random angle, drawn here, with Gaussian noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flatsort.data.experiments.dataset import DataSet, Split

SIDE = 16
"""Pixels a side (the paper's Section 5.1)."""
IMAGES = 15_000
"""Images in all (the paper's Section 5.1)."""
NOISE = 0.05
"""Standard deviation of the pixel noise, on intensities between 0 and 1 (the paper's Section 5.1)."""
LENGTH = 6.0
"""Pixels from the pivot to the tip: the rod stays inside the image at every angle."""
WIDTH = 1.0
"""Pixels, the standard deviation of the rod's profile: smooth enough that a small turn is a small change."""


def render(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draw a rod from the image's centre to its tip, without noise.

    angles: (n,) radians, 0 hangs down, counter-clockwise. Returns (n, 256) intensities from 0 to 1.
    """
    grid = np.arange(SIDE) - (SIDE - 1) / 2
    y, x = (axis.ravel() for axis in np.meshgrid(grid, grid, indexing="ij"))
    tip_x, tip_y = np.sin(angles)[:, None], np.cos(angles)[:, None]  # image rows grow downward
    along = np.clip(x * tip_x + y * tip_y, 0, LENGTH)
    squared = (x - along * tip_x) ** 2 + (y - along * tip_y) ** 2
    image: NDArray[np.float64] = np.exp(-squared / (2 * WIDTH**2))
    return image


def load(seed: int = 0) -> DataSet:
    """Generate the data set: 12,000 training, 1,500 validation and 1,500 test images.

    Angles are uniform on the circle. The noise is not clipped, so that the floor of the squared error a pixel is
    NOISE² = 0.0025 exactly. Labels are angles in radians, in [0, 2π). One seed gives the same bytes every time.
    """
    rng = np.random.default_rng(seed)
    angles = rng.uniform(0, 2 * np.pi, IMAGES)
    images = (render(angles) + rng.normal(0, NOISE, (IMAGES, SIDE * SIDE))).astype(np.float32)
    cuts = {"train": slice(0, 12_000), "validation": slice(12_000, 13_500), "test": slice(13_500, IMAGES)}
    rows = np.arange(IMAGES)
    about = {name: Split(angles[cut], rows[cut], np.zeros_like(rows[cut])) for name, cut in cuts.items()}
    return DataSet(
        name="pendulum",
        unit="intensity (0 to 1, before noise)",
        train=images[cuts["train"]],
        validation=images[cuts["validation"]],
        test=images[cuts["test"]],
        about=about,
        image_shape=(SIDE, SIDE),
        origin=(f"flatsort.data.experiments.pendulum.load(seed={seed})",),
    )
