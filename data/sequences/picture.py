"""A picture of a sequence, and what gives pictures."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """image: (h, w, 3) uint8 BGR. index: its place in the source, from 1. time: in seconds from the first, or None."""

    image: NDArray[np.uint8]
    index: int
    time: float | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of the image, which is what is bounded where pictures are read ahead."""
        return self.image.nbytes


class ImageSource(Protocol):
    """Where images come from."""

    def pictures(self, every: int = 1) -> Generator[Picture, None, None]:
        """Decode the first picture and each `every`-th after it, anew with each call.

        Raises InputError at a frame that cannot be read.
        """
        ...
