"""Do many jobs: here one after another, or elsewhere at once; what was finished before is skipped."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from flatsort.data.errors import InputError, one_line
from flatsort.data.files.atomic import prepare_folder
from flatsort.data.files.lock import sole_writer
from flatsort.data.progress import Bars, Shown
from flatsort.data.uninterrupted import uninterrupted
from flatsort.tracker.running.many.finished import Finished
from flatsort.tracker.running.many.job import Job, Outcome, Place
from flatsort.tracker.running.many.job_bars import JobBars

_NAMED = 3  # of results that are replaced for one reason


class Told(Shown, Bars, Protocol):
    """Where a run says what it does."""

    def remark(self, line: str) -> None:
        """What the user should know."""
        ...

    def fail(self, problem: object) -> None:
        """What went wrong with one job, where the others go on."""
        ...


@dataclass
class Ran:
    """failed: the number of jobs whose input cannot be used. values: what the others returned, by their number."""

    failed: int = 0
    values: dict[int, Any] = field(default_factory=dict)


def run_many(jobs: list[Job], told: Told, place: Place | None = None, folder: Path | None = None) -> Ran:
    """Do the jobs; one that cannot be done is named in a line, and the others go on.

    place: where they are done; None: here, one after another.
    folder: of the results, with a place: jobs that are finished there are skipped, and those that end are remembered
        (`finished.Finished`). One run at a time may hold it.

    Raises InputError where another run holds the folder; an error of the program when all other jobs are done; an
    interrupt, with a note on what was done.
    """
    if place is None:
        return _run_here(jobs, told)
    if folder is None:
        return _Run(jobs, told).on(place)
    with sole_writer(prepare_folder(folder)):
        finished = Finished(folder)
        finished.tidy()
        left = _unfinished(jobs, finished, told)
        return _Run(jobs, told, finished).on(place, left)


def _run_here(jobs: list[Job], told: Told) -> Ran:
    ran = Ran()
    for number, job in enumerate(jobs):
        try:
            ran.values[number] = job.work(told)
        except InputError as error:
            ran.failed += 1
            told.fail(one_line(error))
    return ran


def _unfinished(jobs: list[Job], finished: Finished, told: Told) -> list[int]:
    """The numbers of the jobs to do; a line on those that are skipped, and on each reason to replace some."""
    states = {number: finished.state(job) for number, job in enumerate(jobs)}
    left = [number for number, state in states.items() if state is not None]
    if len(left) < len(jobs):
        told.say(f"{len(jobs) - len(left)} of {len(jobs)} are finished ({finished.path}) and are skipped")
    replaced: dict[str, list[str]] = defaultdict(list)
    for number, state in states.items():
        if state:
            replaced[state].append(str(jobs[number].outputs[0]))
    for state, names in replaced.items():
        others = f" and {len(names) - _NAMED} others" if len(names) > _NAMED else ""
        told.remark(f"{', '.join(names[:_NAMED])}{others}: made anew, {state}")
    return left


@dataclass
class _Run:
    """One run of jobs elsewhere: says and remembers what each came to."""

    jobs: list[Job]
    told: Told
    finished: Finished | None = None
    ran: Ran = field(default_factory=Ran)
    error: Exception | None = None
    kept: list[str] = field(default_factory=list)

    def on(self, place: Place, numbers: list[int] | None = None) -> Ran:
        numbers = list(range(len(self.jobs))) if numbers is None else numbers
        if not numbers:
            return self.ran
        bars = JobBars(self.told, len(numbers))

        def finish(turn: int, outcome: Outcome) -> None:
            with uninterrupted():
                bars.end(turn)
                self._finish(numbers[turn], outcome)

        try:
            place.run([self.jobs[number] for number in numbers], finish, bars)
        except KeyboardInterrupt as interrupt:
            again = "; the same command goes on" if self.finished is not None else ""
            interrupt.add_note(f"{len(self.ran.values)} of {len(numbers)} are done{again}")
            for line in self.kept:
                interrupt.add_note(line)
            raise
        if self.error is not None:
            raise self.error
        return self.ran

    def _finish(self, number: int, outcome: Outcome) -> None:
        for line in outcome.remarks:
            self.told.remark(line)
        for line in outcome.said:
            self.told.say(line)
        if outcome.failure is not None:
            self.ran.failed += 1
            self.told.fail(outcome.failure)
        if outcome.error is not None:
            self.error = self.error or outcome.error
            self.told.fail(f"{self.jobs[number].name}: failed by an error of the program, {outcome.error!r}")
        self.kept += outcome.kept
        if outcome.done:
            self.ran.values[number] = outcome.value
            if self.finished is not None:
                self.finished.add(self.jobs[number])
