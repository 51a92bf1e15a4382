"""Jobs in processes: what each came to, whatever happens to one of them."""

from __future__ import annotations

import os
import signal
import threading
import time
from functools import partial
from pathlib import Path

import pytest

from flatsort.data.errors import InputError
from flatsort.tracker.running.many.job import Job, Outcome, Work
from flatsort.tracker.running.many.processes import Processes
from tests.tracker.running.many import jobs


class Seen:
    """The outcomes by the number of the job, and the bars."""

    def __init__(self) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self.bars: list[tuple[int, str, int | None]] = []
        self.moved: list[int] = []

    def finish(self, number: int, outcome: Outcome) -> None:
        assert number not in self.outcomes
        self.outcomes[number] = outcome

    def begin(self, job: int, name: str, total: int | None) -> None:
        self.bars.append((job, name, total))

    def move(self, job: int, passed: int) -> None:
        self.moved.append(job)


def run(*works: Work, workers: int = 2) -> Seen:
    seen = Seen()
    Processes(workers).run([Job(f"job {number}", work) for number, work in enumerate(works)], seen.finish, seen)
    return seen


def test_each_outcome_is_its_jobs_and_a_failure_is_its_own() -> None:
    seen = run(*(partial(jobs.square, number) for number in range(3)), jobs.refuse, jobs.fail, partial(jobs.square, 5))
    assert [seen.outcomes[number].value for number in (0, 1, 2, 5)] == [0, 1, 4, 25]
    assert seen.outcomes[5].said == ["5 squared"]
    assert seen.outcomes[5].remarks == ["n.txt: a number"]
    assert seen.outcomes[3].failure == "b.mp4: is broken; replace it"
    error = seen.outcomes[4].error
    assert "no luck" in str(error)
    assert "jobs.py" in error.__notes__[0]  # where it was raised
    assert [outcome.done for _, outcome in sorted(seen.outcomes.items())] == [True, True, True, False, False, True]
    assert sorted(seen.bars) == [(0, "number 0", 0), (1, "number 1", 1), (2, "number 2", 2), (5, "number 5", 5)]


def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    """One job's worker is killed once, another's always; all others are done."""
    for name in ("once", "always"):
        (tmp_path / name).mkdir()
    seen = run(
        partial(jobs.square, 2),
        partial(jobs.killed, tmp_path / "once", 1),
        partial(jobs.square, 3),
        partial(jobs.killed, tmp_path / "always", 99),
        partial(jobs.square, 4),
    )
    assert [seen.outcomes[number].value for number in (0, 1, 2, 4)] == [4, "survived", 9, 16]
    assert seen.outcomes[3].failure is not None
    assert seen.outcomes[3].failure.startswith("job 3: its worker process was killed, twice; is there enough memory?")
    assert len(list((tmp_path / "always").iterdir())) == 2


def test_an_interrupt_ends_what_is_being_done(tmp_path: Path) -> None:
    def interrupt() -> None:
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    seen = Seen()
    works = [partial(jobs.square, 3), *(partial(jobs.sleep, 600, tmp_path / str(number)) for number in range(4))]
    threading.Thread(target=interrupt).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        Processes(2).run([Job(str(number), work) for number, work in enumerate(works)], seen.finish, seen)
    assert time.monotonic() - start < 300
    assert seen.outcomes[0].value == 9
    assert [(seen.outcomes[number].interrupted, seen.outcomes[number].kept) for number in (1, 2)] == [
        (True, ["half of it is kept"])
    ] * 2
    assert set(seen.outcomes) == {0, 1, 2}


def test_each_worker_computes_in_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    assert run(jobs.threads).outcomes[0].value == {"allowed": 1, "blas": 1, "opencv": 1}
    assert "OMP_NUM_THREADS" not in os.environ
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    assert run(jobs.threads).outcomes[0].value["allowed"] == 2


def test_refused() -> None:
    with pytest.raises(InputError, match="--workers: is 0; give at least 1"):
        Processes(0)
