"""The state of a training run in one file: model, optimiser, controller, step; so that a killed run goes on exactly.

Random draws are a function of seed and step (`train_embedding.draws`), so that the step is the generator's state.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from flatsort.data.errors import InputError
from flatsort.embedding.weights.checkpoint import Checkpoint, read_checkpoint, write_checkpoint

FAMILY = "training-state"


def save_state(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer, progress: dict[str, Any]) -> None:
    """Write atomically; `progress` is anything that JSON holds. Raises InputError where the disk is full."""
    tensors: dict[str, Tensor] = {f"model.{name}": value for name, value in model.state_dict().items()}
    for index, values in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in values.items()}
    tensors = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
    write_checkpoint(path, tensors, {"family": FAMILY, "progress": progress})


def read_progress(path: Path) -> dict[str, Any]:
    """What a state says of its run, without its tensors. Raises InputError where the file is not such a state."""
    return _progress(read_checkpoint(path))


def _progress(checkpoint: Checkpoint) -> dict[str, Any]:
    if checkpoint.metadata.get("family") != FAMILY:
        cure = "name the folder that `flatsort train` wrote"
        raise InputError(checkpoint.path, None, "is not a training state", cure)
    progress: dict[str, Any] = checkpoint.metadata["progress"]
    return progress


def load_state(path: Path, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """Restore model and optimiser, which have the architecture of the saved ones.

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
    model.load_state_dict(weights)
    optimizer.load_state_dict({"state": moments, "param_groups": optimizer.state_dict()["param_groups"]})
