"""Jobs in the processes of one machine."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from time import monotonic

from flatsort.data.errors import InputError
from flatsort.data.threads import environment_of_one_thread
from flatsort.tracker.running.many import worker
from flatsort.tracker.running.many.job import Job, Outcome, Watched

Finish = Callable[[int, Outcome], None]
# Seconds that a job which is told to end has to keep what it has.
_GRACE = 20.0


@dataclass(frozen=True)
class Processes:
    """Jobs are done by `workers` processes, each of which computes in one thread.

    A worker that is killed takes the others with it (`concurrent.futures`); what they did is done again, those that may
    have been the cause one by one at the end. One whose worker is killed twice is named as failed.
    Raises InputError where workers is below 1.
    """

    workers: int

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise InputError("--workers", None, f"is {self.workers}", "give at least 1")

    def run(self, jobs: list[Job], finish: Finish, watched: Watched) -> None:
        """Do all jobs, see `job.Place`."""
        waiting, alone = deque(range(len(jobs))), deque[int]()
        while waiting:
            with _pool(min(self.workers, len(waiting)), watched) as pool:
                alone += pool.work_off(jobs, waiting, finish)
        while alone:
            with _pool(1, watched) as pool:
                one = deque([alone.popleft()])
                for job in pool.work_off(jobs, one, finish):
                    finish(job, Outcome(failure=str(_killed(jobs[job]))))


class _Pool:
    """An executor, and what its workers tell."""

    def __init__(self, executor: ProcessPoolExecutor, workers: int, stop: ctypes.c_bool, heard: _Heard) -> None:
        self._executor, self._workers, self._stop, self._heard = executor, workers, stop, heard
        self._running: dict[Future[Outcome], int] = {}

    def work_off(self, jobs: list[Job], waiting: deque[int], finish: Finish) -> list[int]:
        """Do the jobs that wait, until none does, or a worker is killed; then those that it may have been doing."""
        try:
            while waiting or self._running:
                while waiting and len(self._running) < self._workers:
                    number = waiting[0]
                    with _deaf_to_ctrl_c():
                        future = self._executor.submit(worker.do, number, jobs[number].work)
                    self._running[future] = waiting.popleft()
                for future in wait(self._running, return_when=FIRST_COMPLETED).done:
                    finish(self._running[future], future.result())
                    del self._running[future]
        except BrokenProcessPool as broken:
            return self._suspects(waiting, finish, broken)
        except KeyboardInterrupt:
            self._interrupt(finish)
            raise
        return []

    def _suspects(self, waiting: deque[int], finish: Finish, broken: BrokenProcessPool) -> list[int]:
        self._executor.shutdown()
        self._heard.listen_to_the_end()
        if not self._heard.processes:  # no worker came as far as a job: not a job's fault
            raise broken
        suspects = []
        for future, job in self._running.items():
            if future.exception() is None:
                finish(job, future.result())
            elif job in self._heard.begun:
                suspects.append(job)
            else:
                waiting.appendleft(job)
        return suspects

    def _interrupt(self, finish: Finish) -> None:
        """End the jobs that are being done; a second interrupt ends them at once."""
        self._stop.value = True
        try:
            self._heard.interrupt()
            until = monotonic() + _GRACE
            for future, job in self._running.items():
                with suppress(BrokenProcessPool, TimeoutError):
                    if not future.cancel():
                        finish(job, future.result(max(0.0, until - monotonic())))
        finally:
            # Those that have not begun a job, too: they would wait for a lock of one that is killed.
            for process in list(self._executor._processes.values()):  # Python 3.14: kill_workers
                process.kill()


class _Heard:
    """What workers tell through a pipe, read in a thread and passed on."""

    def __init__(self, receiver: Connection, watched: Watched) -> None:
        self.begun: set[int] = set()
        self.processes: set[int] = set()
        self._receiver, self._watched = receiver, watched
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="workers' progress", daemon=True)
        self._thread.start()

    def interrupt(self) -> None:
        """Ask each worker that has begun a job to end it."""
        for process in set(self.processes):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGTERM)

    def listen_to_the_end(self) -> None:
        """Return when all that was told has been passed on; the workers have ended."""
        self._ended.set()
        self._thread.join()

    def _listen(self) -> None:
        with suppress(EOFError, OSError):
            while self._receiver.poll(0.05) or not self._ended.is_set():
                if self._receiver.poll(0.05):
                    self._take(self._receiver.recv())

    def _take(self, message: worker.Message) -> None:
        job, process, name, total, passed = message
        self.begun.add(job)
        self.processes.add(process)
        if name is not None and passed:
            self._watched.move(job, passed)
        elif name is not None:
            self._watched.begin(job, name, total)


@contextmanager
def _pool(workers: int, watched: Watched) -> Iterator[_Pool]:
    """Workers, spawned as they are needed: a fork would copy the locks of threads that it does not copy."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    stop = context.RawValue(ctypes.c_bool, False)
    heard = _Heard(receiver, watched)
    with environment_of_one_thread():
        executor = ProcessPoolExecutor(workers, context, worker.start, (sender, stop))
        try:
            yield _Pool(executor, workers, stop, heard)
        finally:
            executor.shutdown(cancel_futures=True)
            heard.listen_to_the_end()
            receiver.close()
            sender.close()


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """A process that is started within hears no Ctrl-C, which reaches all of a terminal: its parent ends it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _killed(job: Job) -> InputError:
    cure = "is there enough memory? try fewer --workers"
    return InputError(job.name, None, "its worker process was killed, twice", cure)
