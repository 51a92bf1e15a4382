"""Jobs on the machines of a Ray cluster (Moritz et al., OSDI 2018), which share their files."""

from __future__ import annotations

import logging
import os
import platform
import socket
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from flatsort import data, embedding, tracker
from flatsort.data.errors import InputError
from flatsort.data.progress import unwatched
from flatsort.data.threads import allowed_threads, environment_of_one_thread
from flatsort.tracker.running.many.code_version import code_version
from flatsort.tracker.running.many.job import Job, Outcome, Watched, Work, carry_out

Finish = Callable[[int, Outcome], None]
HERE, RUNNING = "local", "auto"
# Tasks that wait in Ray at once; more would only take its memory.
_WINDOW = 1000
_RETRIES = 3  # of a task whose worker or machine died
_SECONDS_TO_ANSWER = 5.0
_GRACE = 20.0  # seconds that tasks which are told to end have to keep what they have
# An HTTP/2 client's first words (RFC 9113, section 3.4) with empty settings; Ray's server, as every gRPC server,
# answers with a frame of settings, whose fourth byte is 4.
_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
_SETTINGS = 4


@dataclass(frozen=True)
class RayCluster:
    """Jobs are tasks of Ray, one processor each; those whose worker or machine dies are done again.

    address: HOST:PORT of a cluster; "auto", the one that runs on this machine; or "local", one that is started for the
        run. All machines must have this folder under the same name, and the same flatsort.
    Raises InputError where Ray is not installed, or no Ray answers at the address within seconds.
    """

    address: str

    def __post_init__(self) -> None:
        if find_spec("ray") is None:
            raise InputError("--ray", None, "ray is not installed", "pip install 'flatsort[cluster]'")
        if self.address not in (HERE, RUNNING):
            _look_for(self.address)

    def run(self, jobs: list[Job], finish: Finish, watched: Watched) -> None:
        """Do all jobs, see `job.Place`. They have no bars of their own."""
        with _connected(self.address) as ray:
            task = ray.remote(num_cpus=1, max_retries=_RETRIES)(_do)
            version = code_version(data, embedding, tracker)
            waiting = deque(range(len(jobs)))
            running: dict[Any, int] = {}
            try:
                while waiting or running:
                    while waiting and len(running) < _WINDOW:
                        number = waiting[0]
                        running[task.remote(jobs[number].work, os.getcwd(), version)] = waiting.popleft()
                    for reference in ray.wait(list(running), num_returns=1)[0]:
                        finish(running[reference], _outcome(ray, reference, jobs[running[reference]]))
                        del running[reference]
            except KeyboardInterrupt:
                _end(ray, running, jobs, finish)
                raise


def _do(work: Work, folder: str, version: str) -> Outcome:
    """Do a job on the machine that Ray chose, in the folder that relative paths are of."""
    from threadpoolctl import threadpool_limits  # of the extra

    here = platform.node()
    if code_version(data, embedding, tracker) != version:
        problem = "has another flatsort, or other libraries, than the machine that hands out the work"
        return Outcome(failure=str(InputError(f"machine {here}", None, problem, "install the same on both")))
    try:
        os.chdir(folder)
    except OSError as error:
        problem = f"is not on machine {here} ({error.strerror})"
        return Outcome(failure=str(InputError(folder, None, problem, "share it under the same name")))
    with environment_of_one_thread(), threadpool_limits(allowed_threads()):
        outcome = carry_out(work, unwatched)
    if outcome.failure is not None:
        outcome.failure += f" (on machine {here})"
    return outcome


def _outcome(ray: Any, reference: Any, job: Job) -> Outcome:
    """What a task came to, also where Ray gave it up."""
    try:
        outcome: Outcome = ray.get(reference)
        return outcome
    except ray.exceptions.TaskCancelledError:
        return Outcome(interrupted=True)
    except (ray.exceptions.RayTaskError, ray.exceptions.RaySystemError) as error:
        return Outcome(error=RuntimeError(str(error)))
    except ray.exceptions.RayError as error:
        reason = str(error).strip().splitlines()[0]
        problem = f"its worker died {_RETRIES + 1} times ({type(error).__name__}: {reason[:160]})"
        return Outcome(failure=str(InputError(job.name, None, problem, "is there enough memory?")))


def _end(ray: Any, running: dict[Any, int], jobs: list[Job], finish: Finish) -> None:
    """End the tasks that are left; what was finished meanwhile counts."""
    references = list(running)
    done, left = ray.wait(references, num_returns=len(references), timeout=0) if references else ([], [])
    for reference in left:
        with suppress(ValueError, ray.exceptions.RayError):
            ray.cancel(reference)
    if left:
        done += ray.wait(left, num_returns=len(left), timeout=_GRACE)[0]
    for reference in done:
        finish(running[reference], _outcome(ray, reference, jobs[running[reference]]))


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Ray, connected; a connection that was there before is used and left."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would report to its makers
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # or it warns of it
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "error")  # what goes wrong is raised, too
    import ray

    if ray.is_initialized():
        yield ray
        return
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    if address == HERE:
        quiet["include_dashboard"] = False
    try:
        ray.init(address=address, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise _silent(address, str(error).strip().split(". ")[0][:160]) from None
    try:
        yield ray
    finally:
        ray.shutdown()


def _look_for(address: str) -> None:
    """Raise InputError where nothing at the address answers as a gRPC server; Ray itself would wait for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise InputError(f"--ray {address}", None, "is no address", f"write HOST:PORT, {RUNNING} or {HERE}")
    try:
        with closing(socket.create_connection((host.strip("[]"), int(port)), _SECONDS_TO_ANSWER)) as connection:
            connection.settimeout(_SECONDS_TO_ANSWER)
            connection.sendall(_GREETING)
            answer = connection.recv(9)
    except OSError as error:
        raise _silent(address, error.strerror or str(error)) from None
    if len(answer) < 4 or answer[3] != _SETTINGS:
        raise _silent(address, "something else answers")


def _silent(address: str, reason: str) -> InputError:
    cure = f"start one with `ray start --head`, or write --ray {HERE}"
    return InputError(f"--ray {address}", None, f"no Ray answers ({reason})", cure)
