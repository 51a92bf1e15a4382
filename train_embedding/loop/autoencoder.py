"""Train an autoencoder by its settings, on Lightning Fabric: one code for CPU, GPU, bf16 and several processes."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric

from flatsort.data.errors import InputError
from flatsort.train_embedding.batches.datasets import DataSet, load_data
from flatsort.train_embedding.loop.loop import Result, check_output, run
from flatsort.train_embedding.loop.trainer import Trainer
from flatsort.train_embedding.presets.settings import ComputeConfig, Settings


def train(
    settings: Settings,
    output: Path,
    *,
    seed: int = 0,
    minutes: float | None = None,
    resume: bool = False,
    quiet: bool = False,
    preset: str = "",
    dataset: DataSet | None = None,
    stop: Callable[[], bool] | None = None,
) -> Result:
    """Load the data, build the model and train it, as `loop.run`; `held_out` has validation_loss and validation_error.

    dataset: loaded before, instead of the one that the settings name.
    Raises InputError: unusable data, κ out of reach after the initial phase, and as `loop.run`.
    """
    warnings.filterwarnings(
        "ignore", message=".*torch.jit.script. is deprecated", category=FutureWarning
    )  # torch's own
    fabric = make_fabric(settings)
    check_output(output, resume=resume)  # before the data are loaded, and before the first process saves anything
    fabric.barrier()
    trainer = Trainer(settings, dataset or load_data(settings.data), fabric, seed, preset)
    return run(trainer, output, minutes=minutes, resume=resume, quiet=quiet, stop=stop)


def make_fabric(settings: Settings) -> Fabric:
    """Fabric for the configured processes; under torchrun, for those that it started."""
    compute = settings.compute
    devices = int(os.environ.get("LOCAL_WORLD_SIZE", compute.devices))
    strategy = "ddp" if devices > 1 else "auto"
    nodes = int(os.environ.get("WORLD_SIZE", devices)) // devices
    fabric = Fabric(
        accelerator=compute.accelerator,
        devices=devices,
        num_nodes=max(1, nodes) if "LOCAL_WORLD_SIZE" in os.environ else 1,
        strategy=strategy,
        precision=chosen_precision(compute),  # type: ignore[arg-type]
    )
    fabric.launch()
    size, training = fabric.world_size, settings.training
    if training.batch % size or settings.objective.points % size:
        raise InputError(
            "training.batch",
            None,
            f"{training.batch} cannot be shared by {size} processes",
            f"take a multiple of {size}",
        )
    return fabric


def chosen_precision(compute: ComputeConfig) -> str:
    """The precision that "auto" stands for on this machine."""
    if compute.precision != "auto":
        return compute.precision
    if compute.accelerator != "cpu" and torch.cuda.is_available():
        return "bf16-mixed" if torch.cuda.is_bf16_supported() else "32-true"
    known: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()  # not in torch 2.11
    return "bf16-mixed" if known.get("avx512_bf16") or known.get("amx_bf16") else "32-true"
