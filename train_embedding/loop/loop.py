"""The training loop, once for every task: time budget, evaluations, checkpoints, history, interruption, resuming."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from flatsort.data.errors import InputError
from flatsort.data.files.atomic import prepare_folder
from flatsort.data.files.lock import sole_writer
from flatsort.train_embedding.loop.display import Display
from flatsort.train_embedding.loop.history import Scalars
from flatsort.train_embedding.loop.state import MODEL_FILE, STATE_FILE, Position, load_run, refuse_not_finite, save_run
from flatsort.train_embedding.loop.task import Row, Task
from flatsort.train_embedding.objective.ranks import world

INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Result:
    """How a run ended.

    model: the checkpoint.
    step: the last one.
    reason: why it stopped there.
    held_out: what the last evaluation measured, by column of the history.
    rank: this process; the first one speaks for all.
    """

    model: Path
    step: int
    reason: str
    held_out: Row
    rank: int = 0

    @property
    def interrupted(self) -> bool:
        """Whether the user ended it; its state is saved."""
        return self.reason == INTERRUPTED


def run(
    task: Task,
    output: Path,
    *,
    minutes: float | None = None,
    resume: bool = False,
    quiet: bool = False,
    stop: Callable[[], bool] | None = None,
) -> Result:
    """Train until the last step, until the time is used, or until the task has enough; checkpoints go to `output`.

    output: folder for `model.safetensors`, `state.safetensors`, `history.json` and TensorBoard's scalars.
    minutes: of training, resumed parts included; a run with a time budget depends on the machine's speed, any other is
        the same every time, and after a kill the same as the uninterrupted one.
    resume: go on from the state in `output`.
    quiet: no progress bar.
    stop: asked after each step whether to end there, in a run of one process.
    Raises InputError: a folder with another run or that another writes to, a value that is not finite, a full disk,
        and as the task does.
    """
    check_output(output, resume=resume)
    with sole_writer(output) if task.rank == 0 else nullcontext():
        return _run(task, output, minutes, resume=resume, quiet=quiet, stop=stop)


def _run(
    task: Task,
    output: Path,
    minutes: float | None,
    *,
    resume: bool,
    quiet: bool,
    stop: Callable[[], bool] | None,
) -> Result:
    schedule, budget = task.schedule, math.inf if minutes is None else 60 * minutes
    at = load_run(task, output, budget) if resume else Position.start(task)
    started = time.monotonic() - at.elapsed
    first = task.rank == 0
    scalars = Scalars(output / "tensorboard", task.step + 1) if first else None
    held_out: Row | None = None
    ended, saved = "", -1
    over = task.step > 0 and at.elapsed >= budget
    with Display(schedule.steps, task.step, quiet=quiet or not first) as display:
        while task.step < schedule.steps and not over:
            at.progress = min(1.0, max(at.progress, task.step / schedule.steps, at.elapsed / max(budget, 1e-9)))
            task.advance(at.progress)
            at.elapsed = time.monotonic() - started
            over = time_is_over(task, at.elapsed, budget)
            last = over or task.step == schedule.steps
            asked = not last and stop is not None and stop()
            evaluated: Row | None = None
            if last or task.step % schedule.evaluate_every == 0:
                refuse_not_finite(task)
                held_out = evaluated = task.evaluate()
            if evaluated is not None or (task.step - 1) % schedule.log_every == 0:
                row = dict.fromkeys(task.columns) | task.row() | (evaluated or {})
                at.history.add(row)
                display.move(task.step, task.terms(row))
                if scalars:
                    scalars.add(row)
            remark, enough = task.check(), task.enough()
            if remark:
                display.note(remark)
            if enough or asked:
                ended = enough or INTERRUPTED
                break
            if task.step % schedule.save_every == 0:
                save_run(task, output, at)
                saved = task.step
    if saved != task.step:
        save_run(task, output, at)
    if scalars:
        scalars.close()
    if not ended:
        ended = "all steps done" if task.step == schedule.steps else f"time budget of {minutes:g} minutes used"
    return Result(output / MODEL_FILE, task.step, ended, held_out or task.evaluate(), task.rank)


def time_is_over(task: Task, elapsed: float, budget: float) -> bool:
    """Whether the budget is used, as the first process sees it."""
    if math.isinf(budget):
        return False
    if world()[1] > 1 and task.step % task.schedule.log_every:  # to ask at every step would make them wait
        return False
    return task.agree(elapsed >= budget)


def check_output(output: Path, *, resume: bool) -> None:
    """Raise InputError where the folder holds a run that would be overwritten, or cannot be written; make it."""
    refuse_run(output, resume=resume)
    prepare_folder(output)


def refuse_run(output: Path, *, resume: bool) -> None:
    """Raise InputError where the folder holds a run that would be overwritten; with `resume`, where it holds none."""
    there = (output / STATE_FILE).is_file()
    if there and not resume:
        raise InputError(output, None, "holds a run already", "add --resume to go on, or choose another --output")
    if resume and not there:
        raise InputError(output, None, "has no training state to resume", "leave --resume out")
