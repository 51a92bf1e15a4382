"""How well motion predicts: the typical overlap of a track with its next detection, by which appearance is weighed.

At thirty frames a second a person's box hardly moves between two frames and overlap says nearly all; at one or two
frames a second, or with a camera that jumps, true pairs overlap little and appearance has to decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flatsort.tracker.boxes import Floats

# The overlap at which appearance has its plain weight, and how many times that at most.
PLAIN, MOST = 0.75, 3.0
# The power of the ratio: what overlap says falls faster than overlap does. MOT16-11 has 0.80, at every fifth frame
# 0.63; PETS09-S2L1 0.62 and 0.45.
STEEPNESS = 4
# Matches that the first guess is worth, and that are remembered; when so many were seen, every fifth frame will do.
GUESS, REMEMBERED, EVERY = 20, 500, 5


class Agreement:
    """mean: the running mean of the overlaps of matched pairs."""

    def __init__(self) -> None:
        self.mean = PLAIN
        self._count = GUESS
        self._frames = 0

    def due(self) -> bool:
        """One more frame with matches: whether to observe it."""
        self._frames += 1
        return self._count < REMEMBERED or self._frames % EVERY == 0

    @property
    def weight(self) -> float:
        """By how much appearance weighs more than plainly, from 1 to `MOST`."""
        return min(max(PLAIN / max(self.mean, 1e-9), 1.0) ** STEEPNESS, MOST)

    def observe(self, overlaps: Floats) -> None:
        """The overlaps of one frame's matches."""
        if len(overlaps):
            self._count = min(self._count + len(overlaps), max(REMEMBERED, len(overlaps)))
            self.mean += (float(overlaps.sum()) - len(overlaps) * self.mean) / self._count

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """Everything that the next frames depend on."""
        return {"agreement": np.array([self.mean, self._count, self._frames])}

    def load_state_dict(self, state: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `state_dict` returned; ValueError where it cannot have been that."""
        saved = state["agreement"]
        if saved.shape != (3,) or not (0 <= saved[0] <= 1 and saved[1] >= GUESS and saved[2] >= 0):
            raise ValueError(f"state has an agreement of {saved.tolist()}, expected an overlap and two counts")
        self.mean, self._count, self._frames = float(saved[0]), int(saved[1]), int(saved[2])
