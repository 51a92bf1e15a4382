"""Jobs that all go on at once, each in a thread of this process: cameras and streams, which end for nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event
from time import monotonic

from flatsort.data.progress import Bar, T
from flatsort.tracker.running.many.job import Job, Outcome, Watched, Work, outcome_of

Finish = Callable[[int, Outcome], None]
_SECONDS_BETWEEN = 0.2  # of a bar's moves


class AtOnce:
    """A thread a job. Decoding, networks and most of NumPy leave Python's lock while they work.

    What jobs remark is remarked at once, wherever this process's remarks go.
    """

    def run(self, jobs: list[Job], finish: Finish, watched: Watched) -> None:
        """Do all jobs, see `job.Place`. An interrupt ends each with its next frame, or where its source gives up."""
        # No job begins before all threads are there: an interrupt of `submit` leaves a thread that nobody knows of.
        begin, stop = Event(), Event()
        ended: SimpleQueue[tuple[int, Outcome]] = SimpleQueue()
        with ThreadPoolExecutor(max(1, len(jobs)), "stream") as threads:
            try:
                for number, job in enumerate(jobs):
                    threads.submit(_do, job.work, _Frames(number, watched, stop), begin, ended)
                begin.set()
                for _ in jobs:
                    finish(*ended.get())
            except BaseException:
                stop.set()
                begin.set()
                threads.shutdown(cancel_futures=True)
                while not ended.empty():
                    finish(*ended.get())
                raise


@dataclass(frozen=True)
class _Frames:
    """Sees a job's frames pass by, shows how many, and interrupts the job where it is to stop."""

    job: int
    watched: Watched
    stop: Event

    def watch(self, name: str, total: int | None, /) -> Bar:
        def bar(items: Iterable[T], /) -> Iterator[T]:
            self.watched.begin(self.job, name, total)
            moved = monotonic()
            for passed, item in enumerate(items, start=1):
                if self.stop.is_set():
                    raise KeyboardInterrupt
                yield item
                if monotonic() - moved > _SECONDS_BETWEEN:
                    moved = monotonic()
                    self.watched.move(self.job, passed)

        return bar


def _do(work: Work, frames: _Frames, begin: Event, ended: SimpleQueue[tuple[int, Outcome]]) -> None:
    begin.wait()
    outcome = Outcome(interrupted=True)
    try:
        if not frames.stop.is_set():
            outcome = outcome_of(work, frames.watch, Outcome())
    finally:
        ended.put((frames.job, outcome))
