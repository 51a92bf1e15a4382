"""The training loop (Algorithm 1) on Lightning Fabric: one code for CPU, GPU, bf16 and several processes."""

from __future__ import annotations

import math
import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric

from flatsort.data.errors import InputError
from flatsort.data.files.atomic import prepare_folder
from flatsort.train_embedding.batches.datasets import DataSet, load_data
from flatsort.train_embedding.loop.display import Display
from flatsort.train_embedding.loop.history import Scalars
from flatsort.train_embedding.loop.trainer import STATE_FILE, Trainer
from flatsort.train_embedding.presets.settings import ComputeConfig, Settings

INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Result:
    """How a run ended: the last step, why, the last evaluation's held-out quantities, and which process this is."""

    step: int
    reason: str
    validation_loss: float
    validation_error: float
    rank: int


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
    """Train until the last step, the time budget, or no better validation loss; write checkpoints to `output`.

    stop: asked after each step whether to end there, in a run of one process.
    Raises InputError: unusable data, κ out of reach after the initial phase, a term that is not finite, a full disk.
    """
    started = time.monotonic()
    warnings.filterwarnings(
        "ignore", message=".*torch.jit.script. is deprecated", category=FutureWarning
    )  # torch's own
    fabric = make_fabric(settings)
    check_output(output, resume=resume)
    fabric.barrier()
    trainer = Trainer(settings, dataset or load_data(settings.data), fabric, seed, preset)
    if resume:
        trainer.resume(output)
    training = settings.training
    begun = trainer.progress
    first = fabric.global_rank == 0
    scalars = Scalars(output / "tensorboard", trainer.step + 1) if first else None
    evaluation: tuple[float, float] | None = None
    reason = "all steps done"
    with Display(training.steps, trainer.step, quiet=quiet or not first) as display:
        while trainer.step < training.steps:
            terms = trainer.advance(share_spent(started, begun, minutes))
            step = trainer.step
            evaluated: tuple[float | None, float | None] = (None, None)
            if step % training.evaluate_every == 0 or step == training.steps:
                evaluated = evaluation = trainer.evaluate()
                better = evaluation[0] < trainer.best
                trainer.best, trainer.worse = min(trainer.best, evaluation[0]), 0 if better else trainer.worse + 1
            if (step - 1) % training.log_every == 0 or evaluated[0] is not None:
                row = trainer.row(terms, evaluated)
                trainer.history.add(row)
                display.show(row, settings.constraint.kappa)
                if scalars:
                    scalars.add(row)
            check_reachable(trainer, display)
            if training.patience and trainer.worse >= training.patience:
                reason = f"no better validation loss in {trainer.worse} evaluations"
                break
            if minutes is not None and step % training.log_every == 0:
                over = time.monotonic() - started > 60 * minutes
                if fabric.broadcast(over):
                    reason = f"time budget of {minutes:g} minutes used"
                    break
            if stop is not None and stop():
                reason = INTERRUPTED
                break
            if step % training.save_every == 0:
                trainer.save(output)
    trainer.save(output)
    if scalars:
        scalars.close()
    evaluation = evaluation or trainer.evaluate()
    return Result(trainer.step, reason, *evaluation, fabric.global_rank)


def share_spent(started: float, begun: float, minutes: float | None) -> float:
    """The share of the run that is done by its time budget, where `begun` of it was done when this part started."""
    if not minutes:
        return begun if minutes is None else 1.0
    return begun + (1 - begun) * (time.monotonic() - started) / (60 * minutes)


def check_output(output: Path, *, resume: bool) -> None:
    """Raise InputError where the folder holds a run that would be overwritten, or cannot be written; make it."""
    if not resume and (output / STATE_FILE).is_file():
        raise InputError(output, None, "holds a run already", "add --resume to go on, or choose another --output")
    prepare_folder(output)


def check_reachable(trainer: Trainer, display: Display) -> None:
    """Say that κ is out of reach when the initial phase has ended without it, with the figure to set."""
    constraint, config = trainer.constraint, trainer.settings.constraint
    if not constraint.gave_up or constraint.steps != config.initial_steps:
        return
    problem = (
        f"not reached in the initial phase of {config.initial_steps} steps: "
        f"the error is {math.sqrt(constraint.c_hat or 0.0):.4g}"
    )
    cure = f"set constraint.kappa={constraint.reachable_kappa():.3g}, or raise constraint.initial_steps"
    if config.unreachable == "stop":
        raise InputError(f"constraint.kappa={config.kappa:g}", None, problem, cure)
    display.note(f"constraint.kappa={config.kappa:g}: {problem}; goes on with the constraint violated; {cure}")
