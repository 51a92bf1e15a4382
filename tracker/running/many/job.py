"""A piece of work that can be done anywhere, and how it ended."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from flatsort.data.errors import InputError, one_line, remarks_to
from flatsort.data.progress import Shown, Watch

Work = Callable[[Shown], Any]


@dataclass(frozen=True)
class Job:
    """One of many pieces of work.

    name: shown with its bar.
    work: called with where to say what it does. A function of a module, or a `partial` of one, with arguments that can
        be pickled, so that another process finds it.
    outputs: the files that it writes; none where it is not remembered.
    inputs: the files that its result comes from.
    settings: what else its result comes from; each value is known by its `repr`.
    """

    name: str
    work: Work
    outputs: tuple[Path, ...] = ()
    inputs: tuple[Path, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)


@dataclass
class Outcome:
    """How a piece of work ended, elsewhere.

    said, remarks: its lines, in order. value: what it returned.
    failure: the line about input that cannot be used. error: of the program, with where it was raised in its notes.
    interrupted: it was ended by a signal; kept: what it says of its results then.
    """

    said: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    value: Any = None
    failure: str | None = None
    error: Exception | None = None
    interrupted: bool = False
    kept: list[str] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether its results are there."""
        return self.failure is None and self.error is None and not self.interrupted


class Place(Protocol):
    """Where jobs are done: the processes of a machine, or a cluster."""

    def run(self, jobs: list[Job], finish: Callable[[int, Outcome], None], watched: Watched) -> None:
        """Do all jobs; each is given to `finish` with its number as soon as it has ended.

        An interrupt ends what is being done, gives it to `finish`, too, and is raised again.
        """
        ...


class Watched(Protocol):
    """Bars of jobs, by the number of the job. Called from one thread."""

    def begin(self, job: int, name: str, total: int | None) -> None:
        """A bar of a job; one that the job had before goes."""
        ...

    def move(self, job: int, passed: int) -> None:
        """So many items have passed."""
        ...


@dataclass
class _Told:
    """Where work says what it does, and is heard only when it has ended, but for its bars."""

    watch: Watch
    outcome: Outcome

    def say(self, line: str) -> None:
        self.outcome.said.append(line)


def carry_out(work: Work, watch: Watch) -> Outcome:
    """Do a piece of work in a process of its own; whatever happens, it ends in an outcome that can be pickled."""
    outcome = Outcome()
    with remarks_to(outcome.remarks.append):
        return outcome_of(work, watch, outcome)


def outcome_of(work: Work, watch: Watch, outcome: Outcome) -> Outcome:
    """Do a piece of work and write into the outcome how it ended; its remarks go where they go."""
    try:
        outcome.value = work(_Told(watch, outcome))
    except InputError as error:
        outcome.failure = one_line(error)
    except KeyboardInterrupt as interrupt:
        outcome.interrupted = True
        outcome.kept = list(getattr(interrupt, "__notes__", ()))
    except Exception as error:
        outcome.error = _portable(error)
    return outcome


def _portable(error: Exception) -> Exception:
    """The error with where it was raised as a note; one that cannot be pickled, as its text."""
    where = traceback.format_exc().rstrip()
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        error = RuntimeError(repr(error))
    error.__traceback__ = error.__cause__ = error.__context__ = None
    error.add_note(f"raised here:\n{where}")
    return error
