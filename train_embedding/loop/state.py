"""The state of a training run in one file: network, optimiser, position; so that a killed run goes on exactly.

Random draws are a function of seed and step (`objective.draws`), so that the step is the generator's state.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from flatsort.data.errors import InputError
from flatsort.embedding.weights.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from flatsort.train_embedding.loop.history import History
from flatsort.train_embedding.loop.task import Task

FAMILY = "training-state"
MODEL_FILE, STATE_FILE, HISTORY_FILE = "model.safetensors", "state.safetensors", "history.json"


@dataclass
class Position:
    """How far a run is.

    history: its rows so far.
    elapsed: seconds of training, over all resumed parts.
    progress: the share that is done, of its steps or of its time, whichever is more.
    """

    history: History
    elapsed: float = 0.0
    progress: float = 0.0

    @classmethod
    def start(cls, task: Task) -> Position:
        """Before the first step."""
        return cls(History(task.columns))


def refuse_not_finite(task: Task) -> None:
    """Raise InputError where a parameter is not finite: a gradient can overflow where the loss does not."""
    for name, parameter in task.module.named_parameters():
        if not bool(torch.isfinite(parameter).all()):
            problem = f"parameter {name} is not finite; stopped, the last good checkpoint is kept"
            raise InputError(f"step {task.step}", None, problem, "lower the learning rate")


def save_run(task: Task, output: Path, at: Position) -> None:
    """Write model, state and history, each atomically. Only the first process writes.

    Raises InputError where a parameter is not finite or the disk is full; what was saved before then stays.
    """
    refuse_not_finite(task)
    if task.rank == 0:
        position = {
            "step": task.step, "elapsed": at.elapsed, "progress": at.progress, "history": at.history.columns,
        }  # fmt: skip
        progress = task.about() | position | task.state_dict()
        save_state(output / STATE_FILE, task.module, task.optimizer, progress)
        task.save_model(output / MODEL_FILE)
        at.history.save(output / HISTORY_FILE, task.about())
    task.barrier()


def load_run(task: Task, output: Path, budget: float) -> Position:
    """Restore the task from the state in `output`; `budget` in seconds, infinite for none.

    Raises InputError where what made the state is not what made the task.
    """
    path = output / STATE_FILE
    state = read_progress(path)
    before, now = task.fixed(state), task.fixed(task.about())
    for name in now:
        if before.get(name) != now[name]:
            problem = f"was trained with {name} = {before.get(name)}, not {now[name]}"
            raise InputError(path, None, problem, "resume with the same settings or choose another --output")
    load_state(path, task.module, task.optimizer)
    task.load_state_dict(state)
    progress = state.get("progress", 0.0)  # not in a state of DeepSORT's network of version 0.1
    # Nor did an autoencoder's hold the seconds: of its budget it had used the share that it had done.
    elapsed = state["elapsed"] if "elapsed" in state else progress * budget if budget < float("inf") else 0.0
    return Position(History(task.columns, state["history"]), float(elapsed), progress)


def save_state(path: Path, module: nn.Module, optimizer: torch.optim.Optimizer, progress: dict[str, Any]) -> None:
    """Write atomically; `progress` is anything that JSON holds. Raises InputError where the disk is full."""
    tensors: dict[str, Tensor] = {f"model.{name}": value for name, value in module.state_dict().items()}
    for index, values in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in values.items()}
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    write_checkpoint(path, tensors, {"family": FAMILY, "progress": progress})


def read_progress(path: Path) -> dict[str, Any]:
    """What a state says of its run, without its tensors. Raises InputError where the file is not such a state."""
    return _progress(read_checkpoint(path))


def _progress(checkpoint: Checkpoint) -> dict[str, Any]:
    if checkpoint.family != FAMILY:
        cure = "name the folder that `flatsort train` wrote"
        raise InputError(checkpoint.path, None, "is not a training state", cure)
    progress: dict[str, Any] = checkpoint.metadata["progress"]
    return progress


def load_state(path: Path, module: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Restore module and optimiser, which have the architecture of the saved ones.

    Raises InputError where the file is not such a state.
    """
    checkpoint = read_checkpoint(path)
    _progress(checkpoint)
    weights: dict[str, Tensor] = {}
    moments: dict[int, dict[str, Tensor]] = {}
    for name, value in checkpoint.tensors.items():
        room, _, rest = name.partition(".")
        if room == "model":
            weights[rest] = value
        else:
            index, _, key = rest.partition(".")
            moments.setdefault(int(index), {})[key] = value
    module.load_state_dict(weights)
    optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
