"""Whether a frame without detections means that nobody was there, or that the detector did not look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


class DetectorPace:
    """Detectors that run on every k-th frame are known by their last two pauses, which were as long.

    idle: frames since the last one that had detections.
    """

    def __init__(self) -> None:
        self.idle = 0
        self._pauses = (0, 0)

    def looked(self, detections: int) -> bool:
        """One more frame, with so many detections: whether the detector looked at it, as far as one can tell."""
        if detections:
            self._pauses = (self._pauses[1], self.idle)
            self.idle = 0
            return True
        self.idle += 1
        return self.idle > min(self._pauses)

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Everything that the next frames depend on."""
        return {"pace": np.array([self.idle, *self._pauses])}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `state_dict` returned; ValueError where it cannot have been that."""
        pace = state["pace"]
        if pace.shape != (3,) or (pace < 0).any():
            raise ValueError(f"state has a pace of {pace.tolist()}, expected three counts of frames")
        self.idle, first, second = (int(value) for value in pace)
        self._pauses = (first, second)
