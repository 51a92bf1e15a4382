"""Bars of jobs that are done elsewhere."""

from __future__ import annotations

from threading import Lock

from flatsort.data.progress import Bars


class JobBars:
    """A bar of all jobs, and one of each that is being done, which goes when it has ended.

    bars: where they are shown. total: the number of jobs. Jobs begin and move in one thread and end in another.
    """

    def __init__(self, bars: Bars, total: int) -> None:
        self._bars = bars
        self._all = bars.open_bar("all", total)
        self._ended: set[int] = set()
        self._open: dict[int, int] = {}
        self._lock = Lock()

    def begin(self, job: int, name: str, total: int | None) -> None:
        """A bar of a job, in the place of the one that it had before."""
        with self._lock:
            if job not in self._ended:  # what a job said last may be read after its end
                self._close(job)
                self._open[job] = self._bars.open_bar(name, total)

    def move(self, job: int, passed: int) -> None:
        """So many items of the job have passed."""
        with self._lock:
            if job in self._open:
                self._bars.move_bar(self._open[job], passed)

    def end(self, job: int) -> None:
        """The job has ended, well or not."""
        with self._lock:
            self._close(job)
            self._ended.add(job)
            self._bars.move_bar(self._all, len(self._ended))

    def _close(self, job: int) -> None:
        if job in self._open:
            self._bars.close_bar(self._open.pop(job))
