"""Locks that end with their process: who holds one is alive, on whatever machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flatsort.data.errors import InputError


def lock(descriptor: int) -> bool:
    """Lock an open file until it is closed; False where another process holds it.

    True, without a lock, where the system or the file system has none.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Hold a folder while it is entered. Raises InputError where another process does."""
    if os.name != "posix":  # where a folder cannot be opened
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if not lock(descriptor):
            raise InputError(folder, None, "is being written by another run", "wait for it, or choose another --output")
        yield
    finally:
        os.close(descriptor)
