"""A data set of the experiments: rows split into training, validation and test, with their labels."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Split:
    """What is known about the rows of one split, for figures and reports; training never reads it.

    labels: (n,) float64 or int64: the pendulum's angle in radians, the movement's number, the digit.
    sequences: (n,) int64, the recording that a row comes from. Still images have one each.
    frames: (n,) int64, its place there, from 0. Rows of one recording with consecutive frames are neighbours in time.
    """

    labels: NDArray[np.float64] | NDArray[np.int64]
    sequences: NDArray[np.int64]
    frames: NDArray[np.int64]


@dataclass(frozen=True)
class DataSet:
    """Rows of one experiment in three splits.

    train, validation, test: (n, d) float32 in `unit`. `about` holds one `Split` a split, by its name.
    label_names: the names of integer labels, empty where labels are numbers.
    channels: the names of the d columns where they have one.
    image_shape: (height, width) where a row is an image, row by row.
    """

    name: str
    unit: str
    train: NDArray[np.float32]
    validation: NDArray[np.float32]
    test: NDArray[np.float32]
    about: dict[str, Split]
    label_names: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    origin: tuple[str, ...] = field(default=())

    @property
    def dimension(self) -> int:
        """The number of observed channels or pixels, d."""
        return int(self.train.shape[1])

    def describe(self) -> str:
        """Shapes and units in one line.

        >>> row = np.zeros((2, 3), np.float32)
        >>> DataSet("toy", "metre", row, row[:1], row[:1], {}).describe()
        'toy: 2 training, 1 validation, 1 test rows of 3, in metre'
        """
        counts = f"{len(self.train):,} training, {len(self.validation):,} validation, {len(self.test):,} test"
        return f"{self.name}: {counts} rows of {self.dimension}, in {self.unit}"
