"""How many threads the libraries below may use: `OMP_NUM_THREADS`, which BLAS and torch heed by themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

# Read by OpenMP (torch), OpenBLAS and MKL when they are loaded. OpenCV, onnxruntime and FFmpeg are told by
# `allowed_threads`.
VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def allowed_threads() -> int | None:
    """What `OMP_NUM_THREADS` allows; None where it is not set, or is no positive number."""
    text = os.environ.get(VARIABLES[0], "")
    return int(text) if text.isascii() and text.isdecimal() and int(text) > 0 else None


def threads_of_a_network() -> int:
    """What `OMP_NUM_THREADS` allows; else half of the cores, since detector and encoder work at the same time."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return allowed_threads() or max(1, cores // 2)


@contextmanager
def environment_of_one_thread() -> Iterator[None]:
    """While it is entered, processes that are started compute in one thread each, unless the user has set another."""
    unset = [name for name in VARIABLES if name not in os.environ]
    os.environ.update(dict.fromkeys(unset, "1"))
    try:
        yield
    finally:
        for name in unset:
            os.environ.pop(name, None)
