"""What the training loop asks of the thing that is trained."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

Row = dict[str, Any]


@dataclass(frozen=True)
class Schedule:
    """When things happen, in steps.

    steps: of the whole run.
    log_every: between rows of the history.
    evaluate_every: between evaluations; the last step is evaluated too.
    save_every: between checkpoints; the last step is saved too.
    """

    steps: int
    log_every: int
    evaluate_every: int
    save_every: int


class Task(Protocol):
    """A network with its data, its loss and its optimiser: the loop does the rest (`loop.run`).

    What has a body here suits a run of one process that never stops early.

    module: everything that is trained.
    optimizer: of `module`.
    schedule: when to log, to evaluate and to save.
    columns: names of the history's columns: `step`, those of `row`, and those of `evaluate`.
    step: how many steps were taken; `advance` and `load_state_dict` change it.
    rank: this process; the first one writes files.
    """

    module: nn.Module
    optimizer: torch.optim.Optimizer
    schedule: Schedule
    columns: tuple[str, ...]
    step: int
    rank: int

    def advance(self, progress: float) -> None:
        """One step; `progress` is the share of the run that is done. Raises InputError naming a term not finite."""

    def row(self) -> Row:
        """What the history keeps of the step just taken."""

    def evaluate(self) -> Row:
        """What is measured on held-out data, by column; None where it cannot be told."""

    def terms(self, row: Row) -> str:
        """A row as the progress bar shows it."""

    def check(self) -> str | None:
        """A remark for the user after this step, if any. Raises InputError where going on is no use."""
        return None

    def enough(self) -> str | None:
        """Why to stop early, None to go on."""
        return None

    def agree(self, value: bool) -> bool:
        """What the first process says, on all of them."""
        return value

    def barrier(self) -> None:
        """Wait for the other processes."""
        return

    def about(self) -> Row:
        """What made this run, as JSON values."""

    def fixed(self, about: Row) -> Row:
        """The part of an `about`, by name, that a resumed run must share with the one before."""

    def state_dict(self) -> Row:
        """The state beside module and optimiser, as JSON values."""
        return {}

    def load_state_dict(self, state: Row) -> None:
        """Restore what `state_dict` gave, and `step`."""

    def save_model(self, path: Path) -> None:
        """Write the checkpoint that others read."""
