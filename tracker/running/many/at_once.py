"""Jobs that all go on at once, each in a thread of this process: cameras and streams, which end for nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
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
        stop = Event()
        ended: set[Future[Outcome]] = set()
        with ThreadPoolExecutor(max(1, len(jobs)), "stream") as threads:
            running = {
                threads.submit(_do, job.work, _Frames(number, watched, stop)): number for number, job in enumerate(jobs)
            }
            try:
                for future in as_completed(running):
                    finish(running[future], future.result())
                    ended.add(future)
            except KeyboardInterrupt:
                stop.set()
                for future in running.keys() - ended:
                    finish(running[future], future.result())
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


def _do(work: Work, frames: _Frames) -> Outcome:
    return Outcome(interrupted=True) if frames.stop.is_set() else outcome_of(work, frames.watch, Outcome())
