"""Ctrl-C as a request: a run ends after its step, with everything saved."""

from __future__ import annotations

import os
import signal
from contextlib import AbstractContextManager, nullcontext
from types import FrameType, TracebackType
from typing import Any

from flatsort.train_embedding.presets.settings import ComputeConfig


class Interrupt:
    """While it is entered, the first Ctrl-C makes it true when called, and the second raises KeyboardInterrupt."""

    def __init__(self) -> None:
        self._asked = False
        self._before: Any = None

    def __enter__(self) -> Interrupt:
        self._before = signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        signal.signal(signal.SIGINT, self._before)

    def __call__(self) -> bool:
        return self._asked

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self._asked:
            raise KeyboardInterrupt
        self._asked = True


def interruptible(compute: ComputeConfig) -> AbstractContextManager[Interrupt | None]:
    """An Interrupt for a run of one process; None for several, whose end would need all of them to agree."""
    return Interrupt() if compute.devices == 1 and "LOCAL_WORLD_SIZE" not in os.environ else nullcontext()
