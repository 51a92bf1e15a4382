"""The inside of a worker process: does jobs, tells how far they are, and ends when it is told or its parent is gone."""

from __future__ import annotations

import ctypes
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import connection, parent_process
from multiprocessing.connection import Connection
from time import monotonic
from types import FrameType
from typing import Any

from flatsort.data.progress import Bar, T
from flatsort.tracker.running.many.job import Outcome, Work, carry_out

# (job, process, name of a bar or None, its total, how many have passed).
Message = tuple[int, int, str | None, int | None, int]
# A pipe takes so many bytes of one writer at once (POSIX's least PIPE_BUF); messages below it need no lock, which a
# worker that is killed could hold for ever.
_LONGEST_NAME = 100
_SECONDS_BETWEEN = 0.2  # of a bar's moves


@dataclass
class _Worker:
    sender: Connection
    stop: ctypes.c_bool
    busy: bool = False


_worker: _Worker | None = None


def start(sender: Connection, stop: ctypes.c_bool) -> None:
    """Make this process a worker.

    sender: takes `Message`s. stop: true before SIGTERM asks it to end its job; shared without a lock, which a worker
        that is killed would keep, and the handler of a signal would wait for.
    """
    global _worker
    _worker = _Worker(sender, stop)
    signal.signal(signal.SIGTERM, _interrupt)
    threading.Thread(target=_end_with_parent, name="end with parent", daemon=True).start()


def do(job: int, work: Work) -> Outcome:
    """Do a job in this worker."""
    assert _worker is not None
    _tell(job, None, None, 0)
    outcome = Outcome(interrupted=True)
    try:
        _worker.busy = True
        if not _worker.stop.value:  # the signal may have come between two jobs
            outcome = carry_out(work, _Bars(job).watch)
    except KeyboardInterrupt:  # before the work began, or after its end
        pass
    finally:
        _worker.busy = False
    return outcome


@dataclass(frozen=True)
class _Bars:
    """Tells the parent how far a job is, a few times a second."""

    job: int

    def watch(self, name: str, total: int | None, /) -> Bar:
        def bar(items: Iterable[T], /) -> Iterator[T]:
            _tell(self.job, name, total, 0)
            told = monotonic()
            for passed, item in enumerate(items, start=1):
                yield item
                if monotonic() - told > _SECONDS_BETWEEN:
                    told = monotonic()
                    _tell(self.job, name, total, passed)

        return bar


def _tell(job: int, name: str | None, total: int | None, passed: int) -> None:
    assert _worker is not None
    message: Message = (job, os.getpid(), None if name is None else name[:_LONGEST_NAME], total, passed)
    try:
        _worker.sender.send(message)
    except OSError:  # the parent listens no longer: it is ending
        return


def _interrupt(number: int, frame: FrameType | None) -> None:
    """SIGTERM of the parent interrupts the job, as Ctrl-C does; that of anybody else ends the process."""
    assert _worker is not None
    if not _worker.stop.value:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    elif _worker.busy:
        _worker.busy = False
        raise KeyboardInterrupt


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for its next job for ever."""
    parent: Any = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
