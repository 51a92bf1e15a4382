"""Work for workers: functions of a module, since another process must find them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_info

from flatsort.data.errors import InputError, remark
from flatsort.data.opencv import import_cv2
from flatsort.data.progress import Shown
from flatsort.data.threads import allowed_threads


def square(number: int, shown: Shown) -> int:
    shown.say(f"{number} squared")
    remark("n.txt", "a number")
    return sum(number for _ in shown.watch(f"number {number}", number)(range(number)))


def refuse(shown: Shown) -> None:
    raise InputError("b.mp4", None, "is broken", "replace it")


class OwnError(Exception):
    """Cannot be pickled: what is pickled are the arguments of `Exception`."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__(first + second)


def fail(shown: Shown) -> None:
    raise OwnError("no ", "luck")


def killed(marks: Path, times: int, shown: Shown) -> str:
    """Its process is killed the first times that it is done."""
    tries = len(list(marks.iterdir()))
    (marks / str(tries)).touch()
    if tries < times:
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"


def sleep(seconds: float, started: Path, shown: Shown) -> None:
    try:
        started.touch()
        for _ in range(int(seconds * 50)):  # Ray's interrupt does not end a sleep
            time.sleep(0.02)
    except KeyboardInterrupt as interrupt:
        interrupt.add_note("half of it is kept")
        raise


def threads(shown: Shown) -> dict[str, int | None]:
    np.ones((2, 2)) @ np.ones((2, 2))
    import_cv2()
    most = max(pool["num_threads"] for pool in threadpool_info())
    return {"allowed": allowed_threads(), "blas": most, "opencv": cv2.getNumThreads()}
