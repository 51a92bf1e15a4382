"""How many frames have passed since the last one that was tracked: by its place in the source, and by its time."""

from __future__ import annotations

from collections import deque
from statistics import median_low

# Frames that the usual time between two is learnt from, and from how many on it is believed.
_REMEMBERED, _FEWEST = 31, 5


class StepClock:
    """Frames that are left out on purpose, or were dropped, show in the index; those a recording lacks in the time.

    The usual time between two frames is the median of the last ones: the rate that a container states is often wrong.
    """

    def __init__(self) -> None:
        self._last: tuple[int, float | None] | None = None
        self._periods: deque[float] = deque(maxlen=_REMEMBERED)

    def steps(self, index: int, time: float | None = None) -> int:
        """Frames since the last one; 1 for the first.

        index: of the frame in the source. time: in seconds, None where it is not known.
        """
        last, self._last = self._last, (index, time)
        if last is None:
            return 1
        passed = max(1, index - last[0])
        if time is None or last[1] is None:
            return passed
        seconds = time - last[1]
        if seconds > 0:
            self._periods.append(seconds / passed)
        if len(self._periods) < _FEWEST:
            return passed
        return max(1, round(seconds / median_low(self._periods)))
