"""The training loop (Algorithm 1) on Lightning Fabric: one code for CPU, GPU, bf16 and several processes."""

from __future__ import annotations

import math
import os
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor

from data.errors import InputError
from embedding.vae import Model, save_model
from train_embedding.constraint import Constraint, moving_average
from train_embedding.datasets import DataSet, load_data
from train_embedding.display import Display
from train_embedding.draws import BatchOrder, draw, generator
from train_embedding.history import History, Scalars
from train_embedding.objective import Objective, Terms
from train_embedding.ranks import mean_over_ranks, own_rows
from train_embedding.settings import Settings, settings_table
from train_embedding.state import load_state, save_state

MODEL_FILE, STATE_FILE, HISTORY_FILE = "model.safetensors", "state.safetensors", "history.json"


@dataclass(frozen=True)
class Result:
    """How a run ended: the last step, why it ended, and the held-out quantities of the last evaluation."""

    step: int
    reason: str
    validation_loss: float
    validation_error: float


class Trainer:
    """One run: model, objective, controller and optimiser, and the step that ties them."""

    def __init__(self, settings: Settings, dataset: DataSet, fabric: Fabric, seed: int, preset: str = "") -> None:
        self.settings, self.fabric, self.seed, self.preset = settings, fabric, seed, preset
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(generator(seed, 2).initial_seed()) % 2**63)
            self.model = Model(settings.model)
        self.constraint = Constraint(settings.constraint)
        self.c2_average: float | None = None
        self.history = History()
        self.step = 0
        self.best, self.worse = math.inf, 0
        self.train = torch.from_numpy(dataset.train)
        count = min(settings.training.evaluation_samples, len(dataset.validation))
        self.held_out = torch.from_numpy(dataset.validation[: count - count % fabric.world_size])
        self.descriptor: dict[str, Any] | None = getattr(dataset, "descriptor", None)
        try:
            self.order = BatchOrder(len(self.train), settings.training.batch, seed)
        except ValueError as error:
            raise InputError(dataset.name, None, f"training.{error}", "set a smaller training.batch") from error
        # Adam's eps is far below its default: a small β scales the prior's gradient down, not its step.
        optimizer = torch.optim.Adam(self.model.parameters(), lr=settings.training.learning_rate, eps=1e-12, fused=True)
        self.objective, self.optimizer = fabric.setup(Objective(self.model, settings.objective), optimizer)

    def advance(self) -> Terms:
        """One step of Algorithm 1. Raises InputError naming the term where one is not finite."""
        training = self.settings.training
        rows = own_rows(self.order.indices(self.step))
        x = self.fabric.to_device(self.train[rows])
        progress = min(1.0, self.step / training.steps)
        fraction = training.final_rate + (1 - training.final_rate) * 0.5 * (1 + math.cos(math.pi * progress))
        for group in self.optimizer.param_groups:
            group["lr"] = training.learning_rate * fraction

        draws = self.fabric.to_device(self.draws(self.seed, self.step, training.batch))
        measure = self.step % training.log_every == 0
        terms: Terms = self.objective(x, draws, self.constraint.beta, c2_average=self.c2_average, measure=measure)
        self.refuse_nan(terms)
        self.optimizer.zero_grad(set_to_none=True)
        self.fabric.backward(terms.loss)
        if self.constraint.initial:  # Algorithm 1: only the encoder and the decoder learn until the constraint holds
            for parameter in self.model.prior.parameters():
                parameter.grad = None
        self.optimizer.step()
        self.constraint.update(float(terms.error))
        if self.settings.objective.eta > 0:
            self.c2_average = moving_average(self.c2_average, float(terms.c2), self.settings.objective.c2_memory)
        self.step += 1
        return terms

    def draws(self, seed: int, step: int, batch: int) -> Any:
        """The whole batch's draws for the configured model."""
        objective = self.settings.objective
        return draw(
            seed,
            step,
            batch=batch,
            latents=self.settings.model.latents,
            samples=self.model.prior.samples,
            points=min(objective.points, batch),
            probes=objective.probes,
        )

    def refuse_nan(self, terms: Terms) -> None:
        """Raise InputError that names the first term that is not finite; the last checkpoint stays as it is."""
        flat = ["flatness"] if self.settings.objective.eta > 0 else []
        for name in ["reconstruction", "kl", *flat, "loss"]:
            if not math.isfinite(float(getattr(terms, name).detach())):
                raise InputError(
                    f"step {self.step + 1}",
                    None,
                    f"{name} is {float(getattr(terms, name))}; stopped, the last good checkpoint is kept",
                    "lower training.learning_rate or objective.eta",
                )

    @torch.no_grad()
    def evaluate(self) -> tuple[float, float]:
        """Validation loss at β = 1 with fixed draws, and the squared error averaged per dimension (held out)."""
        draws = self.fabric.to_device(self.draws(0, 0, len(self.held_out)))
        x = self.fabric.to_device(own_rows(self.held_out))
        objective = Objective(self.model, self.settings.objective)
        terms = objective(x, draws, 1.0, c2_average=self.c2_average)
        return float(mean_over_ranks(terms.loss)), float(terms.error)

    def row(self, terms: Terms, evaluation: tuple[float | None, float | None]) -> dict[str, Any]:
        """The history's row for the step just taken."""

        def number(value: Tensor) -> float | None:
            return float(value) if math.isfinite(float(value)) else None

        return {
            "step": self.step,
            "phase": "initial" if self.constraint.initial else "main",
            "loss": float(mean_over_ranks(terms.loss.detach())),
            "reconstruction": float(terms.reconstruction),
            "error": float(terms.error),
            "c_hat": self.constraint.c_hat,
            "kl": float(terms.kl),
            "beta": self.constraint.beta,
            "lambda": 1 / self.constraint.beta,
            "flatness": number(terms.flatness),
            "c2": number(terms.c2),
            "n_rdm_minus_1": number(terms.n_rdm),
            "validation_loss": evaluation[0],
            "validation_error": evaluation[1],
        }

    def about(self) -> dict[str, Any]:
        """What made this run."""
        return {"preset": self.preset, "seed": self.seed, "settings": settings_table(self.settings)}

    def save(self, output: Path) -> None:
        """Write model, state and history, each atomically. Only the first process writes."""
        if self.fabric.global_rank == 0:
            progress = {
                **self.about(),
                "step": self.step,
                "constraint": self.constraint.state_dict(),
                "c2_average": self.c2_average,
                "best": self.best if math.isfinite(self.best) else None,
                "worse": self.worse,
                "history": self.history.columns,
            }
            training = {**self.about(), "step": self.step, "beta": self.constraint.beta, "c_hat": self.constraint.c_hat}
            save_state(output / STATE_FILE, self.model, self.optimizer, progress)
            save_model(output / MODEL_FILE, self.model, training=training, descriptor=self.descriptor)
            self.history.save(output / HISTORY_FILE, self.about())
        self.fabric.barrier()

    def resume(self, output: Path) -> None:
        """Go on from the state in `output`. Raises InputError where its settings or seed are others."""
        path = output / STATE_FILE
        if not path.is_file():
            raise InputError(output, None, "has no training state to resume", "leave --resume out")
        progress = load_state(path, self.model, self.optimizer)
        now = self.about()
        for section in now["settings"]:
            for name, value in now["settings"][section].items():
                before = progress["settings"][section].get(name)
                if section != "compute" and before != value:
                    problem = f"was trained with {section}.{name} = {before}, not {value}"
                    raise InputError(path, None, problem, "resume with the same settings or choose another --output")
        if progress["seed"] != self.seed:
            raise InputError(path, None, f"was trained with seed {progress['seed']}", "resume with the same --seed")
        self.step, self.c2_average, self.worse = progress["step"], progress["c2_average"], progress["worse"]
        self.best = math.inf if progress["best"] is None else progress["best"]
        self.constraint.load_state_dict(progress["constraint"])
        self.history = History(progress["history"])


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
        precision=compute.precision,  # type: ignore[arg-type]
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
) -> Result:
    """Train until the last step, the time budget, or no better validation loss; write checkpoints to `output`.

    Raises InputError: unusable data, κ out of reach after the initial phase, a term that is not finite, a full disk.
    """
    started = time.monotonic()
    warnings.filterwarnings(
        "ignore", message=".*torch.jit.script. is deprecated", category=FutureWarning
    )  # torch's own
    fabric = make_fabric(settings)
    trainer = Trainer(settings, dataset or load_data(settings.data), fabric, seed, preset)
    output.mkdir(parents=True, exist_ok=True)
    if resume:
        trainer.resume(output)
    training = settings.training
    first = fabric.global_rank == 0
    scalars = Scalars(output / "tensorboard", trainer.step + 1) if first else None
    evaluation: tuple[float, float] | None = None
    reason = "all steps done"
    with Display(training.steps, trainer.step, quiet=quiet or not first) as display:
        while trainer.step < training.steps:
            terms = trainer.advance()
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
            if step % training.save_every == 0:
                trainer.save(output)
    trainer.save(output)
    if scalars:
        scalars.close()
    evaluation = evaluation or trainer.evaluate()
    return Result(trainer.step, reason, *evaluation)


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
